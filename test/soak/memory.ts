/** Whether memory grows: told from samples that go up and down with every collection of garbage. Pure. */

/** One reading. */
export interface Reading {
  /** Since the load began. */
  readonly atMs: number;
  readonly rssMb: number;
}

export interface Growth {
  readonly startMb: number;
  readonly endMb: number;
  readonly percent: number;
}

const WARM_UP_SHARE = 0.2;
const WARM_UP_AT_LEAST_MS = 180_000;
const WINDOW_SHARE = 0.1;

/**
 * How long code is compiled, caches fill and heaps find their size: a fifth of the time, three minutes where there are
 * many, and never more than half.
 */
export function warmUpMs(totalMs: number): number {
  return Math.min(Math.max(totalMs * WARM_UP_SHARE, WARM_UP_AT_LEAST_MS), totalMs / 2);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/**
 * The median of the last tenth of the time against that of the tenth after the warm-up: one reading during a burst, or
 * just before a collection, moves neither. Undefined where a window holds no reading.
 */
export function growthOf(readings: readonly Reading[], totalMs: number): Growth | undefined {
  const windowMs = totalMs * WINDOW_SHARE;
  const from = warmUpMs(totalMs);
  const within = (low: number, high: number) =>
    readings.filter(({ atMs }) => atMs >= low && atMs <= high).map(({ rssMb }) => rssMb);
  const [first, last] = [within(from, from + windowMs), within(totalMs - windowMs, totalMs)];
  if (first.length === 0 || last.length === 0) return undefined;
  const [startMb, endMb] = [median(first), median(last)];
  return { startMb, endMb, percent: (endMb / startMb - 1) * 100 };
}
