/** What a few durations say of all: quantiles, also past the longest one seen. */

const TOP = 0.25;
const WIDEST = 1;
const NARROWEST = 0.03;
/** Of fewer values, nothing can be said of the shape of the tail. */
const FEW = 4;
const UNKNOWN = Math.log(1.5);

/**
 * How fast the tail falls: the mean excess of the longest quarter over what lies below it, in logarithms (Hill's
 * estimate). @param sorted ascending.
 */
export function tailScaleOf(sorted: readonly number[]): number {
  const runs = sorted.length;
  if (runs < FEW) return UNKNOWN;
  const top = Math.max(1, Math.round(runs * TOP));
  const below = Math.log(sorted[runs - top - 1] ?? 1);
  const excess = sorted.slice(runs - top).reduce((sum, value) => sum + Math.log(value) - below, 0) / top;
  return Math.min(WIDEST, Math.max(NARROWEST, excess));
}

/**
 * The value that the next one stays below with probability `share`: with n values, each of the n + 1 gaps is as likely.
 * Past the longest, the tail goes on as it fell before. @param sorted ascending, not empty.
 */
export function quantileOf(sorted: readonly number[], share: number): number {
  const runs = sorted.length;
  const place = share * (runs + 1);
  const last = sorted[runs - 1] ?? 0;
  if (place >= runs) return last * Math.exp(tailScaleOf(sorted) * Math.log(1 / ((1 - share) * (runs + 1))));
  const low = sorted[Math.max(0, Math.floor(place) - 1)] ?? 0;
  const high = sorted[Math.max(0, Math.ceil(place) - 1)] ?? 0;
  return low + (high - low) * (place - Math.floor(place));
}
