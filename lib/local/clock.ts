/** Time of the runtime, so that tests may bring their own. */
export interface LocalClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls once, not before so many milliseconds have passed; the result calls it off. */
  after(ms: number, callback: () => void): () => void;
}

/** Node fires at once when a timer is set for longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. Long pauses may end early; who sets one checks the time again. */
export const systemClock: LocalClock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
