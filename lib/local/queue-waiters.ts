/** Those who wait for a message: woken by news, by the time, or by whoever sent them away. */
import type { LocalClock } from './clock.ts';

export interface Waiters {
  /** Ends with the next `wake`, at that time, or when the signal says so; whoever waits looks for himself why. */
  wait(untilMs: number, signal?: AbortSignal): Promise<void>;
  wake(): void;
}

export function createWaiters(clock: LocalClock): Waiters {
  const waiting = new Set<() => void>();
  return {
    wait(untilMs, signal) {
      return new Promise((resolve) => {
        const cancel = untilMs < Number.POSITIVE_INFINITY ? clock.after(untilMs - clock.now(), end) : undefined;
        function end(): void {
          waiting.delete(end);
          signal?.removeEventListener('abort', end);
          cancel?.();
          resolve();
        }
        waiting.add(end);
        signal?.addEventListener('abort', end);
        if (signal?.aborted) end();
      });
    },
    wake() {
      for (const end of [...waiting]) end();
    },
  };
}
