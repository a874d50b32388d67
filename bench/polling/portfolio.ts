/** One setting for nine flows: mean lag at six looks a run, of the optimum, of learned looks, of blind rules. */
import { averaged, followed, type Judged, judge } from './judge.ts';
import { judgeLearned } from './learned.ts';
import { optimalLooks } from './optimum.ts';
import { EXPONENTIALS, fixed, judgeRival, type Rival } from './rivals.ts';
import { evenly, PORTFOLIO } from './workloads.ts';

const LOOKS = 6;
const ATOMS = 6_000;
const HISTORIES = 24;
const TRIALS = 11;

const flows = PORTFOLIO.map((workload) => ({ workload, durations: evenly(workload, ATOMS) }));

/** Mean lags of what does not depend on chance. */
export interface BlindLags {
  readonly optimum: number;
  readonly exponential: number;
  readonly fixed: number;
}

export function blindLags(): BlindLags {
  const optimum = (lookCost: number) =>
    averaged(flows.map(({ durations }) => judge(followed(optimalLooks(durations, lookCost, 1)), durations)));
  return {
    optimum: lagAt(LOOKS, optimum),
    exponential: hullAt(LOOKS, EXPONENTIALS.map(blind)),
    fixed: lagAt(LOOKS, (seconds) => blind(fixed(seconds))),
  };
}

/** Mean lag of learned looks after 64 runs. */
export function learnedLag(isStrict: boolean, seed: number): number {
  return lagAt(LOOKS, (lookCost) =>
    averaged(
      flows.map(({ workload, durations }) =>
        judgeLearned(workload, durations, { runs: 64, lookCost, isStrict, histories: HISTORIES, seed }),
      ),
    ),
  );
}

function blind(rival: Rival): Judged {
  return averaged(flows.map(({ durations }) => judgeRival(rival, durations, 1, 1)));
}

/** The lag where a dial that makes looks fewer stands at so many looks. */
function lagAt(looks: number, judged: (dial: number) => Judged): number {
  let [low, high] = [Math.log(0.1), Math.log(3_000)];
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const middle = (low + high) / 2;
    if (judged(Math.exp(middle)).looks > looks) low = middle;
    else high = middle;
  }
  const [more, fewer] = [judged(Math.exp(low)), judged(Math.exp(high))];
  return between(more, fewer, looks);
}

/** The least lag that any two of the settings reach when runs are shared out between them: more than they can do. */
function hullAt(looks: number, settings: readonly Judged[]): number {
  const lags = settings.flatMap((more) =>
    settings.filter((fewer) => more.looks >= looks && fewer.looks <= looks).map((fewer) => between(more, fewer, looks)),
  );
  return Math.min(...lags);
}

function between(more: Judged, fewer: Judged, looks: number): number {
  const range = more.looks - fewer.looks;
  if (range === 0) return Math.min(more.lag, fewer.lag);
  return more.lag + ((fewer.lag - more.lag) * (more.looks - looks)) / range;
}
