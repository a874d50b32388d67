/** Durations as bars on an axis: as many as their number can bear, at limits that people can read. Pure. */

export interface Bin {
  readonly fromMs: number;
  /** Exclusive, but for the last one. */
  readonly toMs: number;
  readonly runs: number;
}

export interface Histogram {
  /** Side by side, over the whole axis. */
  readonly bins: readonly Bin[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly ticksMs: readonly number[];
  /** Where some runs take many times as long as others, equal distances are equal factors. */
  readonly isLogarithmic: boolean;
  /** Runs so long that the axis ends before them. */
  readonly beyond: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000]
  .concat([1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS))
  .concat([1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS))
  .concat([1, 2, 7, 14, 28, 56].map((days) => days * DAY_MS));
const LANDMARKS = [1, 10, 100, SECOND_MS, 10 * SECOND_MS, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS].concat(
  [1, 7, 30, 90, 364].map((days) => days * DAY_MS),
);

const FEWEST_BINS = 6;
const MOST_BINS = 20;
const MOST_TICKS = 6;
const MOST_COUNTS = 4;
const COUNT_STEPS = [1, 2, 3, 4, 5, 10, 15, 20, 25, 50];
/** From such a ratio of slow to fast on, the fast ones would be one bar at the edge. */
const WIDE = 30;
/** Runs further out than so many times the spread of most are counted, not drawn. */
const FAR_OUT = 3;
/** An axis that would begin in its first third begins at nought. */
const NEAR_NOUGHT = 1 / 3;

/** @returns undefined where there is nothing to draw. */
export function histogramOf(durationsMs: readonly number[]): Histogram | undefined {
  // Nothing takes no time; the logarithm of it would be endless.
  const sorted = durationsMs.map((ms) => Math.max(ms, 1)).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const isLogarithmic = at(sorted, 0.95) / at(sorted, 0.05) >= WIDE;
  const edges = isLogarithmic ? geometricEdges(sorted) : linearEdges(sorted);
  const [fromMs = 0, toMs = 1] = [edges[0], edges.at(-1)];
  return {
    bins: binsOf(sorted, edges),
    fromMs,
    toMs,
    ticksMs: isLogarithmic ? landmarksIn(fromMs, toMs) : linearTicks(fromMs, toMs),
    isLogarithmic,
    beyond: sorted.filter((ms) => ms > toMs).length,
  };
}

/** Where a moment lies on the axis: 0 at its beginning, 1 at its end, beyond them outside of that. */
export function placeOf({ fromMs, toMs, isLogarithmic }: Histogram, ms: number): number {
  if (!isLogarithmic) return (ms - fromMs) / (toMs - fromMs);
  return Math.log(Math.max(ms, 1) / fromMs) / Math.log(toMs / fromMs);
}

/** How many of a hundred runs have ended by a moment. */
export function endedBy(durationsMs: readonly number[], ms: number): number {
  const ended = durationsMs.filter((each) => each <= ms).length;
  return Math.floor((100 * ended) / Math.max(durationsMs.length, 1));
}

/** Readable numbers of runs from nought up to the tallest bar or just above. */
export function countTicks({ bins }: Histogram): readonly number[] {
  const most = Math.max(1, ...bins.map(({ runs }) => runs));
  const step = COUNT_STEPS.find((each) => each * MOST_COUNTS >= most) ?? most;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

function linearEdges(sorted: readonly number[]): readonly number[] {
  const usual = withoutFarOut(sorted);
  const [low = 0, high = 0] = [usual[0], usual.at(-1)];
  const step = stepFor(Math.max(high - low, high * 0.05, 1) / binCount(sorted));
  const first = Math.floor(low / step) - 1;
  const last = Math.floor(high / step) + 2;
  const begin = first <= last * NEAR_NOUGHT ? 0 : first;
  return Array.from({ length: last - begin + 1 }, (_, index) => (begin + index) * step);
}

function geometricEdges(sorted: readonly number[]): readonly number[] {
  const [low = 1, high = 1] = [sorted[0], sorted.at(-1)];
  const count = MOST_BINS;
  const factor = (high / low) ** (1 / count);
  return Array.from({ length: count + 3 }, (_, index) => low * factor ** (index - 1));
}

function withoutFarOut(sorted: readonly number[]): readonly number[] {
  const [fast, slow] = [at(sorted, 0.1), at(sorted, 0.9)];
  const limit = slow + FAR_OUT * Math.max(slow - fast, slow * 0.1);
  return sorted.filter((ms) => ms <= limit);
}

function binCount(sorted: readonly number[]): number {
  return Math.min(MOST_BINS, Math.max(FEWEST_BINS, Math.round(2 * Math.sqrt(sorted.length))));
}

function binsOf(sorted: readonly number[], edges: readonly number[]): readonly Bin[] {
  return edges.slice(0, -1).map((fromMs, index) => {
    const toMs = edges[index + 1] ?? fromMs;
    const isLast = index === edges.length - 2;
    const runs = sorted.filter((ms) => ms >= fromMs && (ms < toMs || (isLast && ms === toMs))).length;
    return { fromMs, toMs, runs };
  });
}

function linearTicks(fromMs: number, toMs: number): readonly number[] {
  const step = stepFor((toMs - fromMs) / MOST_TICKS);
  const first = Math.ceil(fromMs / step);
  const count = Math.floor(toMs / step) - first + 1;
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

function landmarksIn(fromMs: number, toMs: number): readonly number[] {
  const inside = LANDMARKS.filter((ms) => ms >= fromMs && ms <= toMs);
  const every = Math.ceil(inside.length / MOST_TICKS);
  return inside.filter((_, index) => index % every === 0);
}

/** The first readable step that is no smaller. */
function stepFor(ms: number): number {
  return STEPS.find((step) => step >= ms) ?? Math.ceil(ms / DAY_MS) * DAY_MS;
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
