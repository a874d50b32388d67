/** A schedule in words, for the patterns that people write. Pure. */
import { wordList } from './word-list.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const MOST_TIMES = 4;
const NUMBER = /^\d+$/;
const STEP = /^\*\/(\d+)$/;
const RANGE = /^(\w+)-(\w+)$/;

/** "Monday to Friday at 06:00"; a pattern with no plain words is shown as it is. */
export function cronWords(cron: string): string {
  const [minute = '', hour = '', date = '', month = '', weekday = ''] = cron.trim().split(/\s+/);
  const time = timeWords(minute, hour);
  const day = dayWords(date, month, weekday);
  if (time === undefined || day === undefined) return `by the pattern ${cron}`;
  if (day !== '') return `${day} ${time}`;
  return time.startsWith('at ') ? `every day ${time}` : time;
}

/** What happens to a slot that comes while the run before it still goes. */
export const OVERLAP_WORDS: Readonly<Record<string, string>> = {
  allow: 'starts all the same',
  skip: 'is left out',
  queue: 'waits for it to end',
};

/** What happens to slots that nobody could fire. */
export const MISSED_WORDS: Readonly<Record<string, string>> = {
  skip: 'are left out',
  one: 'are made up for by one run',
  all: 'are all made up for',
};

function timeWords(minute: string, hour: string): string | undefined {
  const every = STEP.exec(minute)?.[1] ?? (minute === '*' ? '1' : undefined);
  if (every !== undefined) return everyMinutes(every, hour);
  if (!NUMBER.test(minute)) return undefined;
  const past = minute.padStart(2, '0');
  if (hour === '*') return `every hour at ${past} past`;
  const step = STEP.exec(hour)?.[1];
  if (step !== undefined) return `every ${step} hours at ${past} past`;
  const clock = (text: string) => `${text.padStart(2, '0')}:${past}`;
  const range = RANGE.exec(hour);
  if (range !== null) return `every hour from ${clock(range[1] ?? '')} to ${clock(range[2] ?? '')}`;
  const hours = hour.split(',');
  if (!hours.every((text) => NUMBER.test(text)) || hours.length > MOST_TIMES) return undefined;
  return `at ${wordList(hours.map(clock))}`;
}

function everyMinutes(every: string, hour: string): string | undefined {
  const words = every === '1' ? 'every minute' : `every ${every} minutes`;
  if (hour === '*') return words;
  const [, first, last] = RANGE.exec(hour) ?? (NUMBER.test(hour) ? ['', hour, hour] : []);
  if (first === undefined || last === undefined || !NUMBER.test(first) || !NUMBER.test(last)) return undefined;
  return `${words} from ${first.padStart(2, '0')}:00 to ${last.padStart(2, '0')}:59`;
}

/** Empty for every day; undefined for what has no plain words. */
function dayWords(date: string, month: string, weekday: string): string | undefined {
  const months = month === '*' ? '' : namesOf(month, MONTHS, 1);
  const days = weekday === '*' ? '' : namesOf(weekday, DAYS, 0);
  if (months === undefined || days === undefined || (date !== '*' && weekday !== '*')) return undefined;
  if (weekday !== '*') return months === '' ? days : `${days} in ${months}`;
  if (date === '*') return months === '' ? '' : `every day in ${months}`;
  const dates = datesOf(date);
  return dates && `on ${dates} of ${months === '' ? 'each month' : months}`;
}

function datesOf(date: string): string | undefined {
  if (date === 'L') return 'the last day';
  const dates = date.split(',');
  if (!dates.every((text) => NUMBER.test(text))) return undefined;
  return `${dates.length === 1 ? 'day' : 'days'} ${wordList(dates)}`;
}

/** `MON-FRI` as `Monday to Friday`, `1,4` as `Monday and Thursday`. */
function namesOf(text: string, names: readonly string[], first: number): string | undefined {
  const nameOf = (word: string | undefined) => {
    if (word === undefined) return undefined;
    if (NUMBER.test(word)) return names[(Number(word) - first) % names.length];
    return names.find((name) => name.slice(0, 3).toUpperCase() === word.toUpperCase());
  };
  const parts = text.split(',').map((part) => {
    const range = RANGE.exec(part);
    if (range === null) return nameOf(part);
    const [from, to] = [nameOf(range[1]), nameOf(range[2])];
    return from && to && `${from} to ${to}`;
  });
  return parts.every((part) => part !== undefined) ? wordList(parts) : undefined;
}
