/** Rules without a plan: look k happens at a time that only depends on k, so that nothing needs to be counted. Seconds. */
import type { LagBudget } from '../domain/lag-budget.ts';

export interface Ladder {
  /** Which look a time is, in between two looks a fraction. */
  readonly lookAt: (seconds: number) => number;
  readonly timeOf: (look: number) => number;
}

/** A gap is never shorter than a second. */
const LEAST_LAG = 0.5;

/** Look k happens c/2·k² seconds after the start, so gaps grow as the square root of what has passed. */
export function squares(lookCostSeconds: number): Ladder {
  const half = lookCostSeconds / 2;
  return { lookAt: (seconds) => Math.sqrt(seconds / half), timeOf: (look) => half * look * look };
}

/** Gaps of twice the lag that is allowed: a fixed time at first, a share of what has passed later. */
export function withinBudget({ share = 0, ms = 0 }: LagBudget): Ladder {
  const gap = 2 * Math.max(ms / 1_000, LEAST_LAG);
  const turn = share === 0 ? Number.POSITIVE_INFINITY : gap / (2 * share);
  const growth = Math.log(1 + 2 * share);
  const turnLook = turn / gap;
  return {
    lookAt: (seconds) => (seconds <= turn ? seconds / gap : turnLook + Math.log(seconds / turn) / growth),
    timeOf: (look) => (look <= turnLook ? look * gap : turn * Math.exp((look - turnLook) * growth)),
  };
}

/** The look after one at this time. */
export function nextOnSquares(seconds: number, lookCostSeconds: number): number {
  const { lookAt, timeOf } = squares(lookCostSeconds);
  return timeOf(lookAt(seconds) + 1);
}
