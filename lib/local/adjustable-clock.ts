/** The machine's clock, put forward: for tests of what takes hours or weeks. */
import { LONGEST_TIMER_MS, type LocalClock, type Urgency } from './clock.ts';

export interface AdjustableClock extends LocalClock {
  readonly offset: SharedArrayBuffer;
  /** When the next thing happens that is not routine; undefined when nothing is to come. */
  nextDueMs(): number | undefined;
  /** Puts the clock forward and lets everything go off that is due by then, the earliest first. */
  advance(ms: number): void;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  readonly urgency: Urgency;
}

/** Starts at the machine's time and goes at its pace; only `advance` sets them apart. */
export function adjustableClock(): AdjustableClock {
  const offset = new SharedArrayBuffer(8);
  const ahead = new BigInt64Array(offset);
  const timers = new Set<Timer>();
  let alarm: NodeJS.Timeout | undefined;
  const now = () => Date.now() + Number(Atomics.load(ahead, 0));
  const firstOf = (some: readonly Timer[]) => (some.length === 0 ? undefined : Math.min(...some.map((t) => t.dueMs)));

  function arm(): void {
    clearTimeout(alarm);
    const first = firstOf([...timers]);
    if (first !== undefined) alarm = setTimeout(ring, Math.min(Math.max(0, first - now()), LONGEST_TIMER_MS));
  }

  /** What a callback adds waits for the next time round, even when it is due already. */
  function ring(): void {
    const due = [...timers].filter(({ dueMs }) => dueMs <= now()).sort((a, b) => a.dueMs - b.dueMs);
    for (const timer of due) if (timers.delete(timer)) timer.callback();
    arm();
  }

  return {
    now,
    offset,
    after(ms, callback, urgency = 'due') {
      const timer = { dueMs: now() + Math.max(0, ms), callback, urgency };
      timers.add(timer);
      arm();
      return () => {
        if (timers.delete(timer)) arm();
      };
    },
    nextDueMs: () => firstOf([...timers].filter(({ urgency }) => urgency === 'due')),
    advance(ms) {
      Atomics.add(ahead, 0, BigInt(Math.max(0, Math.ceil(ms))));
      ring();
    },
  };
}
