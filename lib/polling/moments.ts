/** Moments at which a look may lie, and what a forecast says of each. */
import { type Forecast, forecastOf, type Stretch } from './forecast.ts';

export interface Moments {
  /** Whole seconds; the first is the start itself. */
  readonly at: Float64Array;
  /** Probability of an end up to there. */
  readonly ended: Float64Array;
  /** The part of the mean duration that lies up to there. */
  readonly mean: Float64Array;
  /** The slowest run seen, in seconds. */
  readonly slowest: number;
}

/** How much slower than the slowest, or faster than the fastest, runs may be for close looks to be thought of. */
const MARGIN = 1.5;
/** How much slower than the slowest a run may be and still be planned for. */
const BEYOND = 4;
const MARKS = 96;
/** Moments are never further apart than this; where runs end, ... */
const DENSE = 1.04;
/** ... and where hardly any do. */
const SPARSE = 1.15;
/** Moments so close together are one. */
const TWINS = 1.006;

/** @param sorted durations in seconds, ascending, not empty. */
export function momentsOf(sorted: readonly number[]): Moments {
  const forecast = forecastOf(sorted);
  const slowest = sorted.at(-1) ?? 1;
  const at = timesOf(forecast, sorted[0] ?? 1, slowest);
  return { at, slowest, ...cumulated(forecast, at) };
}

/** Zero, then where cells begin and end, and moments in between. */
function timesOf({ cells }: Forecast, fastest: number, slowest: number): Float64Array {
  const horizon = Math.max(2, Math.ceil(slowest * BEYOND));
  const times = [0];
  let last = 0;
  for (const mark of marksOf(cells, horizon)) {
    if (mark < last * TWINS) continue;
    while (last < mark) {
      const isBusy = last * MARGIN > fastest && last < slowest * MARGIN;
      last = Math.min(mark, Math.max(last + 1, Math.floor(last * (isBusy ? DENSE : SPARSE))));
      times.push(last);
    }
  }
  return Float64Array.from(times);
}

/** Ascending, the last is the horizon. The fewer the cells, the more marks within each. */
function marksOf(cells: readonly Stretch[], horizon: number): Float64Array {
  const parts = Math.max(1, Math.round(MARKS / cells.length));
  const marks = new Float64Array(cells.length * (parts + 1) + 1).fill(horizon);
  let place = 0;
  for (const { from, to } of cells) {
    for (let part = 0; part <= parts; part += 1) {
      marks[place] = Math.min(horizon, Math.ceil(Math.exp(from + ((to - from) * part) / parts)));
      place += 1;
    }
  }
  return marks.sort();
}

/** Each stretch is a ramp that begins at one moment and ends at another; the ramps are summed up in one pass. */
function cumulated({ cells, others }: Forecast, at: Float64Array): Pick<Moments, 'ended' | 'mean'> {
  const logs = at.map(Math.log);
  const [slopes, ended, mean] = [0, 1, 2].map(() => new Float64Array(at.length + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (const { from, to, mass } of [...cells, ...others]) {
    const density = mass / (to - from);
    const begin = firstAfter(logs, from);
    const end = firstAfter(logs, to);
    add(slopes, begin, density);
    add(slopes, end, -density);
    add(ended, begin, -density * from);
    add(ended, end, density * to);
    add(mean, begin, -density * Math.exp(from));
    add(mean, end, density * Math.exp(to));
  }
  let slope = 0;
  let endedBefore = 0;
  let meanBefore = 0;
  for (let place = 0; place < at.length; place += 1) {
    slope += slopes[place] ?? 0;
    endedBefore += ended[place] ?? 0;
    meanBefore += mean[place] ?? 0;
    // Nothing has ended at the start, whose logarithm is endless.
    ended[place] = place === 0 ? 0 : endedBefore + slope * (logs[place] ?? 0);
    mean[place] = place === 0 ? 0 : meanBefore + slope * (at[place] ?? 0);
  }
  return { ended, mean };
}

function add(array: Float64Array, place: number, amount: number): void {
  array[place] = (array[place] ?? 0) + amount;
}

function firstAfter(logs: Float64Array, log: number): number {
  let low = 0;
  let high = logs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((logs[middle] ?? 0) <= log) low = middle + 1;
    else high = middle;
  }
  return low;
}
