import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../lib/http/retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;

/** What a header says, when our clock and the reply's `Date` agree, and how long that is. */
const TABLE: readonly (readonly [string | undefined, number | undefined])[] = [
  [undefined, undefined],
  ['', undefined],
  [' ', undefined],
  ['0', 1_000],
  ['00', 1_000],
  ['1', 1_000],
  ['2', 2_000],
  ['007', 7_000],
  ['120', 120_000],
  ['3600', HOUR],
  ['3601', HOUR],
  ['86400', HOUR],
  ['2147483648', HOUR],
  ['9999999999', HOUR],
  ['10000000000', undefined],
  ['-1', undefined],
  ['-5', undefined],
  ['+5', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['Infinity', undefined],
  ['NaN', undefined],
  ['null', undefined],
  ['5 ', undefined],
  [' 5', undefined],
  ['5s', undefined],
  ['5 seconds', undefined],
  ['5, 5', undefined],
  ['5, 10', undefined],
  ['5\n', undefined],
  ['٥', undefined],
  ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  ['Sun, 01 Mar 2026 12:00:00 GMT', 1_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 1_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 1_000],
  ['Mon, 02 Mar 2026 12:00:00 GMT', HOUR],
  ['Fri, 31 Dec 9999 23:59:59 GMT', HOUR],
  ['Mon, 01 Mar 2026 12:00:30 GMT', undefined],
  ['Tue, 31 Feb 2026 12:00:30 GMT', undefined],
  ['Sun, 01 Mar 2026 25:00:00 GMT', undefined],
  ['Sun, 01 Mar 2026 12:00:30 UTC', undefined],
  ['Sun, 1 Mar 2026 12:00:30 GMT', undefined],
  ['sun, 01 mar 2026 12:00:30 gmt', undefined],
  ['Sunday, 01-Mar-26 12:00:30 GMT', undefined],
  ['Sun Mar  1 12:00:30 2026', undefined],
  ['2026-03-01T12:00:30Z', undefined],
  ['Sun, 01 Mar 2026 12:00:30 GMT, Sun, 01 Mar 2026 12:00:40 GMT', undefined],
];

describe('Retry-After', () => {
  it.each(TABLE)('%j asks for %s ms', (value, expected) => {
    expect(parseRetryAfter(value, { now: NOW })).toBe(expected);
    expect(parseRetryAfter(value, { now: NOW, date: 'Sun, 01 Mar 2026 12:00:00 GMT' })).toBe(expected);
  });

  it.each([-86_400, -3_600, -1, 0, 1, 3_600, 86_400])(
    'is measured by the clock of the reply, so that ours may be wrong by %i s',
    (skewSeconds) => {
      const options = { now: NOW + skewSeconds * 1_000, date: 'Sun, 01 Mar 2026 12:00:00 GMT' };
      expect(parseRetryAfter('Sun, 01 Mar 2026 12:00:45 GMT', options)).toBe(45_000);
      expect(parseRetryAfter('45', options)).toBe(45_000);
    },
  );

  it('falls back on our clock when the reply has no usable Date', () => {
    expect(parseRetryAfter('Sun, 01 Mar 2026 12:00:45 GMT', { now: NOW, date: 'yesterday' })).toBe(45_000);
  });

  it('takes a lower upper limit, but never less than a second', () => {
    expect(parseRetryAfter('600', { now: NOW, maxMs: 90_000 })).toBe(90_000);
    expect(parseRetryAfter('600', { now: NOW, maxMs: 0 })).toBe(1_000);
  });
});
