/**
 * Runs in a function's thread, where the runtime's clock may be put forward. A pause of `timers/promises` within a call
 * is handed to the host, who ends it by that clock. Timers that stand meanwhile, such as a time limit, fire in it as they
 * would in the cloud; while the call works they keep the machine's pace.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { createInvocationTime } from './invocation-time.ts';

/** To the host. */
export type WaitMessage =
  | { readonly kind: 'wait'; readonly id: string; readonly wait: number; readonly dueMs: number }
  | { readonly kind: 'call-off'; readonly id: string; readonly wait: number };

/** From the host. */
export interface OverMessage {
  readonly kind: 'over';
  readonly wait: number;
}

export interface VirtualTimers {
  /** Runs one call; gives it the time it has used so far. */
  run<Value>(id: string, call: (spentMs: () => number) => Value): Value;
  over(wait: number): void;
}

interface Alarm {
  /** After so much of the call's own time. */
  readonly atMs: number;
  readonly fire: () => void;
}

interface Invocation {
  readonly id: string;
  readonly time: ReturnType<typeof createInvocationTime>;
  readonly alarms: Map<unknown, Alarm>;
  waits: number;
}

interface PauseOptions {
  readonly signal?: AbortSignal;
}

class AbortError extends Error {
  override readonly name = 'AbortError';
  readonly code = 'ABORT_ERR';
}

function firstAlarmMs({ alarms }: Invocation): number {
  return Math.min(...[...alarms.values()].map(({ atMs }) => atMs));
}

function ring({ alarms, time }: Invocation): void {
  const due = [...alarms].filter(([, { atMs }]) => atMs <= time.spentMs()).sort(([, a], [, b]) => a.atMs - b.atMs);
  for (const [handle, { fire }] of due) if (alarms.delete(handle)) fire();
}

/** Takes the place of this thread's timers. @param machineNow the machine's time, whatever `Date` says. */
export function installVirtualTimers(post: (message: WaitMessage) => void, machineNow: () => number): VirtualTimers {
  const current = new AsyncLocalStorage<Invocation>();
  const open = new Map<number, () => void>();
  /** A timer may be called off by another call, which found the same connection free. */
  const owners = new WeakMap<object, Invocation>();
  const machine = {
    setTimeout: timers.setTimeout,
    clearTimeout: timers.clearTimeout,
    pause: timersPromises.setTimeout,
  };
  const now = () => Date.now();
  let waits = 0;

  /** Until then or until somebody calls it off; resolves either way. */
  function ask({ id }: Invocation, dueMs: number, signal?: AbortSignal): Promise<void> {
    waits += 1;
    const wait = waits;
    const { promise, resolve } = Promise.withResolvers<void>();
    const callOff = () => {
      post({ kind: 'call-off', id, wait });
      if (open.delete(wait)) resolve();
    };
    open.set(wait, resolve);
    signal?.addEventListener('abort', callOff, { once: true });
    // Not before this turn has ended: from then on the clock may be put forward, whatever else it was about to do.
    setImmediate(() => open.has(wait) && post({ kind: 'wait', id, wait, dueMs }));
    return promise.finally(() => signal?.removeEventListener('abort', callOff));
  }

  async function pauseIn(invocation: Invocation, ms: number, signal?: AbortSignal): Promise<void> {
    const { time } = invocation;
    for (const dueMs = now() + ms; now() < dueMs && !signal?.aborted; ) {
      const alarmInMs = Math.max(1, firstAlarmMs(invocation) - time.spentMs());
      const untilMs = Math.min(dueMs, now() + alarmInMs);
      invocation.waits += 1;
      time.rest(untilMs);
      await ask(invocation, untilMs, signal);
      invocation.waits -= 1;
      if (invocation.waits === 0) time.resume();
      ring(invocation);
    }
    if (signal?.aborted) throw new AbortError('The operation was aborted', { cause: signal.reason });
  }

  async function pause(ms = 1, value?: unknown, options: PauseOptions = {}): Promise<unknown> {
    const invocation = current.getStore();
    if (!invocation) return machine.pause(ms, value, options);
    await pauseIn(invocation, ms, options.signal);
    return value;
  }

  function setTimeout(callback: (...given: unknown[]) => void, ms = 1, ...given: unknown[]): NodeJS.Timeout {
    const invocation = current.getStore();
    if (!invocation) return machine.setTimeout(callback, ms, ...given);
    const { alarms, time } = invocation;
    const handle = machine.setTimeout(() => {
      alarms.delete(handle);
      callback(...given);
    }, ms);
    const fire = () => {
      machine.clearTimeout(handle);
      callback(...given);
    };
    owners.set(handle, invocation);
    alarms.set(handle, { atMs: time.spentMs() + ms, fire });
    return handle;
  }

  function clearTimeout(handle: NodeJS.Timeout | string | number | undefined): void {
    if (typeof handle === 'object') owners.get(handle)?.alarms.delete(handle);
    machine.clearTimeout(handle);
  }

  Object.assign(timersPromises, { setTimeout: pause });
  Object.assign(timers, { setTimeout, clearTimeout });
  Object.assign(globalThis, { setTimeout, clearTimeout });
  syncBuiltinESMExports();

  return {
    run(id, call) {
      const invocation = { id, time: createInvocationTime(machineNow, now), alarms: new Map(), waits: 0 };
      return current.run(invocation, () => call(invocation.time.spentMs));
    },
    over(wait) {
      open.get(wait)?.();
      open.delete(wait);
    },
  };
}
