/** Time of the runtime, so that tests may bring their own. */
export interface LocalClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls once, after so many milliseconds or a minute, whichever is less; the result calls it off. */
  after(ms: number, callback: () => void, urgency?: Urgency): () => void;
  /** How far it is from the machine's own, for other threads: one signed 64-bit number of milliseconds. */
  readonly offset?: SharedArrayBuffer;
}

/** `routine` comes round again and again, so that one time missed does not matter: time need not stop there. */
export type Urgency = 'due' | 'routine';

/**
 * Timers stand still while the machine sleeps, the time of day does not: so the time is looked at again each minute. It
 * also keeps clear of the 2^31 ms from which Node fires at once.
 */
export const LONGEST_TIMER_MS = 60_000;

/** The machine's own clock. A long pause may end early; who asked for one looks at the time and asks again. */
export const systemClock: LocalClock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after so long by that clock, or as soon as the signal says so. */
export function pauseOn(clock: LocalClock, ms: number, signal?: AbortSignal): Promise<void> {
  const dueMs = clock.now() + ms;
  return new Promise((resolve) => {
    let cancel = () => {};
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const wait = () => {
      const leftMs = dueMs - clock.now();
      if (leftMs <= 0 || signal?.aborted) return finish();
      cancel = clock.after(leftMs, wait);
    };
    signal?.addEventListener('abort', finish);
    wait();
  });
}
