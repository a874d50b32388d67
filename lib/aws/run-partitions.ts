/** Where runs that match a query can be found, and between which ids. Pure; the ids of runs begin with their instant. */
import { decodeTime, encodeTime } from 'ulid';
import { TABLE } from '../contract.ts';
import { MAX_DURATION_MS } from '../domain/duration.ts';
import { isoTime, RETENTION_SECONDS } from '../domain/record.ts';
import { isTerminal, type Status } from '../domain/status.ts';
import type { RunQuery } from '../workflow/ports.ts';
import { INDEX_VALUES } from './table-keys.ts';

/** One partition of one index, sorted by run id. */
export interface Partition {
  readonly index: (typeof TABLE.indexes)[keyof typeof TABLE.indexes];
  readonly value: string;
}

/** Of run ids, both ends included. */
export interface IdRange {
  readonly low: string;
  readonly high: string;
}

export interface Listing {
  /** Every run of a stage is newer than all of the next; the partitions of one stage have to be merged. */
  readonly stages: readonly (readonly Partition[])[];
  readonly range: IdRange;
}

const PREFIX = 'run_';
/** Sorts after every character of an id. */
const LAST = '~';
const TIME_DIGITS = 10;
const MAX_TIME = 2 ** 48 - 1;
const DAY_MS = 86_400_000;
/** Containers whose clocks are ahead of ours accept runs too. */
const CLOCK_SKEW_MS = DAY_MS;
/** The longest run, then its retention, then the days that the table takes to clear away. */
const REACH_MS = MAX_DURATION_MS + RETENTION_SECONDS * 1_000 + 36 * DAY_MS;
/** For whoever asks for more: fallout that is reopened late lives longer. Empty months cost a query each. */
const MAX_REACH_MS = 3_650 * DAY_MS;
/** Each partition of a merge is read as far as a page goes; with more flows than this, all runs are gone through. */
const MAX_MERGED = 20;

const { byFlow, byState, byBusinessKey, newest } = TABLE.indexes;

/** Sorts before every id of that instant and after every id of the instants before. */
function startOf(epochMs: number): string {
  return `${PREFIX}${encodeTime(Math.min(Math.max(Math.ceil(epochMs), 0), MAX_TIME), TIME_DIGITS)}`;
}

/** Sorts after every id that is less than this one, and before this one. */
function justBefore(id: string): string {
  return `${id.slice(0, -1)}${String.fromCharCode(Math.max(id.charCodeAt(id.length - 1) - 1, 0))}${LAST}`;
}

function timeOf(id: string): number | undefined {
  try {
    return decodeTime(id.slice(PREFIX.length));
  } catch {
    // A cursor that no store of ours gave: it only loses the short cut.
    return undefined;
  }
}

function rangeOf({ from, to }: RunQuery, cursor: string | undefined): IdRange {
  const ends = [to === undefined ? `${PREFIX}${LAST}` : startOf(to), ...(cursor ? [justBefore(cursor)] : [])];
  return { low: from === undefined ? PREFIX : startOf(from), high: ends.sort()[0] ?? PREFIX };
}

function startOfMonth(epochMs: number, monthsBefore = 0): number {
  const date = new Date(epochMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - monthsBefore);
}

function monthsOf({ from, to }: RunQuery, cursor: string | undefined, now: number): readonly Partition[] {
  const upper = [now + CLOCK_SKEW_MS, to === undefined ? undefined : to - 1, cursor ? timeOf(cursor) : undefined];
  const latest = Math.min(...upper.filter((time) => time !== undefined));
  const earliest = startOfMonth(Math.max(from ?? now - REACH_MS, now - MAX_REACH_MS));
  const months: Partition[] = [];
  for (let month = startOfMonth(latest); month >= earliest; month = startOfMonth(month, 1))
    months.push({ index: newest, value: INDEX_VALUES.month(isoTime(month)) });
  return months;
}

function stateValues(statuses: readonly Status[]): readonly string[] {
  const open = statuses.some((status) => !isTerminal(status)) ? [INDEX_VALUES.open] : [];
  const fallout = statuses.includes('FALLOUT') ? [INDEX_VALUES.fallout, INDEX_VALUES.newFallout] : [];
  return [...open, ...fallout];
}

const inState = (status: Status) => !isTerminal(status) || status === 'FALLOUT';

/** The narrowest place that holds every match; what else lies there is for the caller to leave out. */
function stagesOf(query: RunQuery, cursor: string | undefined, now: number): Listing['stages'] {
  const { flows, statuses, businessKey } = query;
  if (flows?.length === 0 || statuses?.length === 0) return [];
  if (businessKey !== undefined) return [[{ index: byBusinessKey, value: INDEX_VALUES.business(businessKey) }]];
  if (statuses?.every(inState)) return [stateValues(statuses).map((value) => ({ index: byState, value }))];
  const wanted = [...new Set(flows)];
  if (flows !== undefined && wanted.length <= MAX_MERGED)
    return [wanted.map((flowId) => ({ index: byFlow, value: INDEX_VALUES.flow(flowId) }))];
  return monthsOf(query, cursor, now).map((month) => [month]);
}

/** Where to look for the runs that match and are older than the cursor. */
export function planListing(query: RunQuery, cursor: string | undefined, now: number): Listing {
  return { stages: stagesOf(query, cursor, now), range: rangeOf(query, cursor) };
}
