/** Filters over runs that the page has already, so that it answers before the API does. Pure. */
import type { Status } from '../../domain/status.ts';
import type { RunFilters } from './run-filters.ts';

export interface Findable {
  readonly id: string;
  readonly flowId: string;
  readonly status: Status;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly businessKey?: string | undefined;
  readonly remoteId?: string | undefined;
}

/** Those that match, in their order. A search finds parts of keys and ids, in capitals or not. */
export function findRuns<Run extends Findable>(runs: readonly Run[], filters: RunFilters): readonly Run[] {
  const statuses = new Set(filters.statuses);
  const fromMs = filters.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(filters.from);
  const toMs = filters.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(filters.to);
  const wanted = filters.q?.toLowerCase();
  return runs.filter((run) => {
    if (statuses.size > 0 && !statuses.has(run.status)) return false;
    if (filters.flow !== undefined && run.flowId !== filters.flow) return false;
    if (filters.businessKey !== undefined && run.businessKey !== filters.businessKey) return false;
    if (filters.remoteId !== undefined && run.remoteId !== filters.remoteId) return false;
    const createdMs = Date.parse(run.createdAt);
    if (createdMs < fromMs || createdMs >= toMs) return false;
    return wanted === undefined || isNamed(run, wanted);
  });
}

function isNamed({ id, businessKey, remoteId }: Findable, wanted: string): boolean {
  return [businessKey, remoteId, id].some((name) => name?.toLowerCase().includes(wanted));
}

/** One list, newest first, of what was read at different times; of each run the newest word on it. */
export function knownRuns<Run extends Findable>(lists: readonly (readonly Run[])[]): readonly Run[] {
  const byId = new Map<string, Run>();
  for (const list of lists)
    for (const run of list) {
      const known = byId.get(run.id);
      if (known === undefined || known.updatedAt < run.updatedAt) byId.set(run.id, run);
    }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

/**
 * Of what matches by what is known, that with which an answer of the API agrees: as far back as it reaches what it names,
 * behind that everything.
 * @param isAll the answer goes back to the very first run
 */
export function agreedRuns<Run extends Findable>(
  matching: readonly Run[],
  answered: readonly Run[],
  isAll: boolean,
): readonly Run[] {
  const named = new Set(answered.map(({ id }) => id));
  const end = answered.at(-1)?.id;
  return matching.filter(({ id }) => named.has(id) || (!isAll && (end === undefined || id < end)));
}

const RUN_ID = /^run_[0-9A-HJKMNP-TV-Z]{26}$/;

/** The id of a run, where that is what was typed or pasted. */
export function runIdIn(text: string): string | undefined {
  const [, ending = ''] = /^\s*run_(\S+)\s*$/i.exec(text) ?? [];
  const id = `run_${ending.toUpperCase()}`;
  return RUN_ID.test(id) ? id : undefined;
}
