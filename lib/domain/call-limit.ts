/**
 * The time limit of a call that must not be made late. Timers stand still while a machine sleeps, so whoever is about to
 * send looks at the clock as well.
 */
const looks = new WeakMap<AbortSignal, () => void>();

/** Aborted with `signal`, after the time that is left until `untilMs`, or when somebody looks and it is later than that. */
export function limitCall(signal: AbortSignal, now: () => number, untilMs: number): AbortSignal {
  const late = new AbortController();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, untilMs - now())), late.signal]);
  looks.set(limit, () => {
    if (now() > untilMs) late.abort(new DOMException('The time of the call is over', 'TimeoutError'));
  });
  return limit;
}

/** Aborts a limit whose time is over by the clock; any other signal stays as it is. */
export function lookAtClock(limit: AbortSignal): void {
  looks.get(limit)?.();
}
