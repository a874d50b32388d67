/** What one side of the comparison costs, as a run of it on average. */

import type { KindName } from './durations.ts';
import type { Line, Tally } from './tally.ts';

export interface Task {
  readonly kind: KindName;
  readonly side: 'errand' | 'baseline';
  readonly seed: number;
  /** Runs before those that count, to learn from. */
  readonly learn: number;
  readonly count: number;
}

/** All per run. */
export interface Figures {
  readonly runs: number;
  /** Whose execution ended before the job did: a history holds 25,000 events. */
  readonly lost: number;
  readonly transitions: number;
  readonly usdPer1000: number;
  /** From the end at the platform until it was noticed. */
  readonly lagSeconds: number;
  readonly lagP95Seconds: number;
  readonly looks: number;
  readonly invocations: number;
  readonly lambdaGbSeconds: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly secretReads: number;
}

export interface Measured extends Figures {
  /** Before anything was learnt. */
  readonly cold?: Figures;
  /** What costs the same however many runs there are. */
  readonly sweepUsdPerMonth?: number;
  /** Of all runs that count, the dearest first. */
  readonly lines: readonly Line[];
}

/** One run as it was seen. */
export interface Seen {
  /** `NaN` when the end was never noticed. */
  readonly lagMs: number;
  readonly looks: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

export function figuresOf(tally: Tally, seen: readonly Seen[]): Figures {
  const totals = tally.totals();
  const runs = seen.length;
  const noticed = seen.filter(({ lagMs }) => Number.isFinite(lagMs));
  const lags = noticed.map(({ lagMs }) => lagMs / 1_000).sort((a, b) => a - b);
  return {
    runs,
    lost: runs - lags.length,
    transitions: rounded(totals.transitions / runs, 2),
    usdPer1000: rounded((totals.dollars / runs) * 1_000, 4),
    lagSeconds: rounded(mean(lags), 2),
    lagP95Seconds: rounded(lags[Math.ceil(0.95 * lags.length) - 1] ?? 0, 2),
    looks: rounded(mean(seen.map(({ looks }) => looks)), 2),
    invocations: rounded(totals.invocations / runs, 2),
    lambdaGbSeconds: rounded(totals.lambdaGbSeconds / runs, 3),
    readUnits: rounded(totals.readUnits / runs, 2),
    writeUnits: rounded(totals.writeUnits / runs, 2),
    secretReads: rounded(totals.secretReads / runs, 2),
  };
}
