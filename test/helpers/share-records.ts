import { StaleRunError } from '../../lib/domain/errors.ts';
import type { Run } from '../../lib/domain/run.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import type { PageRequest, RunPage, RunStore } from '../../lib/workflow/ports.ts';
import type { MemoryRunStore } from './memory-run-store.ts';
import type { World } from './world.ts';

const TAIL = 16;

/**
 * Has a world hand out its records as they are instead of copying each one, and find the open ones without going
 * through all: for thousands of runs. Timelines, keys and lists are not kept.
 */
export function shareRecords(world: World): void {
  const runs = new Map<string, Run>();
  const openIds = new Set<string>();
  const claims = new Map<string, string>();

  function put(run: Run): void {
    runs.set(run.id, run.events.length > TAIL ? { ...run, events: run.events.slice(-TAIL) } : run);
    if (isTerminal(run.status)) openIds.delete(run.id);
    else openIds.add(run.id);
  }

  const records = {
    async create(run) {
      put(run);
      return { kind: 'created', run };
    },
    get: async (runId) => runs.get(runId),
    async save(run) {
      const stored = runs.get(run.id);
      if (stored?.version !== run.version - 1) throw new StaleRunError(`${run.id} was written by somebody else.`);
      put(run);
    },
    remoteOwner: async ({ remoteId }) => claims.get(remoteId),
    async claimRemote({ remoteId }, runId) {
      const owner = claims.get(remoteId) ?? runId;
      claims.set(remoteId, owner);
      return owner === runId;
    },
    all: () => [...runs.values()],
  } satisfies Partial<MemoryRunStore>;

  const found = {
    // By age, as the ids of a world grow.
    open: async (page) => pageOf([...openIds], page, runs),
    unpublished: async () => ({ runs: [] }),
    events: notKept,
    byRequestKey: notKept,
    list: notKept,
  } satisfies Partial<RunStore>;

  Object.assign(world.store, records, found);
  // What the world watches asks the store above by itself.
  Object.assign(world.dependencies.store, found, { remoteOwner: records.remoteOwner });
}

function pageOf(ids: readonly string[], { cursor = '', limit }: PageRequest, runs: ReadonlyMap<string, Run>): RunPage {
  const wanted = ids.filter((id) => id > cursor);
  const page = wanted.slice(0, limit).flatMap((id) => runs.get(id) ?? []);
  const last = page.at(-1)?.id;
  return { runs: page, ...(wanted.length > limit && last !== undefined ? { cursor: last } : {}) };
}

async function notKept(): Promise<never> {
  throw new Error('Not kept where records are shared.');
}
