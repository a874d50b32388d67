import { lookAtClock } from '../domain/call-limit.ts';
import type { Interruption } from './failures.ts';
import type { HttpLimits } from './http-client.ts';

/** The time limits of one call, from `start` to the last byte of its reply. */
export interface Watch {
  /** Aborted when a limit is reached or the caller gives up. */
  readonly signal: AbortSignal;
  /** Aborts `signal` when the caller's time is over by the clock, which its timers may not have noticed. */
  look(): void;
  /** Why `signal` is aborted. */
  why(): Interruption;
  /** The total limit runs. */
  start(): void;
  /** It stands still: what is waited for now is not the server. */
  pause(): void;
  /** A connection is being opened, until `connected`. */
  connecting(): void;
  connected(): void;
  /** A byte of the reply came. */
  touch(): void;
  /** Nobody waits for bytes now: a slow reader is not a silent server. */
  rest(): void;
  resume(): void;
  /** The call is over. */
  end(): void;
}

/** A longer timer fires at once. */
const MAX_TIMER_MS = 2_147_483_647;

export function createWatch(limits: HttpLimits, caller: AbortSignal): Watch {
  const controller = new AbortController();
  let reason: Interruption = 'caller';
  let leftMs = Math.min(limits.totalMs, MAX_TIMER_MS);
  let startedAt: number | undefined;
  let deadlineTimer: NodeJS.Timeout | undefined;
  let connectTimer: NodeJS.Timeout | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let resting = false;

  const interrupt = (why: Interruption) => {
    end();
    if (controller.signal.aborted) return;
    reason = why;
    controller.abort(why === 'caller' ? caller.reason : new Error(`the ${why} limit was reached`));
  };
  const onAbort = () => interrupt('caller');
  caller.addEventListener('abort', onAbort, { once: true });

  function armIdle(): void {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => interrupt('idle'), limits.idleMs);
  }
  function end(): void {
    resting = true;
    clearTimeout(deadlineTimer);
    clearTimeout(connectTimer);
    clearTimeout(idleTimer);
    caller.removeEventListener('abort', onAbort);
  }
  if (caller.aborted) onAbort();

  return {
    signal: controller.signal,
    look: () => lookAtClock(caller),
    why: () => reason,
    start() {
      if (startedAt !== undefined) return;
      startedAt = performance.now();
      deadlineTimer = setTimeout(() => interrupt('deadline'), leftMs);
    },
    pause() {
      clearTimeout(deadlineTimer);
      if (startedAt !== undefined) leftMs -= performance.now() - startedAt;
      startedAt = undefined;
    },
    connecting() {
      resting = false;
      connectTimer = setTimeout(() => interrupt('connect'), limits.connectMs);
    },
    connected: () => clearTimeout(connectTimer),
    touch() {
      if (!resting) armIdle();
    },
    rest() {
      resting = true;
      clearTimeout(idleTimer);
    },
    resume() {
      resting = false;
      armIdle();
    },
    end,
  };
}

/** Settles as `work` does, or rejects with `failure()` as soon as `signal` is aborted, whether or not `work` obeys it. */
export function withSignal<T>(work: Promise<T>, signal: AbortSignal, failure: () => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(failure());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
