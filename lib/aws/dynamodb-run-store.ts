/** Runs in the one table. Every write is conditional, and a write whose answer was lost recognises itself. */
import { TABLE } from '../contract.ts';
import { StaleRunError } from '../domain/errors.ts';
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { Clock, PageRequest, RunPage, RunStore } from '../workflow/ports.ts';
import { spillEvents } from './event-chunks.ts';
import { createRequestKeys } from './request-keys.ts';
import { fromChunkItem, fromRunItem, mergeEvents, toRunItem } from './run-items.ts';
import { listRuns } from './run-listing.ts';
import { createTable, type Item, type Table, type TableOptions } from './table.ts';
import { CHUNK_PREFIX, INDEX_VALUES, remoteKey, runKey } from './table-keys.ts';

export interface RunStoreOptions extends TableOptions {
  readonly clock: Clock;
}

/** Longer than any run may last. */
const CLAIM_SECONDS = 400 * 86_400;

function isWrittenBy(run: Run): (stored: Item | undefined) => boolean {
  return (stored) => stored?.writeId === run.writeId && stored?.version === run.version;
}

/** Puts a new run; false when one with this id is there that another call wrote. */
function putNew(table: Table, run: Run): Promise<boolean> {
  return table.put(toRunItem(run), { expression: 'attribute_not_exists(pk)' }, isWrittenBy(run));
}

async function getRun(table: Table, runId: string): Promise<Run | undefined> {
  const item = await table.get(runKey(runId));
  return item === undefined ? undefined : fromRunItem(item);
}

async function replace(table: Table, run: Run): Promise<void> {
  // A final record has no such attribute, so that no mistake of ours rewrites an end.
  const condition = { expression: 'amendable = :previous', values: { ':previous': run.version - 1 } };
  const written = await table.put(toRunItem(run), condition, isWrittenBy(run));
  if (!written) throw new StaleRunError(`run ${run.id} was written by somebody else before version ${run.version}`);
}

/** Runs in one state, oldest first. An index lags behind, so the records decide. */
async function pageOfState(
  table: Table,
  state: string,
  isInState: (run: Run) => boolean,
  { limit, cursor }: PageRequest,
): Promise<RunPage> {
  const rows = await table.query({
    index: TABLE.indexes.byState.name,
    expression: 'stateKey = :state AND runKey > :after',
    // `#` sorts before every run id.
    values: { ':state': state, ':after': cursor ?? '#' },
    limit,
  });
  const ids = rows.map((row) => String(row.runKey));
  const items = await table.getMany(ids.map(runKey));
  const runs = items.map(fromRunItem).filter(isInState);
  const last = ids.at(-1);
  return ids.length < limit || last === undefined ? { runs } : { runs, cursor: last };
}

const isOpen = (run: Run) => !isTerminal(run.status);
const isNewFallout = (run: Run) => run.status === 'FALLOUT' && run.fallout?.publishedAt === undefined;

/** The run store on DynamoDB; needs no more of it than `GetItem`, `BatchGetItem`, `PutItem` and `Query`. */
export function createRunStore({ clock, ...options }: RunStoreOptions): RunStore {
  const table = createTable(options);
  const get = (runId: string) => getRun(table, runId);
  const requestKeys = createRequestKeys({ table, clock, get, putNew: (run) => putNew(table, run) });

  return {
    get,
    byRequestKey: requestKeys.find,

    async create(run, key) {
      if (key !== undefined) return requestKeys.create(run, key);
      if (await putNew(table, run)) return { kind: 'created', run };
      // Ids are random, so the record is this very run, already moved on by whoever works on it.
      return { kind: 'created', run: (await get(run.id)) ?? run };
    },

    async save(run) {
      await replace(table, await spillEvents(table, run));
    },

    async remoteOwner(remote) {
      const item = await table.get(remoteKey(remote));
      return item === undefined ? undefined : String(item.runId);
    },

    claimRemote(remote, runId) {
      const condition = { expression: 'attribute_not_exists(pk) OR runId = :run', values: { ':run': runId } };
      const ttl = Math.ceil(clock.now() / 1_000) + CLAIM_SECONDS;
      return table.put({ ...remoteKey(remote), runId, ttl }, condition, (stored) => stored?.runId === runId);
    },

    async events(runId) {
      // The record first: events move from it into chunks, so reading in the other order could miss some.
      const run = await get(runId);
      if (run === undefined) return [];
      const chunks = await table.query({
        expression: 'pk = :pk AND begins_with(sk, :prefix)',
        values: { ':pk': String(runKey(runId).pk), ':prefix': CHUNK_PREFIX },
      });
      return mergeEvents([...chunks.map(fromChunkItem), run.events]);
    },

    open: (page) => pageOfState(table, INDEX_VALUES.open, isOpen, page),
    unpublished: (page) => pageOfState(table, INDEX_VALUES.newFallout, isNewFallout, page),
    list: (query, page) => listRuns(table, query, page, clock.now()),
  };
}
