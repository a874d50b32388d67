/** Whether memory grows: told from readings that go up and down with the work. Pure. */
import type { Memory } from './process-memory.ts';

/** By their names in the report. */
const PARTS = {
  rss: 'rssMb',
  objects: 'objectsMb',
  external: 'externalMb',
  rssWithGarbage: 'withGarbageMb',
} as const satisfies Readonly<Record<string, keyof Memory>>;
export type MemoryPart = (typeof PARTS)[keyof typeof PARTS];

/** One reading. */
export interface Reading extends Pick<Memory, MemoryPart | 'threads' | 'uncollected'> {
  /** Since the load began. */
  readonly atMs: number;
  /** Executions that have not ended. */
  readonly running: number;
}

export interface Growth {
  readonly startMb: number;
  readonly endMb: number;
  readonly percent: number;
}

export interface MemoryVerdict {
  /** Start, end and growth of each part, where they can be told. */
  readonly figures: Readonly<Record<string, number>>;
  readonly readings: { readonly all: number; readonly compared: number };
  /** What is not as it must be. */
  readonly findings: readonly string[];
}

const MAX_GROWTH_PERCENT = 5;
/** When garbage is collected is V8's affair. */
const MAY_GROW: readonly string[] = ['rssWithGarbage'];
/** A shorter load may have too few readings that can be compared. */
const TOLD_FROM_MS = 1_200_000;
const WARM_UP_SHARE = 0.2;
const WARM_UP_AT_LEAST_MS = 180_000;
const WINDOW_SHARE = 0.1;
/** Of fewer, a single one that is far off moves the median. */
const READINGS_AT_LEAST = 3;

/**
 * How long code is compiled, caches fill and heaps find their size: a fifth of the time, three minutes where there are
 * many, and never more than half.
 */
export function warmUpMs(totalMs: number): number {
  return Math.min(Math.max(totalMs * WARM_UP_SHARE, WARM_UP_AT_LEAST_MS), totalMs / 2);
}

/** How many executions were open at most, while it warmed up and after that. */
export function mostOpen(
  readings: readonly Reading[],
  totalMs: number,
): { readonly warmUp: number; readonly after: number } {
  const most = (some: readonly Reading[]) => some.reduce((sum, { running }) => Math.max(sum, running), 0);
  const isEarly = ({ atMs }: Reading) => atMs < warmUpMs(totalMs);
  return { warmUp: most(readings.filter(isEarly)), after: most(readings.filter((one) => !isEarly(one))) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/**
 * Those that can be compared: whose threads all collected their garbage, and are as many as they mostly are. A function
 * that crashed takes a twentieth of all memory with it until it is called again.
 */
function comparable(readings: readonly Reading[]): readonly Reading[] {
  const whole = readings.filter(({ uncollected }) => uncollected === 0);
  const byThreads = Map.groupBy(whole, ({ threads }) => threads);
  const [most = []] = [...byThreads.values()].toSorted((a, b) => b.length - a.length);
  return most;
}

/**
 * The median of the last tenth of the time against that of the tenth after the warm-up: one reading during a burst moves
 * neither. Undefined where one of them has too few readings.
 */
export function growthOf(part: MemoryPart, readings: readonly Reading[], totalMs: number): Growth | undefined {
  const windowMs = totalMs * WINDOW_SHARE;
  const from = warmUpMs(totalMs);
  const all = comparable(readings);
  const within = (low: number, high: number) =>
    all.filter(({ atMs }) => atMs >= low && atMs <= high).map((reading) => reading[part]);
  const [first, last] = [within(from, from + windowMs), within(totalMs - windowMs, totalMs)];
  if (Math.min(first.length, last.length) < READINGS_AT_LEAST) return undefined;
  const [startMb, endMb] = [median(first), median(last)];
  return { startMb, endMb, percent: (endMb / startMb - 1) * 100 };
}

const round = (value: number) => Number(value.toFixed(1));

/** Nothing may grow by more than the limit, and of a load that is long enough that must be known. */
export function judgeMemory(readings: readonly Reading[], totalMs: number): MemoryVerdict {
  const growths = Object.entries(PARTS).flatMap(([name, part]) => {
    const growth = growthOf(part, readings, totalMs);
    return growth === undefined ? [] : [{ name, ...growth }];
  });
  const findings = growths
    .filter(({ name, percent }) => !(percent < MAX_GROWTH_PERCENT || MAY_GROW.includes(name)))
    .map(({ name, startMb, endMb, percent }) => {
      return `memory (${name}) grew from ${round(startMb)} to ${round(endMb)} MB, by ${round(percent)} %`;
    });
  const isUntold = growths.length === 0 && totalMs >= TOLD_FROM_MS;
  const figures = growths.flatMap(({ name, startMb, endMb, percent }) => [
    [`${name}StartMb`, round(startMb)],
    [`${name}EndMb`, round(endMb)],
    [`${name}GrowthPercent`, round(percent)],
  ]);
  return {
    figures: Object.fromEntries(figures),
    readings: { all: readings.length, compared: comparable(readings).length },
    findings: [...findings, ...(isUntold ? ['memory: too few readings to tell whether it grows'] : [])],
  };
}
