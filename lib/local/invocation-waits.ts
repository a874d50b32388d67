/**
 * One call of a function while it waits, seen by its host: the clock that is put forward ends the waits, the call counts
 * as at rest, and its time limit goes on by that clock, as it would in the cloud.
 */
import { type LocalClock, pauseOn } from './clock.ts';
import { createInvocationTime } from './invocation-time.ts';

/** Counts as at rest for as long as the promise is open. */
export type Rest = (wait: () => Promise<void>) => Promise<void>;

export interface InvocationWaitsOptions {
  readonly clock: LocalClock;
  readonly limitMs: number;
  readonly onTimeUp: () => void;
  readonly rest: Rest;
  /** Tells the function that one of its waits is over. */
  readonly onOver: (wait: number) => void;
}

export interface InvocationWaits {
  /** Of the call so far. */
  spentMs(): number;
  begin(wait: number, dueMs: number): void;
  /** The function no longer wants to wait. */
  callOff(wait: number): void;
  /** The call has ended. */
  close(): void;
}

export function createInvocationWaits(options: InvocationWaitsOptions): InvocationWaits {
  const { clock, limitMs, onTimeUp, rest, onOver } = options;
  const time = createInvocationTime(Date.now, clock.now);
  const waits = new Map<number, AbortController>();
  let endRest: (() => void) | undefined;
  let disarm = () => {};

  function arm(): void {
    disarm();
    const leftMs = Math.max(0, limitMs - time.spentMs());
    if (waits.size > 0) {
      // A leap may go past the end of the wait and the limit at once.
      disarm = clock.after(leftMs, () => time.spentMs() >= limitMs && onTimeUp());
      return;
    }
    const timer = setTimeout(onTimeUp, leftMs);
    disarm = () => clearTimeout(timer);
  }

  /** A call that waits is taken to do nothing else meanwhile. */
  function lieDown(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    endRest = resolve;
    void rest(() => promise);
  }

  function getUp(): void {
    endRest?.();
    endRest = undefined;
    time.resume();
    arm();
  }

  arm();
  return {
    spentMs: time.spentMs,
    begin(wait, dueMs) {
      const controller = new AbortController();
      if (waits.size === 0) lieDown();
      waits.set(wait, controller);
      time.rest(dueMs);
      arm();
      void pauseOn(clock, dueMs - clock.now(), controller.signal).then(() => {
        if (!waits.delete(wait)) return;
        if (waits.size === 0) getUp();
        onOver(wait);
      });
    },
    callOff: (wait) => waits.get(wait)?.abort(),
    close() {
      for (const controller of waits.values()) controller.abort();
      waits.clear();
      endRest?.();
      disarm();
    },
  };
}
