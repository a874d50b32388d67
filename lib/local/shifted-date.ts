/**
 * Lets this thread's `Date` follow the runtime's clock where that has been put forward. Pauses are another matter:
 * `virtual-timers.ts`.
 */
export function shiftDate(offset: SharedArrayBuffer): void {
  const ahead = new BigInt64Array(offset);
  const Machine = globalThis.Date;
  const now = () => Machine.now() + Number(Atomics.load(ahead, 0));
  globalThis.Date = new Proxy(Machine, {
    construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    apply: () => new Machine(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}
