/** Following a plan by the clock: which of its looks is next, and when it is for this run. Seconds. */
import { type Ladder, nextOnSquares, squares } from './ladder.ts';

export interface Planned {
  readonly atSeconds: readonly number[];
  readonly lookCostSeconds: number;
}

/** The most looks that a plan has. */
export const MAX_LOOKS = 24;
/** A plan that had to stop there goes on from the gaps between so many of its last looks. */
const LAST_LOOKS = 5;
/** The looks of many runs are spread over so much of the gap after a look, ... */
const SPREAD = 0.45;
/** ... or where that is the longer one, over so much of the gap before, and none comes earlier than planned. */
const LATER = 0.3;
/** A look that comes early by less than this part of the gap before it was the planned one. */
const EARLY = 1 / 8;

/**
 * The next look of a plan, and past its end of the rule without a plan.
 * @param phase of the run, from -0.5 to 0.5. All looks of a run move the same way, which keeps the gaps as planned;
 * runs that began together have phases of their own.
 */
export function plannedLookAfter(elapsed: number, plan: Planned, phase: number): number {
  const looks = spreadLooks(plan, phase);
  const { atSeconds } = plan;
  const next = looks.find((look, place) => {
    const gap = (atSeconds[place] ?? 0) - (atSeconds[place - 1] ?? 0);
    return look - elapsed >= Math.max(1, gap * EARLY);
  });
  return next ?? ladderLookAfter(elapsed, squares(costPast(plan)), phase, atSeconds.at(-1));
}

/** The next look of a ladder that goes on from a time. */
export function ladderLookAfter(elapsed: number, { lookAt, timeOf }: Ladder, phase: number, from = 0): number {
  const origin = lookAt(from) + phase;
  const due = Math.max(lookAt(elapsed) + EARLY, lookAt(elapsed + 1));
  return Math.ceil(timeOf(origin + Math.max(1, Math.ceil(due - origin))));
}

/** The first look, planned or past the plan, that finds the end of each run. @param durations ascending. */
export function looksThatFind(durations: readonly number[], plan: Planned, phase: number): readonly number[] {
  const looks = spreadLooks(plan, phase);
  const { lookAt, timeOf } = squares(costPast(plan));
  const origin = lookAt(plan.atSeconds.at(-1) ?? 0) + phase;
  let place = 0;
  return durations.map((duration) => {
    while ((looks[place] ?? duration) < duration) place += 1;
    return looks[place] ?? Math.ceil(timeOf(origin + Math.max(1, Math.ceil(lookAt(duration) - origin))));
  });
}

function spreadLooks(plan: Planned, phase: number): readonly number[] {
  const { atSeconds } = plan;
  return atSeconds.map((at, place) => {
    const before = at - (atSeconds[place - 1] ?? 0);
    const after = (atSeconds[place + 1] ?? nextOnSquares(at, costPast(plan))) - at;
    // Earlier, a look would leave more of a long gap behind it to nobody.
    const shift = after > before ? LATER * (phase + 0.5) * before : SPREAD * phase * after;
    return Math.max(1, Math.round(at + shift));
  });
}

/** What a look is worth past the plan. Runs that were left out of a full plan are no rarer than the last ones in it. */
function costPast({ atSeconds, lookCostSeconds }: Planned): number {
  const last = atSeconds[MAX_LOOKS - 1];
  const earlier = atSeconds[MAX_LOOKS - LAST_LOOKS];
  if (last === undefined || earlier === undefined) return lookCostSeconds;
  const gap = (last - earlier) / (LAST_LOOKS - 1);
  return Math.min(lookCostSeconds, gap ** 2 / (2 * last));
}
