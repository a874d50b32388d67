/** What of the runs is shown: in the address of the page, so that it can be shared, and in the words of the API. Pure. */
import { STATUSES, type Status } from '../../domain/status.ts';
import { instantOf, isRangeEnd } from './date-range.ts';

export interface RunFilters {
  readonly statuses: readonly Status[];
  readonly flow?: string;
  /** What is searched for: a business key or a remote id, the API asked for both. */
  readonly q?: string;
  readonly businessKey?: string;
  readonly remoteId?: string;
  /** Accepted at or after it: an instant, a day as `YYYY-MM-DD`, or as far back as `today`, `7d`, `30d` say. */
  readonly from?: string;
  /** Accepted before it, where it is an instant; a day is meant whole. */
  readonly to?: string;
}

export const NO_FILTERS: RunFilters = { statuses: [] };

const FLOW_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** As the API takes keys and ids. */
const MAX_TEXT = 256;

const isText = (value: string) => value.length <= MAX_TEXT;

const TEXTS = {
  flow: (value) => FLOW_ID.test(value),
  q: isText,
  businessKey: isText,
  remoteId: isText,
  from: isRangeEnd,
  to: isRangeEnd,
} as const satisfies Readonly<Record<string, (value: string) => boolean>>;

const TEXT_NAMES = Object.keys(TEXTS) as readonly (keyof typeof TEXTS)[];

/** What an address asks for; what is not understood in it is left out. */
export function filtersOf(search: string): RunFilters {
  const given = new URLSearchParams(search);
  const wanted = given.getAll('status');
  const statuses = STATUSES.filter((status) => wanted.includes(status));
  const texts = TEXT_NAMES.flatMap((name) => {
    const value = given.get(name)?.trim();
    return value === undefined || value === '' || !TEXTS[name](value) ? [] : [[name, value] as const];
  });
  return { statuses, ...Object.fromEntries(texts) };
}

/** The same as a part of an address, without a question mark; empty without filters. */
export function toSearch(filters: RunFilters): string {
  const search = new URLSearchParams();
  for (const status of filters.statuses) search.append('status', status);
  for (const name of TEXT_NAMES) if (filters[name] !== undefined) search.set(name, filters[name]);
  return search.toString();
}

/** The same in a call of `GET /v1/runs`, to be put behind other parameters. Days and `7d` are to be instants before. */
export function toApiQuery({ q: _, ...filters }: RunFilters): string {
  const search = toSearch(filters);
  return search === '' ? '' : `&${search}`;
}

/** The same filters with instants in place of days, in the viewer's zone. */
export function withInstants({ from, to, ...filters }: RunFilters, now: number): RunFilters {
  return {
    ...filters,
    ...(from === undefined ? {} : { from: instantOf(from, 'begin', now) }),
    ...(to === undefined ? {} : { to: instantOf(to, 'end', now) }),
  };
}

/** The filters with one of them set, or taken away by undefined. */
export function changed<Name extends keyof RunFilters>(
  filters: RunFilters,
  changes: { readonly [Each in Name]?: RunFilters[Each] | undefined },
): RunFilters {
  const entries = Object.entries({ ...filters, ...changes }).filter(([, value]) => value !== undefined && value !== '');
  return { statuses: [], ...Object.fromEntries(entries) };
}

export function hasFilters(filters: RunFilters): boolean {
  return toSearch(filters) !== '';
}
