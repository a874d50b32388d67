/**
 * One request budget per connection, shared by starts, looks and fetches. Moments lie evenly on one line; a call takes the
 * next free one, so that the rate is never exceeded and nothing has to be given back. Pure.
 */

/** `stop`: somebody's cancellation, or the last look at a deadline. */
export type CallKind = 'stop' | 'start' | 'fetch' | 'look';

/** How far ahead the next free moment may lie for a call to take it: the further, the sooner a kind is served. */
const HORIZON_MS = { stop: 30_000, start: 15_000, fetch: 10_000, look: 5_000 } as const satisfies Record<
  CallKind,
  number
>;
/** What being sent away once adds, so that nothing starves: looks that were put off twice stand with starts. */
const HORIZON_PER_TIME_MS = 5_000;

/** Requests travel for different times; a platform that counts to the second must not see one too many. */
const MARGIN = 1.03;

/** Milliseconds between two moments. */
export function spacingMs(requestsPerSecond: number): number {
  return (1_000 / requestsPerSecond) * MARGIN;
}

/** @param times how often the call has been sent away. */
export function horizonMs(kind: CallKind, times: number): number {
  return Math.max(HORIZON_MS[kind], Math.min(HORIZON_MS[kind] + HORIZON_PER_TIME_MS * times, HORIZON_MS.start));
}
