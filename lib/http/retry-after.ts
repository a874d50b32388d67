const SECONDS = /^\d{1,10}$/;
const IMF_FIXDATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

const MIN_MS = 1_000;
const MAX_MS = 3_600_000;

export interface RetryAfterOptions {
  /** Epoch milliseconds; the fallback where the reply has no usable `Date`. */
  readonly now: number;
  /** The reply's `Date` header: the difference to it does not depend on our clock. */
  readonly date?: string | undefined;
  /** Default one hour. */
  readonly maxMs?: number;
}

/**
 * How long a `Retry-After` header asks to wait, between one second and `maxMs`; undefined when it is absent or anything
 * but whole seconds or an HTTP date.
 */
export function parseRetryAfter(value: string | undefined, options: RetryAfterOptions): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = SECONDS.test(value) ? Number(value) * 1_000 : untilDate(value, options);
  if (waitMs === undefined) return undefined;
  return clampWaitMs(waitMs, options.maxMs);
}

/** A wait that a server asks for, as far as it is honoured. */
export function clampWaitMs(waitMs: number, maxMs = MAX_MS): number {
  return Math.min(Math.max(waitMs, MIN_MS), Math.max(maxMs, MIN_MS));
}

function untilDate(value: string, { now, date }: RetryAfterOptions): number | undefined {
  const target = parseHttpDate(value);
  if (target === undefined) return undefined;
  return target - (parseHttpDate(date) ?? now);
}

/** An IMF-fixdate of the calendar as epoch milliseconds. `Date.parse` alone takes `-5` and `31 Feb`. */
export function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined || !IMF_FIXDATE.test(text)) return undefined;
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toUTCString() === text ? time : undefined;
}
