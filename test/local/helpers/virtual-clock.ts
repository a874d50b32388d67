import type { LocalClock } from '../../../lib/local/clock.ts';

export interface VirtualClock extends LocalClock {
  /** Lets the earliest timer go off, at its time; false when there is none. */
  next(): boolean;
}

/** Time that stands still until the test moves it. */
export function virtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = startMs;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  return {
    now: () => nowMs,
    after(ms, callback) {
      const timer = { dueMs: nowMs + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    next() {
      const [first] = [...timers].sort((a, b) => a.dueMs - b.dueMs);
      if (!first) return false;
      timers.delete(first);
      nowMs = Math.max(nowMs, first.dueMs);
      first.callback();
      return true;
    },
  };
}
