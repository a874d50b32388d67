import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CronSchedule,
  checkCron,
  isGapSlot,
  nextSlot,
  slotAt,
  slotsBetween,
  toAwsCron,
} from '../../lib/domain/cron.ts';
import { awsTimes } from '../helpers/aws-cron.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const at = (text: string) => Date.parse(text);

/** When the clocks change: to summer and back. From the laws, not from the library. */
const SUMMERS: Readonly<
  Record<string, { readonly winter: number; readonly changes: readonly (readonly [string, string])[] }>
> = {
  'Europe/London': {
    winter: 0,
    changes: [
      ['2026-03-29T01:00Z', '2026-10-25T01:00Z'],
      ['2027-03-28T01:00Z', '2027-10-31T01:00Z'],
      ['2028-03-26T01:00Z', '2028-10-29T01:00Z'],
    ],
  },
  'America/New_York': {
    winter: -5 * HOUR,
    changes: [
      ['2026-03-08T07:00Z', '2026-11-01T06:00Z'],
      ['2027-03-14T07:00Z', '2027-11-07T06:00Z'],
      ['2028-03-12T07:00Z', '2028-11-05T06:00Z'],
    ],
  },
};

function tableOffset(zone: string): (instant: number) => number {
  const { winter = 0, changes = [] } = SUMMERS[zone] ?? {};
  const summers = changes.map(([from, to]) => [at(from), at(to)] as const);
  return (instant) => winter + (summers.some(([from, to]) => instant >= from && instant < to) ? HOUR : 0);
}

/** Minute after minute: each wall time when it is first shown, or when the clock has jumped over it. */
function reference(offset: (instant: number) => number, matches: (wall: Date) => boolean, from: number, to: number) {
  const slots: string[] = [];
  let shown = from - 2 * HOUR + offset(from - 2 * HOUR) - MINUTE;
  for (let instant = from - 2 * HOUR; instant < to; instant += MINUTE) {
    const wall = instant + offset(instant);
    let isDue = false;
    for (; shown < wall; shown += MINUTE) isDue ||= matches(new Date(shown + MINUTE));
    if (isDue && instant >= from) slots.push(new Date(instant).toISOString());
  }
  return slots;
}

const DAILY = (hour: number, minute: number) => (wall: Date) =>
  wall.getUTCHours() === hour && wall.getUTCMinutes() === minute;
const HOURLY = (wall: Date) => wall.getUTCMinutes() === 0;

describe('the slots of three years, day by day, against the dates at which the law changes the clocks', () => {
  const [from, to] = [at('2026-01-01T00:00Z'), at('2029-01-01T00:00Z')];
  const cases = Object.keys(SUMMERS).flatMap((timezone) => [
    { timezone, cron: '30 1 * * *', matches: DAILY(1, 30) },
    { timezone, cron: '30 2 * * *', matches: DAILY(2, 30) },
    { timezone, cron: '0 * * * *', matches: HOURLY },
    {
      timezone,
      cron: '*/20 1-2 * * *',
      matches: (wall: Date) => [1, 2].includes(wall.getUTCHours()) && wall.getUTCMinutes() % 20 === 0,
    },
  ]);

  it.each(cases)('$cron in $timezone', ({ timezone, cron, matches }) => {
    const schedule = { timezone, cron };
    const expected = reference(tableOffset(timezone), matches, from, to);
    expect(slotsBetween(schedule, from - 1, to - 1, 100_000)).toEqual(expected);
    let after = from - 1;
    const oneByOne = expected.map(() => {
      const slot = nextSlot(schedule, after) ?? '';
      after = at(slot);
      return slot;
    });
    expect(oneByOne).toEqual(expected);
  });

  const daily = cases.filter(({ cron }) => /^30 [12] /.test(cron));
  it.each(daily)(
    'come once on each day, none left out and none twice, for $cron in $timezone',
    ({ timezone, cron }) => {
      const slots = slotsBetween({ timezone, cron }, from - 1, to - 1, 100_000);
      const days = slots.map((slot) => new Date(at(slot) + tableOffset(timezone)(at(slot))).toISOString().slice(0, 10));
      expect(new Set(days).size).toBe(365 + 365 + 366);
      expect(days).toHaveLength(365 + 365 + 366);
    },
  );
});

describe('clocks that change', () => {
  const newYork = (cron: string): CronSchedule => ({ cron, timezone: 'America/New_York' });

  it('fire a time that does not exist once, at the first instant after the gap', () => {
    const day = [at('2026-03-08T05:00Z'), at('2026-03-09T03:59Z')] as const;
    expect(slotsBetween(newYork('30 2 * * *'), ...day, 10)).toEqual(['2026-03-08T07:00:00.000Z']);
    expect(isGapSlot(newYork('30 2 * * *'), at('2026-03-08T07:00Z'))).toBe(true);
    expect(slotsBetween(newYork('*/5 2 * * *'), ...day, 100)).toEqual(['2026-03-08T07:00:00.000Z']);
  });

  it('do not call a slot left out that exists beside one in the gap, because the scheduler fires it', () => {
    expect(isGapSlot(newYork('0 * * * *'), at('2026-03-08T07:00Z'))).toBe(false);
    expect(isGapSlot(newYork('0 3 * * *'), at('2026-03-08T07:00Z'))).toBe(false);
    expect(isGapSlot(newYork('30 2 * * *'), at('2026-03-09T06:30Z'))).toBe(false);
    expect(isGapSlot(newYork('30 4 * * *'), at('2026-03-08T07:00Z'))).toBe(false);
  });

  it('fire a time that comes twice at the first, and take the second for it', () => {
    const schedule = newYork('30 1 * * *');
    const first = '2026-11-01T05:30:00.000Z';
    expect(slotsBetween(schedule, at('2026-11-01T04:00Z'), at('2026-11-02T04:00Z'), 10)).toEqual([first]);
    expect(nextSlot(schedule, at(first))).toBe('2026-11-02T06:30:00.000Z');
    expect(slotAt(schedule, at('2026-11-01T06:30Z'))).toBe(first);
    expect(isGapSlot(schedule, at(first))).toBe(false);
  });

  it('find the slots before an instant within the hour that comes twice', () => {
    const twice = at('2026-11-01T06:10Z');
    expect(slotsBetween(newYork('*/30 * * * *'), at('2026-11-01T05:00Z'), twice, 10)).toEqual([
      '2026-11-01T05:30:00.000Z',
    ]);
  });

  it('jump by half an hour on Lord Howe', () => {
    const schedule = { cron: '15 2 * * *', timezone: 'Australia/Lord_Howe' };
    const spring = slotsBetween(schedule, at('2026-10-02T12:00Z'), at('2026-10-04T12:00Z'), 10);
    // 02:00 becomes 02:30 on 4 October.
    expect(spring).toEqual(['2026-10-02T15:45:00.000Z', '2026-10-03T15:30:00.000Z']);
    expect(isGapSlot(schedule, at('2026-10-03T15:30Z'))).toBe(true);
    const autumn = slotsBetween(
      { ...schedule, cron: '45 1 * * *' },
      at('2026-04-03T12:00Z'),
      at('2026-04-05T12:00Z'),
      10,
    );
    // 02:00 becomes 01:30 on 5 April, so 01:45 comes twice.
    expect(autumn).toEqual(['2026-04-03T14:45:00.000Z', '2026-04-04T14:45:00.000Z']);
  });

  it('leave out a whole day at the date line', () => {
    const schedule = { cron: '0 12 * * *', timezone: 'Pacific/Apia' };
    // Samoa had no 30 December 2011; the day ended at 10:00 UTC.
    expect(slotsBetween(schedule, at('2011-12-29T12:00Z'), at('2011-12-31T12:00Z'), 10)).toEqual([
      '2011-12-29T22:00:00.000Z',
      '2011-12-30T10:00:00.000Z',
      '2011-12-30T22:00:00.000Z',
    ]);
  });

  it.each([
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'America/Santiago',
    'Pacific/Chatham',
    'America/St_Johns',
  ])('agree in %s with a clock that is read minute by minute', (timezone) => {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
    const offset = (instant: number) => at(`${format.format(instant).replace(' ', 'T')}Z`) - instant;
    for (const [from, to] of changesOf(offset, at('2026-01-01T00:00Z'), at('2027-01-01T00:00Z'))) {
      for (const [cron, matches] of [
        ['15 2 * * *', DAILY(2, 15)],
        ['45 1 * * *', DAILY(1, 45)],
        ['0 * * * *', HOURLY],
      ] as const)
        expect(slotsBetween({ cron, timezone }, from - 1, to - 1, 1_000)).toEqual(reference(offset, matches, from, to));
    }
  });
});

/** A day around each change, and one ordinary day. */
function changesOf(
  offset: (instant: number) => number,
  from: number,
  to: number,
): readonly (readonly [number, number])[] {
  const days: (readonly [number, number])[] = [[from, from + DAY]];
  for (let day = from; day < to; day += DAY)
    if (offset(day) !== offset(day + DAY)) days.push([day - DAY, day + 2 * DAY]);
  return days;
}

describe('the calendar', () => {
  const utc = (cron: string): CronSchedule => ({ cron, timezone: 'UTC' });
  const between = (cron: string, from: string, to: string) =>
    slotsBetween(utc(cron), at(`${from}T00:00Z`) - 1, at(`${to}T00:00Z`), 100).map((slot) => slot.slice(0, 10));

  it('has a 31st in seven months, a last day in twelve, a 29 February every fourth year', () => {
    expect(
      between('0 6 31 * *', '2026-01-01', '2027-01-01')
        .map((day) => day.slice(5, 7))
        .join(' '),
    ).toBe('01 03 05 07 08 10 12');
    expect(between('0 6 L * *', '2028-01-01', '2028-05-01')).toEqual([
      '2028-01-31',
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
    ]);
    expect(between('0 0 29 2 *', '2024-01-01', '2033-01-01')).toEqual(['2024-02-29', '2028-02-29', '2032-02-29']);
  });

  it('has weekdays by name and by number, Sunday as 0 and as 7', () => {
    for (const cron of ['0 6 * * SAT,sun', '0 6 * * 6-7', '0 6 * * 0,6'])
      expect(between(cron, '2026-11-20', '2026-11-28')).toEqual(['2026-11-21', '2026-11-22']);
  });

  it('gives the newest slots when there are more than were asked for, without going through all', () => {
    expect(slotsBetween(utc('* * * * *'), 0, at('2026-11-21T10:00:30Z'), 3)).toEqual([
      '2026-11-21T09:58:00.000Z',
      '2026-11-21T09:59:00.000Z',
      '2026-11-21T10:00:00.000Z',
    ]);
  });

  it('counts the end of a window in and its beginning out', () => {
    const [from, to] = [at('2026-11-21T10:00Z'), at('2026-11-21T11:00Z')];
    expect(slotsBetween(utc('0 * * * *'), from, to, 9)).toEqual(['2026-11-21T11:00:00.000Z']);
    expect(slotsBetween(utc('0 * * * *'), to, to, 9)).toEqual([]);
    expect(nextSlot(utc('0 * * * *'), from - 1)).toBe('2026-11-21T10:00:00.000Z');
    expect(nextSlot(utc('0 * * * *'), from)).toBe('2026-11-21T11:00:00.000Z');
  });

  it('finds the slot of a call within its minute, and none beside it', () => {
    expect(slotAt(utc('30 6 * * *'), at('2026-11-21T06:30:59.9Z'))).toBe('2026-11-21T06:30:00.000Z');
    expect(slotAt(utc('30 6 * * *'), at('2026-11-21T06:31Z'))).toBeUndefined();
  });
});

describe('a cron expression', () => {
  const good = [
    '* * * * *',
    '0 6 * * MON-FRI',
    '*/15 9-17/2 * * 0,6',
    '0 0 L * *',
    '0 0 29 2 *',
    '1,2,30-40 0 1-7 jan,Mar *',
    ' 5  4 * *  sun ',
  ];
  it.each(good)('%j is taken', (cron) => {
    expect(checkCron(cron)).toBeUndefined();
  });

  const bad: readonly (readonly [string, string])[] = [
    ['0 0 6 * * *', 'five fields'],
    ['0 6 * *', 'five fields'],
    ['', 'five fields'],
    ['@daily', 'five fields'],
    ['60 * * * *', 'minute'],
    ['*/61 * * * *', 'minute'],
    ['*/0 * * * *', 'minute'],
    ['5/15 * * * *', 'minute'],
    ['1,,2 * * * *', 'minute'],
    ['-5 * * * *', 'minute'],
    ['MON * * * *', 'minute'],
    ['0 24 * * *', 'hour'],
    ['0 0 0 * *', 'day-of-month'],
    ['0 0 32 * *', 'day-of-month'],
    ['0 0 15W * *', 'day-of-month'],
    ['0 0 L,15 * *', 'day-of-month'],
    ['0 0 ? * *', 'day-of-month'],
    ['0 0 * 13 *', 'month'],
    ['0 0 * MON *', 'month'],
    ['0 0 * * 8', 'day-of-week'],
    ['0 0 * * 5-1', 'day-of-week'],
    ['0 0 * * 5L', 'day-of-week'],
    ['0 0 * * FRI#2', 'day-of-week'],
    ['0 0 * * +1', 'day-of-week'],
    ['0 0 * * MONDAY', 'day-of-week'],
    ['0 0 1 * MON', 'both'],
    ['0 0 */2 * 1-5', 'both'],
    ['0 0 30 2 *', 'never'],
    ['0 0 31 4,6,9,11 *', 'never'],
  ];
  it.each(bad)('%j is refused in a sentence that says %j', (cron, word) => {
    expect(checkCron(cron)).toContain(word);
  });

  it('of any text is taken or refused, never thrown at', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789*,-/ LW#?MONJAN+@\n') });
    fc.assert(
      fc.property(text, (cron) => ['string', 'undefined'].includes(typeof checkCron(cron))),
      { numRuns: 2_000 },
    );
  });
});

describe('the same schedule at EventBridge Scheduler', () => {
  const vectors: readonly (readonly [string, string])[] = [
    ['* * * * *', 'cron(* * * * ? *)'],
    ['0 6 * * MON-FRI', 'cron(0 6 ? * MON-FRI *)'],
    ['0 6 * * 1-5', 'cron(0 6 ? * MON-FRI *)'],
    ['0 6 * * 0', 'cron(0 6 ? * SUN *)'],
    ['0 6 * * 7', 'cron(0 6 ? * SUN *)'],
    ['0 6 * * 5-7', 'cron(0 6 ? * SUN,FRI-SAT *)'],
    ['0 6 * * */2', 'cron(0 6 ? * SUN,TUE,THU,SAT *)'],
    ['0 6 * * 0-6', 'cron(0 6 * * ? *)'],
    ['*/15 * * * *', 'cron(0/15 * * * ? *)'],
    ['*/7 */5 */10 */4 *', 'cron(0/7 0/5 1/10 1/4 ? *)'],
    ['10-50/20 9-17/2 * * *', 'cron(10/20 9,11,13,15,17 * * ? *)'],
    ['5,6,7,9 0 1,15 jan-mar *', 'cron(5-7,9 0 1,15 1-3 ? *)'],
    ['0 0 L * *', 'cron(0 0 L * ? *)'],
    ['0 0 29 2 *', 'cron(0 0 29 2 ? *)'],
  ];
  it.each(vectors)('%j is written %j', (cron, expected) => {
    expect(toAwsCron(cron)).toBe(expected);
  });

  const field = (first: number, last: number) => {
    const number = fc.integer({ min: first, max: last });
    const range = fc.tuple(number, number).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    const step = fc.integer({ min: 1, max: last - first });
    const part = fc.oneof(
      number.map(String),
      range.map(([a, b]) => `${a}-${b}`),
      step.map((by) => `*/${by}`),
      fc.tuple(range, step).map(([[a, b], by]) => `${a}-${b}/${by}`),
    );
    return fc.oneof(
      fc.constant('*'),
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(',')),
    );
  };
  const days = fc.oneof(
    fc.tuple(fc.oneof(field(1, 31), fc.constant('L')), fc.constant('*')),
    fc.tuple(fc.constant('*'), field(0, 7)),
  );
  const crons = fc
    .tuple(field(0, 59), field(0, 23), days, field(1, 12))
    .map(([minute, hour, [dates, weekdays], month]) => `${minute} ${hour} ${dates} ${month} ${weekdays}`)
    .filter((cron) => checkCron(cron) === undefined);

  it('fires at the same times, by a reading of its own of what AWS documents', () => {
    const start = fc.integer({ min: at('2026-01-01T00:00Z') / DAY, max: at('2028-12-01T00:00Z') / DAY });
    const same = fc.property(crons, start, (cron, day) => {
      const [from, to] = [day * DAY, (day + 33) * DAY];
      const expression = toAwsCron(cron);
      expect(expression.length).toBeLessThanOrEqual(256);
      const expected = awsTimes(expression, from, to).slice(-300);
      expect(slotsBetween({ cron, timezone: 'UTC' }, from - 1, to - 1, 300)).toEqual(expected);
    });
    fc.assert(same, { numRuns: 150 });
  });
});
