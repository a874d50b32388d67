/** What replies ask for: `Retry-After`, `Date` and the fields that tell of a quota. */
import { askedToWaitMs } from '../../../lib/http/reply.ts';
import { parseRetryAfter } from '../../../lib/http/retry-after.ts';
import { otherText, pick, text, whole } from './material.ts';
import { type Part, promise, type Random } from './part.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const HOUR_MS = 3_600_000;
const GOOD: Readonly<Record<string, readonly string[]>> = {
  'retry-after': ['0', '1', '120', '9999999999', 'Sun, 01 Mar 2026 12:00:30 GMT', 'Infinity', '1.5', '-5', '1e3'],
  date: ['Sun, 01 Mar 2026 12:00:00 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ratelimit: ['limit=100, remaining=0, reset=30', '"daily";r=0;t=30, "hour";r=1', '"a";r=0'],
  'ratelimit-policy': ['"daily";q=100;w=86400', '"a";w=60'],
  'ratelimit-remaining': ['0', '1'],
  'ratelimit-reset': ['30', '1772366430', '9999999999'],
  'x-ratelimit-remaining': ['0'],
  'x-ratelimit-reset': ['0', '60', '1772366430'],
};

/** JSON of the fields. */
export const headersPart: Part = {
  name: 'retry-after',
  share: 1,
  make(random) {
    const names = Object.keys(GOOD).filter(
      (name) => random() < (name === 'retry-after' || name === 'date' ? 0.7 : 0.2),
    );
    return JSON.stringify(Object.fromEntries(names.map((name) => [name, fieldOf(random, GOOD[name] ?? [''])])));
  },
  check(input) {
    const headers: Readonly<Record<string, string>> = JSON.parse(input);
    const value = headers['retry-after'];
    const told = parseRetryAfter(value, { now: NOW, date: headers.date });
    promise(isWait(told), `${told} is a wait`);
    promise(
      told === undefined || /^(\d{1,10}|\w{3}, .* GMT)$/.test(value ?? ''),
      'only seconds and dates are honoured',
    );
    const asked = askedToWaitMs({ header: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined) });
    promise(isWait(asked), `${asked} is a wait`);
  },
};

function fieldOf(random: Random, good: readonly string[]): string {
  const chance = random();
  if (chance < 0.4) return pick(random, good);
  if (chance < 0.8) return otherText(random, pick(random, good));
  return chance < 0.9 ? text(random) : String(whole(random, 1e12) - 1e9);
}

function isWait(ms: number | undefined): boolean {
  return ms === undefined || (Number.isFinite(ms) && ms >= 1_000 && ms <= HOUR_MS);
}
