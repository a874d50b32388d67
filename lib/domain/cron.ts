/**
 * Slots of a schedule: five-field cron in an IANA zone. croner finds the times on the wall clock; which instant each of
 * them is, is ours to say, so that a time that occurs twice or never is one slot, whatever the pattern.
 */
import { Cron, CronPattern } from 'croner';
import { instantOf, offsetAt, wallTimeOf } from './local-time.ts';

export interface CronSchedule {
  readonly cron: string;
  /** IANA name. */
  readonly timezone: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NUMBERS = /^[\d*,/-]+$/;
const LAST_DAY = 'L';
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] as const;
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;
const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const FIELDS = [
  { name: 'minute', values: '0-59', words: [] },
  { name: 'hour', values: '0-23', words: [] },
  { name: 'day-of-month', values: '1-31, or L alone for the last', words: [] },
  { name: 'month', values: '1-12 or JAN-DEC', words: MONTHS },
  { name: 'day-of-week', values: '0-7 or SUN-SAT', words: DAYS },
] as const;

/** What is wrong with a cron expression, as a sentence; undefined for one that means the same to EventBridge Scheduler. */
export function checkCron(text: string): string | undefined {
  const fields = fieldsOf(text);
  if (fields.length !== FIELDS.length)
    return `expected five fields: minute hour day-of-month month day-of-week; got ${fields.length}`;
  const wrong = FIELDS.findIndex((_, index) => !isField(index, fields[index] ?? ''));
  const expected = FIELDS[wrong];
  if (expected !== undefined)
    return `${expected.name}: expected ${expected.values}, with lists (a,b), ranges (a-b) and steps (*/n, a-b/n)`;
  if (fields[2] !== '*' && fields[4] !== '*')
    return 'day-of-month and day-of-week cannot both be restricted; leave one of them as *';
  if (!everComes(patternOf(text))) return 'no month that it names has such a day, so it would never fire';
  return undefined;
}

/** The newest `max` slots after one instant and up to another, oldest first, as ISO 8601. Work grows with `max` only. */
export function slotsBetween(schedule: CronSchedule, afterMs: number, untilMs: number, max: number): readonly string[] {
  const { timezone } = schedule;
  const job = jobOf(schedule.cron);
  const newestFirst: number[] = [];
  // Where the clock was put back lately, it showed later times before this one.
  const ahead = Math.max(offsetAt(timezone, floorMinute(untilMs)), offsetAt(timezone, floorMinute(untilMs - DAY_MS)));
  let wall: Date | undefined = new Date(untilMs + ahead + MINUTE_MS);
  while (newestFirst.length < max) {
    wall = job.previousRuns(1, wall)[0];
    if (wall === undefined) break;
    const instant = instantOf(timezone, wall.getTime());
    if (instant <= afterMs) break;
    if (instant <= untilMs && instant !== newestFirst.at(-1)) newestFirst.push(instant);
  }
  return newestFirst.reverse().map(toIso);
}

/** The first slot after an instant, as ISO 8601; undefined when none will ever come. */
export function nextSlot(schedule: CronSchedule, afterMs: number): string | undefined {
  const { timezone } = schedule;
  const job = jobOf(schedule.cron);
  let wall = job.nextRun(new Date(wallTimeOf(timezone, afterMs)));
  while (wall !== null) {
    const instant = instantOf(timezone, wall.getTime());
    if (instant > afterMs) return toIso(instant);
    wall = job.nextRun(wall);
  }
  return undefined;
}

/**
 * The slot that a call within this minute stands for, as ISO 8601; undefined when the schedule has none then. For the
 * second of two equal wall times it is the slot of the first.
 */
export function slotAt(schedule: CronSchedule, instantMs: number): string | undefined {
  const minuteMs = floorMinute(instantMs);
  const wallMs = wallTimeOf(schedule.timezone, minuteMs);
  if (jobOf(schedule.cron).match(new Date(wallMs))) return toIso(instantOf(schedule.timezone, wallMs));
  return isGapSlot(schedule, minuteMs) ? toIso(minuteMs) : undefined;
}

/** A slot whose wall time does not exist on its day: EventBridge Scheduler leaves it out. */
export function isGapSlot({ cron, timezone }: CronSchedule, slotMs: number): boolean {
  const gapEnd = wallTimeOf(timezone, slotMs);
  const gapStart = wallTimeOf(timezone, slotMs - MINUTE_MS) + MINUTE_MS;
  if (gapStart >= gapEnd) return false;
  const job = jobOf(cron);
  if (job.match(new Date(gapEnd))) return false;
  const inGap = job.previousRuns(1, new Date(gapEnd))[0];
  return inGap !== undefined && inGap.getTime() >= gapStart;
}

/** The same schedule as EventBridge Scheduler writes it: six fields, days by name, because it counts them from 1. */
export function toAwsCron(cron: string): string {
  const pattern = patternOf(cron);
  const minute = numbers(valuesOf(pattern.minute, 0), 0, 59);
  const hour = numbers(valuesOf(pattern.hour, 0), 0, 23);
  const month = numbers(valuesOf(pattern.month, 1), 1, 12);
  const weekdays = valuesOf(pattern.dayOfWeek.slice(0, DAYS.length), 0);
  const dates = pattern.lastDayOfMonth ? LAST_DAY : numbers(valuesOf(pattern.day, 1), 1, 31);
  const isByWeekday = weekdays.length < DAYS.length;
  const weekday = isByWeekday ? runs(weekdays, (day) => DAYS[day] ?? '') : '?';
  return `cron(${minute} ${hour} ${isByWeekday ? '?' : dates} ${month} ${weekday} *)`;
}

function fieldsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

function isField(index: number, text: string): boolean {
  if (index === 2 && text === LAST_DAY) return true;
  const words = new RegExp(`\\b(${FIELDS[index]?.words.join('|') || '(?!)'})\\b`, 'gi');
  if (!NUMBERS.test(text.replace(words, '0'))) return false;
  try {
    return patternOf(FIELDS.map((_, place) => (place === index ? text : '*')).join(' ')) !== undefined;
  } catch {
    return false;
  }
}

/** February counts as of a leap year. */
function everComes({ day, month, lastDayOfMonth }: CronPattern): boolean {
  const first = valuesOf(day, 1)[0] ?? 1;
  return lastDayOfMonth || valuesOf(month, 0).some((index) => first <= (LONGEST_MONTH[index] ?? 0));
}

function patternOf(cron: string): CronPattern {
  return new CronPattern(cron, 'UTC', { mode: '5-part' });
}

const jobs = new Map<string, Cron>();

/** Wall times are asked for as if they were UTC, where no time is missing or comes twice. */
function jobOf(cron: string): Cron {
  const job = jobs.get(cron) ?? new Cron(cron, { utcOffset: 0, mode: '5-part' });
  jobs.set(cron, job);
  return job;
}

function valuesOf(flags: readonly number[], first: number): readonly number[] {
  return flags.flatMap((flag, index) => (flag > 0 ? [index + first] : []));
}

function numbers(values: readonly number[], first: number, last: number): string {
  if (values.length === last - first + 1) return '*';
  const [start = first, second = start] = values;
  const step = second - start;
  const isStepped = step > 1 && values.length > 2 && values.every((value, index) => value === start + index * step);
  return isStepped && (values.at(-1) ?? last) + step > last ? `${start}/${step}` : runs(values, String);
}

/** A list in which neighbours are written as ranges. */
function runs(values: readonly number[], write: (value: number) => string): string {
  const starts = values.filter((value) => !values.includes(value - 1));
  return starts
    .map((start) => {
      let end = start;
      while (values.includes(end + 1)) end += 1;
      return end === start ? write(start) : `${write(start)}-${write(end)}`;
    })
    .join(',');
}

function floorMinute(epochMs: number): number {
  return Math.floor(epochMs / MINUTE_MS) * MINUTE_MS;
}

function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
