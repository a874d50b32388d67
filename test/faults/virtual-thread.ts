/**
 * Makes the time and the chances of this thread its own: everything in it waits by a clock that jumps from one event to
 * the next, and draws from a seed. Meant for a worker thread that does nothing else; there is no way back.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { createAlarms } from './alarms.ts';

export interface VirtualThread {
  /** Epoch milliseconds. */
  now(): number;
  /** Begins anew: another time, another seed, and nobody who still waits. */
  reset(startMs: number, random: () => number): void;
  /** A chance of the thread, below one. */
  random(): number;
  sleep(ms: number): Promise<void>;
  /** Lets what works by itself, such as a table, finish before time goes on. */
  working<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Until `isDone`, or nobody waits any more, or time has come so far. @throws what a background task threw */
  run(untilMs: number, isDone?: () => boolean): Promise<void>;
  /** Begins something that nobody awaits; what it throws ends the run. */
  background(act: () => Promise<void>): void;
  /** Begins something after so long where no leap of ours counts. */
  elsewhere(ms: number, act: () => Promise<void>): void;
  /** We sleep for so long. What was to happen elsewhere meanwhile happens at its time, what was ours once it is over. */
  leap(ms: number): Promise<void>;
}

interface Away {
  readonly atMs: number;
  readonly begin: () => void;
  readonly callOff: () => void;
}

interface PauseOptions {
  readonly signal?: AbortSignal;
}

const endOfTurn = setImmediate;
const settled = () => new Promise<void>((resolve) => endOfTurn(resolve));

export function takeOverThread(): VirtualThread {
  let alarms = createAlarms();
  let now = 0;
  let chance: () => number = Math.random;
  let underWay = 0;
  let failures: unknown[] = [];
  const away = new Set<Away>();

  const thread: VirtualThread = {
    now: () => now,
    random: () => chance(),
    reset(startMs, random) {
      alarms = createAlarms();
      now = startMs;
      chance = random;
      underWay = 0;
      failures = [];
      away.clear();
    },
    sleep: (ms) => new Promise((resolve) => void alarms.add(now + Math.max(0, Math.ceil(ms)), resolve)),
    async working(work) {
      const mine = alarms;
      underWay += 1;
      try {
        return await work();
      } finally {
        if (mine === alarms) underWay -= 1;
      }
    },
    background(act) {
      const mine = alarms;
      act().catch((error: unknown) => {
        if (mine === alarms) failures.push(error);
      });
    },
    async run(untilMs, isDone = () => false) {
      for (;;) {
        do await settled();
        while (underWay > 0);
        if (failures.length > 0) throw failures[0];
        const next = alarms.peek();
        if (next === undefined || next.atMs > untilMs || isDone()) return;
        alarms.pop();
        now = Math.max(now, next.atMs);
        next.ring();
      }
    },
    elsewhere(ms, act) {
      const begin = AsyncLocalStorage.bind(() => {
        away.delete(one);
        thread.background(act);
      });
      const atMs = now + Math.max(0, Math.ceil(ms));
      const callOff = alarms.add(atMs, begin);
      const one = { atMs, begin, callOff };
      away.add(one);
    },
    async leap(ms) {
      const untilMs = now + Math.ceil(ms);
      const due = [...away].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      await thread.working(async () => {
        for (const { atMs, begin, callOff } of due) {
          callOff();
          now = atMs;
          begin();
          await settled();
        }
      });
      now = untilMs;
    },
  };

  replaceTimers(() => alarms, thread);
  replaceDate(thread.now);
  replaceChances(() => chance());
  return thread;
}

function replaceTimers(alarmsNow: () => ReturnType<typeof createAlarms>, { now }: VirtualThread): void {
  const handles = new WeakMap<object, () => void>();

  function setTimeout(callback: (...given: unknown[]) => void, ms = 1, ...given: unknown[]) {
    // Less than AsyncLocalStorage.bind() makes, of which a world would have a hundred.
    const scope = new AsyncResource('Timeout');
    const ring = () => scope.runInAsyncScope(callback, undefined, ...given);
    const callOff = alarmsNow().add(now() + Math.max(0, Math.ceil(Number(ms) || 0)), ring);
    const handle = { ref: () => handle, unref: () => handle, hasRef: () => true, [Symbol.dispose]: callOff };
    handles.set(handle, callOff);
    return handle;
  }

  function clearTimeout(handle: unknown): void {
    if (typeof handle === 'object' && handle !== null) handles.get(handle)?.();
  }

  function pause(ms = 1, value?: unknown, { signal }: PauseOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const aborted = () =>
        reject(Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' }));
      if (signal?.aborted) return aborted();
      const onAbort = () => {
        callOff();
        aborted();
      };
      const callOff = alarmsNow().add(now() + Math.max(0, Math.ceil(ms)), () => {
        signal?.removeEventListener('abort', onAbort);
        resolve(value);
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  function timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException('The operation timed out', 'TimeoutError')), ms);
    return controller.signal;
  }

  Object.assign(timersPromises, { setTimeout: pause });
  Object.assign(timers, { setTimeout, clearTimeout });
  Object.assign(globalThis, { setTimeout, clearTimeout });
  Object.assign(AbortSignal, { timeout });
  Object.defineProperty(performance, 'now', { value: now });
  syncBuiltinESMExports();
}

function replaceDate(now: () => number): void {
  const Machine = globalThis.Date;
  globalThis.Date = new Proxy(Machine, {
    construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    apply: () => new Machine(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}

/** Ids and nonces come from the seed, so that a run can be told again to the byte. */
function replaceChances(chance: () => number): void {
  const crypto = createRequire(import.meta.url)('node:crypto') as Record<string, unknown>;
  const randomBytes = (size: number) =>
    Buffer.from(Uint8Array.from({ length: size }, () => Math.floor(chance() * 256)));
  const randomUUID = () =>
    randomBytes(16)
      .toString('hex')
      .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
  const getRandomValues = (array: Uint8Array) => {
    for (const index of array.keys()) array[index] = Math.floor(chance() * 256);
    return array;
  };
  const randomInt = (limit: number) => Math.floor(chance() * limit);
  Object.assign(crypto, { randomBytes, randomInt, randomUUID });
  for (const [name, value] of Object.entries({ randomUUID, getRandomValues }))
    Object.defineProperty(globalThis.crypto, name, { value, configurable: true });
  Math.random = chance;
  syncBuiltinESMExports();
}
