/** Pages of runs: as the store lists them, or found by the id that their platform gave them. */
import type { Run } from '../domain/run.ts';
import type { Dependencies, PageRequest, RunPage, RunQuery, RunStore } from '../workflow/ports.ts';

/** The store may find nothing on a page and yet have more; callers would take that for the end. */
const MAX_ROUNDS = 5;

/** @param remoteId of the present attempt or of one before; exact. @throws StoreUnavailableError */
export async function listPage(
  dependencies: Pick<Dependencies, 'config' | 'store'>,
  query: RunQuery,
  page: PageRequest,
  remoteId: string | undefined,
): Promise<RunPage> {
  return remoteId === undefined
    ? pageOf(dependencies.store, query, page)
    : pageOfRemote(dependencies, query, page, remoteId);
}

async function pageOf(store: RunStore, query: RunQuery, page: PageRequest): Promise<RunPage> {
  let found = await store.list(query, page);
  const runs = [...found.runs];
  for (let round = 1; round < MAX_ROUNDS && found.cursor !== undefined && runs.length < page.limit; round += 1) {
    found = await store.list(query, { limit: page.limit - runs.length, cursor: found.cursor });
    runs.push(...found.runs);
  }
  return { ...found, runs };
}

/** Every connection may have given the id to a run of its own. */
async function pageOfRemote(
  { config, store }: Pick<Dependencies, 'config' | 'store'>,
  query: RunQuery,
  { limit, cursor }: PageRequest,
  remoteId: string,
): Promise<RunPage> {
  const connections = Object.keys(config.connections);
  const owners = await Promise.all(connections.map((connection) => store.remoteOwner({ connection, remoteId })));
  const ids = [...new Set(owners.filter((id) => id !== undefined))];
  const found = await Promise.all(ids.map((id) => store.get(id)));
  const matching = found
    .filter((run) => run !== undefined)
    .filter((run) => (cursor === undefined || run.id < cursor) && matches(run, query))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  const runs = matching.slice(0, limit);
  const last = matching.length > limit ? runs.at(-1)?.id : undefined;
  return { runs, ...(last === undefined ? {} : { cursor: last }) };
}

function matches(run: Run, { flows, statuses, businessKey, from, to }: RunQuery): boolean {
  const acceptedMs = Date.parse(run.createdAt);
  return (
    (flows === undefined || flows.includes(run.flowId)) &&
    (statuses === undefined || statuses.includes(run.status)) &&
    (businessKey === undefined || run.businessKey === businessKey) &&
    (from === undefined || acceptedMs >= from) &&
    (to === undefined || acceptedMs < to)
  );
}
