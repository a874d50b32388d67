/** A platform's rate limit, as a test can plant it: so many requests within any minute, the rest are sent away. */
import { z } from 'zod';

const WINDOW_MS = 60_000;

export const rateLimitSchema = z.strictObject({
  requestsPerMinute: z.int().min(1),
  /** Whether a 429 says when to come again. */
  retryAfter: z.boolean().default(true),
  /** How every reply tells what is left: the IETF's draft as it is now, as it was, or the fields before it. */
  headers: z.enum(['none', 'ratelimit', 'ratelimit-fields', 'x-ratelimit', 'x-ratelimit-epoch']).default('none'),
});
export type RateLimit = z.input<typeof rateLimitSchema>;

/** What a simulator counted since it began. */
export interface Statistics {
  readonly requests: number;
  /** Requests that the rate limit sent away. */
  readonly throttled: number;
}

export interface Passage {
  readonly isThrottled: boolean;
  /** For the reply, whatever it is. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Limiter {
  set(limit: RateLimit | undefined): void;
  /** Counts a request and says whether it may pass. */
  take(): Passage;
  statistics(): Statistics;
}

interface Quota {
  readonly limit: number;
  readonly remaining: number;
  /** Until the oldest request no longer counts. */
  readonly resetSeconds: number;
  readonly now: number;
}

type Headers = z.output<typeof rateLimitSchema>['headers'];

const HEADERS: Readonly<Record<Headers, (quota: Quota) => Readonly<Record<string, string>>>> = {
  none: () => ({}),
  ratelimit: ({ limit, remaining, resetSeconds }) => ({
    'ratelimit-policy': `"minute";q=${limit};w=60`,
    ratelimit: `"minute";r=${remaining};t=${resetSeconds}`,
  }),
  'ratelimit-fields': ({ limit, remaining, resetSeconds }) => ({
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetSeconds),
  }),
  'x-ratelimit': ({ limit, remaining, resetSeconds }) => ({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(resetSeconds),
  }),
  'x-ratelimit-epoch': ({ limit, remaining, resetSeconds, now }) => ({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(now / 1_000) + resetSeconds),
    // The platform's own clock, which need not be the machine's.
    date: new Date(Math.ceil(now / 1_000) * 1_000).toUTCString(),
  }),
};

/** @param now the platform's clock, epoch milliseconds. */
export function createLimiter(now: () => number): Limiter {
  let limit: z.output<typeof rateLimitSchema> | undefined;
  let passed: number[] = [];
  let requests = 0;
  let throttled = 0;
  return {
    set(next) {
      limit = next === undefined ? undefined : rateLimitSchema.parse(next);
      passed = [];
    },
    take() {
      requests += 1;
      if (limit === undefined) return { isThrottled: false, headers: {} };
      const at = now();
      passed = passed.filter((time) => time > at - WINDOW_MS);
      const isThrottled = passed.length >= limit.requestsPerMinute;
      if (isThrottled) throttled += 1;
      else passed.push(at);
      const resetSeconds = Math.max(1, Math.ceil(((passed[0] ?? at) + WINDOW_MS - at) / 1_000));
      const remaining = limit.requestsPerMinute - passed.length;
      const quota = { limit: limit.requestsPerMinute, remaining, resetSeconds, now: at };
      const retryAfter = isThrottled && limit.retryAfter ? { 'retry-after': String(resetSeconds) } : {};
      return { isThrottled, headers: { ...HEADERS[limit.headers](quota), ...retryAfter } };
    },
    statistics: () => ({ requests, throttled }),
  };
}
