/** The embedded runtime and its platforms on one clock that a test puts forward. */
import { type AdjustableClock, adjustableClock } from '../../lib/local/adjustable-clock.ts';
import { type LocalErrand, type LocalErrandOptions, startLocalErrand } from './local-errand.ts';

export interface VirtualErrand extends LocalErrand {
  readonly clock: AdjustableClock;
  advance: Advance;
}

export interface AdvanceOptions {
  /** No longer leap than this: 60_000 makes the sweep run each minute. @default - from one event to the next */
  readonly stepMs?: number;
}

/**
 * Lets so much time pass. It leaps from one due time to the next and waits after each leap until nothing goes on any
 * more, so that everything happens at its time. What goes on keeps the machine's pace: it is never cut short by a leap.
 */
export type Advance = (ms: number, options?: AdvanceOptions) => Promise<void>;

export function createAdvance(clock: AdjustableClock, idle: () => Promise<void>): Advance {
  return async (ms, { stepMs = Number.POSITIVE_INFINITY } = {}) => {
    await idle();
    const untilMs = clock.now() + ms;
    for (let nowMs = clock.now(); nowMs < untilMs; nowMs = clock.now()) {
      const nextMs = Math.min(untilMs, nowMs + stepMs, clock.nextDueMs() ?? untilMs);
      clock.advance(nextMs - nowMs);
      await idle();
    }
  };
}

/** @param cleanUp vitest's `onTestFinished`, or `afterAll` for a whole file. */
export async function startVirtualErrand(
  cleanUp: (task: () => Promise<void>) => void,
  options: Omit<LocalErrandOptions, 'clock'> = {},
): Promise<VirtualErrand> {
  const clock = adjustableClock();
  const errand = await startLocalErrand(cleanUp, { ...options, clock });
  return { ...errand, clock, advance: createAdvance(clock, errand.runtime.idle) };
}
