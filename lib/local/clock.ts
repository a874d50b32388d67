/** Time of the runtime, so that tests may bring their own. */
export interface LocalClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls once, after so many milliseconds or a minute, whichever is less; the result calls it off. */
  after(ms: number, callback: () => void): () => void;
}

/**
 * Timers stand still while the machine sleeps, the time of day does not: so the time is looked at again each minute. It
 * also keeps clear of the 2^31 ms from which Node fires at once.
 */
const LONGEST_TIMER_MS = 60_000;

/** The machine's own clock. A long pause may end early; who asked for one looks at the time and asks again. */
export const systemClock: LocalClock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
