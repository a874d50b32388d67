import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedToWaitMs, failureOf } from '../../lib/http/reply.ts';

const DATE = 'Sun, 01 Mar 2026 12:00:00 GMT';
const NOW = Date.parse(DATE) / 1_000;

function replyOf(headers: Readonly<Record<string, string>>) {
  return { header: (name: string) => (Object.hasOwn(headers, name) ? headers[name] : undefined) };
}

/** `RateLimit-Remaining` and `-Reset`, or their elder brothers. */
const pair = (remaining: string, reset: string, prefix = '') => ({
  [`${prefix}ratelimit-remaining`]: remaining,
  [`${prefix}ratelimit-reset`]: reset,
});
const x = (remaining: string, reset: string) => pair(remaining, reset, 'x-');
const list = (ratelimit: string, policy?: string) => ({
  ratelimit,
  ...(policy === undefined ? {} : { 'ratelimit-policy': policy }),
});

const ROWS: readonly (readonly [Readonly<Record<string, string>>, number | undefined])[] = [
  // The draft as it was.
  [pair('0', '30'), 30_000],
  [{ 'ratelimit-limit': '100', ...pair('0', '30') }, 30_000],
  [{ 'ratelimit-limit': '100, 100;w=60', ...pair('0', '30') }, 30_000],
  [pair('00', '030'), 30_000],
  [pair('1', '30'), undefined],
  [pair('0', '0'), 1_000],
  [pair('0', '7200'), 3_600_000],
  [pair('0', '999999999'), 3_600_000],
  // Nobody's counter; some send a moment here too.
  [pair('0', String(NOW + 30)), 30_000],
  [{ 'ratelimit-remaining': '0' }, undefined],
  [{ 'ratelimit-reset': '30' }, undefined],
  // Hostile.
  [pair('', '30'), undefined],
  [pair('0', ''), undefined],
  [pair(' ', '30'), undefined],
  [pair('-1', '30'), undefined],
  [pair('0', '-30'), undefined],
  [pair('+0', '30'), undefined],
  [pair('0', '+30'), undefined],
  [pair('0.0', '30'), undefined],
  [pair('0', '1.5'), undefined],
  [pair('0', '1e3'), undefined],
  [pair('0x0', '30'), undefined],
  [pair('0', '0x1e'), undefined],
  [pair('NaN', '30'), undefined],
  [pair('0', 'NaN'), undefined],
  [pair('0', 'Infinity'), undefined],
  [pair('0', '99999999999'), undefined],
  [pair('0', '9'.repeat(400)), undefined],
  [pair('0, 0', '30'), undefined],
  [pair('0', '30, 30'), undefined],
  [pair('0', '٣٠'), undefined],
  [pair('0\n', '30'), undefined],
  [pair('0', DATE), undefined],
  [pair('null', 'undefined'), undefined],
  // The fields that went before it.
  [x('0', '30'), 30_000],
  [x('5', '30'), undefined],
  [x('0', String(NOW + 45)), 45_000],
  [x('0', String(NOW - 45)), 1_000],
  [x('0', String(NOW + 90_000)), 3_600_000],
  [x('0', '4102444800'), 3_600_000],
  // Milliseconds are not what anybody documents.
  [x('0', String((NOW + 30) * 1_000)), undefined],
  [x('-0', '30'), undefined],
  [x('0', '30; w=60'), undefined],
  // The draft as it is.
  [list('"default";r=0;t=30'), 30_000],
  [list('default;r=0;t=30'), 30_000],
  [list('"default"; r=0; t=30'), 30_000],
  [list('"default";t=30;r=0'), 30_000],
  [list('"default";r=1;t=30'), undefined],
  [list('"burst";r=0;t=5, "daily";r=0;t=300'), 300_000],
  [list('"burst";r=0;t=5,"daily";r=9;t=300'), 5_000],
  [list('"burst";r=7;t=5, "daily";r=9;t=300'), undefined],
  [list('"default";r=0;t=30;pk=:c2VjcmV0:'), 30_000],
  [list('"a;t=9";r=0;t=30'), 30_000],
  [list('"x";r=0;k=";t=9";t=30'), 30_000],
  [list('"default";r=5;r=0;t=9;t=30'), 30_000],
  [list('"default";r=0', '"default";q=100;w=60'), 60_000],
  [list('"default";r=0', '"other";q=1;w=9, "default";q=100;w=60'), 60_000],
  [list('"default";r=0;t=30', '"default";q=100;w=60'), 30_000],
  [list('"default";r=0', '"other";q=100;w=60'), undefined],
  [list('"default";r=0'), undefined],
  [list('"default";r=0', 'nonsense;;'), undefined],
  [{ 'ratelimit-policy': '"default";q=0;w=60' }, undefined],
  [list('limit=100, remaining=0, reset=30'), 30_000],
  [list('limit=100, remaining=1, reset=30'), undefined],
  // Hostile.
  [list(''), undefined],
  [list('""'), undefined],
  [list('r=0;t=30'), undefined],
  [list('"default";r=-1;t=30'), undefined],
  [list('"default";r=0;t=-30'), undefined],
  [list('"default";r=0.0;t=30'), undefined],
  [list('"default";r="0";t=30'), undefined],
  [list('"default";r;t=30'), undefined],
  [list('"default";t=30'), undefined],
  [list('"default";r=0;t=99999999999'), undefined],
  [list('"default";r=0;t=9999999999999999'), undefined],
  [list('"default";r=0;t=30,'), undefined],
  [list(',"default";r=0;t=30'), undefined],
  [list('"default";r=0;t=30;'), undefined],
  [list('"default" r=0 t=30'), undefined],
  [list('"default;r=0;t=30'), undefined],
  [list('"burst";r=0;t=5, "daily";r=x;t=300'), undefined],
  [list('"__proto__";r=0;t=30'), 30_000],
  [list('"x";__proto__=1;r=0;t=30'), undefined],
  [list('limit=100, remaining=0, reset=30, reset=1'), undefined],
  // Several at once: whoever asks for the longest wait; `Retry-After` speaks for all of them.
  [{ ...x('0', '30'), ...pair('0', '60') }, 60_000],
  [{ ...x('0', '30'), ...pair('9', '60') }, 30_000],
  [{ 'retry-after': '5', ...x('0', '30') }, 5_000],
  [{ 'retry-after': 'soon', ...x('0', '30') }, 30_000],
  [{ 'retry-after': '', ...x('0', '30') }, 30_000],
  [{ 'retry-after': '5', ...x('9', '30') }, 5_000],
];

describe('the wait that a reply asks for', () => {
  it.each(ROWS)('in %j is %s ms', (headers, expected) => {
    expect(askedToWaitMs(replyOf({ ...headers, date: DATE }))).toBe(expected);
  });

  it.each([undefined, '', 'yesterday', '2026-03-01T12:00:00Z'])(
    'does not depend on a clock of ours: a moment without a date of the reply (%j) says nothing',
    (date) => {
      const headers = { ...x('0', String(NOW + 45)), ...(date === undefined ? {} : { date }) };
      expect(askedToWaitMs(replyOf(headers))).toBeUndefined();
      expect(askedToWaitMs(replyOf({ ...x('0', '45'), ...(date === undefined ? {} : { date }) }))).toBe(45_000);
    },
  );

  it('is between one second and one hour, whatever is sent', () => {
    const names = ['retry-after', 'ratelimit', 'ratelimit-policy', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
    const value = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.nat().map((t) => `"a";r=0;t=${t};w=${t}`),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names, 'date'), value), (headers) => {
        const wait = askedToWaitMs(replyOf(headers));
        expect(wait === undefined || (wait >= 1_000 && wait <= 3_600_000)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is read in no time, however long the field is', () => {
    const begun = performance.now();
    for (const text of ['"a";r=0'.repeat(2_000), `"a"${';r=0'.repeat(4_000)}`, ';'.repeat(16_000), '"'.repeat(16_000)])
      askedToWaitMs(replyOf({ ratelimit: text, 'ratelimit-policy': text }));
    expect(performance.now() - begun).toBeLessThan(500);
  });

  it('is the hint of a 429 without Retry-After, and makes a 503 on a read a throttled one', () => {
    for (const status of [429, 503]) {
      const reply = { status, text: '', ...replyOf(x('0', '30')) };
      const failure = failureOf(reply, { operation: 'read', what: 'look' });
      expect(failure).toMatchObject({ name: 'ProviderThrottledError', retryAfterMs: 30_000 });
    }
  });
});
