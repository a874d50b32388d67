/**
 * When to look next. Pure: times in, times out. A learned plan can replace `quadraticLooks` without any other change,
 * because a plan is a list of absolute look times counted from the start.
 */

/** Seconds of lag that one look is worth, when nothing is known of the flow. */
export const DEFAULT_LOOK_COST_SECONDS = 3;
const JITTER = 0.1;
const MIN_WAIT_MS = 1_000;
/** Twelve hours: even a quiet run is seen twice a day. */
const MAX_WAIT_MS = 43_200_000;
const MAX_WAITING_MS = 900_000;
const FIRST_WAITING_MS = 20_000;
const MAX_TROUBLE_MS = 60_000;

export interface LookMoment {
  /** Milliseconds since the platform accepted the run. */
  readonly elapsedMs: number;
  /** Stable text per run; decides the jitter, so that a repeated decision is the same decision. */
  readonly seed: string;
  /** The provider's `Retry-After`: a lower bound, never shortened by jitter. */
  readonly retryAfterMs?: number | undefined;
  /** Planned look times after the start, ascending; absent: the quadratic rule. */
  readonly planMs?: readonly number[];
  /** Time left until the deadline; the last look is made there. */
  readonly remainingMs: number;
}

/** Wait before the next look at a run that is going on. */
export function nextLookMs(moment: LookMoment): number {
  const { elapsedMs, planMs } = moment;
  const planned = planMs?.find((at) => at >= elapsedMs + MIN_WAIT_MS) ?? quadraticLookAfter(elapsedMs);
  return bounded(moment, planned - elapsedMs);
}

/**
 * Wait before the next look at a run that waits for a person: the first within 30 s, then doubling to 15 min.
 * @param looks how many looks have found it waiting.
 */
export function nextWaitingLookMs(moment: LookMoment, looks: number): number {
  return bounded(moment, Math.min(FIRST_WAITING_MS * 2 ** Math.min(looks, 10), MAX_WAITING_MS));
}

/** Wait after a failed call: 1 s doubling to 60 s with full jitter. @param failures in a row, at least 1. */
export function nextTryMs(moment: LookMoment, failures: number): number {
  const ceiling = Math.min(MIN_WAIT_MS * 2 ** Math.min(failures, 10), MAX_TROUBLE_MS);
  const share = unitOf(`${moment.seed}/try/${failures}`);
  return clamp(Math.max(MIN_WAIT_MS, share * ceiling), moment);
}

/** Look k happens c/2·k² seconds after the start: the first such time at least a second away. */
export function quadraticLookAfter(elapsedMs: number, lookCostSeconds = DEFAULT_LOOK_COST_SECONDS): number {
  const half = (lookCostSeconds * 1_000) / 2;
  const next = Math.floor(Math.sqrt((elapsedMs + MIN_WAIT_MS) / half)) + 1;
  return half * next * next;
}

function bounded(moment: LookMoment, waitMs: number): number {
  // Seeded by the run *and* the look, or all looks of one run would be early or late together.
  const jitter = 1 + JITTER * (2 * unitOf(`${moment.seed}/${Math.round(moment.elapsedMs)}`) - 1);
  return clamp(Math.max(MIN_WAIT_MS, waitMs * jitter), moment);
}

function clamp(waitMs: number, { retryAfterMs = 0, remainingMs }: LookMoment): number {
  const polite = Math.max(Math.min(waitMs, MAX_WAIT_MS), retryAfterMs);
  return Math.max(0, Math.round(Math.min(polite, remainingMs)));
}

/** FNV-1a of a text as a number in [0, 1). */
function unitOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // One more round of mixing: FNV's high bits change little with the last character.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return (hash >>> 0) / 2 ** 32;
}
