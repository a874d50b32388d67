/** What a sequence of looks costs on a distribution. */

/** The next look of a run after one at this time, both in seconds. */
export type Policy = (elapsed: number, looks: number) => number;

export interface Judged {
  /** Mean seconds between an end and the look that finds it. */
  readonly lag: number;
  /** Mean looks per run. */
  readonly looks: number;
}

/** @param durations ascending. */
export function judge(next: Policy, durations: Float64Array): Judged {
  let look = 0;
  let looks = 0;
  let lag = 0;
  let all = 0;
  for (const duration of durations) {
    while (look < duration || looks === 0) {
      look = next(look, looks);
      looks += 1;
    }
    lag += look - duration;
    all += looks;
  }
  return { lag: lag / durations.length, looks: all / durations.length };
}

export function followed(times: readonly number[]): Policy {
  return (_elapsed, looks) => times[looks] ?? Number.POSITIVE_INFINITY;
}

/** @returns the mean of each. */
export function averaged(all: readonly Judged[]): Judged {
  const sum = all.reduce((a, b) => ({ lag: a.lag + b.lag, looks: a.looks + b.looks }), { lag: 0, looks: 0 });
  return { lag: sum.lag / all.length, looks: sum.looks / all.length };
}

/** Lag plus what the looks cost. */
export function costOf({ lag, looks }: Judged, lookCost: number): number {
  return lag + lookCost * looks;
}
