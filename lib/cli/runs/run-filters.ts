/** Which runs are meant, as options say it. Pure. */
import { parseDuration } from '../../domain/duration.ts';
import { STATUSES } from '../../domain/status.ts';
import { CommandError } from '../frame/command-error.ts';
import { nearestName } from '../frame/nearest-name.ts';
import type { RunFilters } from './runs-desk.ts';

export interface FilterOptions {
  readonly flow?: string | undefined;
  readonly 'business-key'?: string | undefined;
  readonly 'remote-id'?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** @param now what durations count back from. @throws CommandError naming the option and what it takes. */
export function filtersOf(options: FilterOptions, statuses: readonly string[], now: number): RunFilters {
  const { flow, from, to } = options;
  return Object.fromEntries(
    Object.entries({
      status: statuses.length === 0 ? undefined : statuses.map(statusOf),
      flow,
      businessKey: options['business-key'],
      remoteId: options['remote-id'],
      from: from === undefined ? undefined : instantOf('--from', from, now),
      to: to === undefined ? undefined : instantOf('--to', to, now),
    }).filter((field): field is [string, string | string[]] => field[1] !== undefined),
  );
}

function statusOf(given: string): string {
  const word = given.toUpperCase().replaceAll('-', '_');
  const known = STATUSES.find((status) => status === word);
  if (known !== undefined) return known;
  const near = nearestName(word, STATUSES);
  const question = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new CommandError(`There is no status "${given.slice(0, 40)}".${question} There are ${STATUSES.join(', ')}.`);
}

/** A day is that of the reader's calendar. */
function instantOf(option: string, text: string, now: number): string {
  const agoMs = parseDuration(text);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const at = agoMs === undefined ? Date.parse(isDay ? `${text}T00:00:00` : text) : now - agoMs;
  const isInstant = !Number.isNaN(new Date(at).getTime());
  if (isInstant && (agoMs !== undefined || /^\d{4}-/.test(text))) return new Date(at).toISOString();
  throw new CommandError(
    `${option} takes a time such as 2026-08-31, 2026-08-31T12:00:00Z or 2h (two hours ago), got "${text.slice(0, 40)}".`,
  );
}

const MAX_LIMIT = 1_000;

/** @throws CommandError */
export function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new CommandError(`--limit takes a whole number from 1 to ${MAX_LIMIT}, got "${text.slice(0, 40)}".`);
}
