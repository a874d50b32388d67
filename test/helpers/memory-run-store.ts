import { remoteKey } from '../../lib/aws/table-keys.ts';
import { InvalidInputError, StaleRunError } from '../../lib/domain/errors.ts';
import type { Run, RunEvent } from '../../lib/domain/run.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import type { PageRequest, RemoteRun, RequestKey, RunPage, RunQuery, RunStore } from '../../lib/workflow/ports.ts';

const TAIL = 16;
const MAX_RECORD = 350 * 1_024;

export interface MemoryRunStore extends RunStore {
  all(): readonly Run[];
}

function pageOf(sorted: readonly Run[], limit: number): RunPage {
  const runs = sorted.slice(0, limit);
  const last = runs.at(-1)?.id;
  return { runs: structuredClone(runs), ...(sorted.length > limit && last !== undefined ? { cursor: last } : {}) };
}

const claimOf = (remote: RemoteRun) => JSON.stringify(remoteKey(remote));

function matches({ flows, statuses, businessKey, from, to }: RunQuery, run: Run): boolean {
  const acceptedAt = Date.parse(run.createdAt);
  return (
    (flows === undefined || flows.includes(run.flowId)) &&
    (statuses === undefined || statuses.includes(run.status)) &&
    (businessKey === undefined || run.businessKey === businessKey) &&
    (from === undefined || acceptedAt >= from) &&
    (to === undefined || acceptedAt < to)
  );
}

/** A RunStore in memory that passes the same contract suite as the table. @param now for the expiry of keys. */
export function createMemoryRunStore(now: () => number = () => 0): MemoryRunStore {
  const runs = new Map<string, Run>();
  const keys = new Map<string, RequestKey & { readonly runId: string }>();
  const claims = new Map<string, string>();
  const timelines = new Map<string, RunEvent[]>();

  /** As in the table: the record carries the newest events, the rest lies elsewhere. */
  function put(run: Run): void {
    const timeline = timelines.get(run.id) ?? [];
    timelines.set(run.id, timeline);
    timeline.push(...run.events.filter(({ seq }) => seq > (timeline.at(-1)?.seq ?? 0)));
    runs.set(run.id, structuredClone({ ...run, events: run.events.slice(-TAIL) }));
  }

  const oldestFirst = () => [...runs.values()].sort((a, b) => (a.id < b.id ? -1 : 1));

  const after = ({ cursor, limit }: PageRequest, isWanted: (run: Run) => boolean) =>
    pageOf(
      oldestFirst().filter((run) => isWanted(run) && run.id > (cursor ?? '')),
      limit,
    );

  return {
    async create(run, key) {
      if (JSON.stringify(run).length > MAX_RECORD) throw new InvalidInputError('the record is too large', []);
      const known = key === undefined ? undefined : keys.get(key.id);
      if (key !== undefined && known !== undefined && known.expiresAt > now()) {
        const first = runs.get(known.runId);
        if (known.fingerprint !== key.fingerprint || first === undefined) return { kind: 'conflict' };
        return { kind: 'replayed', run: structuredClone(first) };
      }
      if (key !== undefined) keys.set(key.id, { ...key, runId: run.id });
      put(run);
      return { kind: 'created', run };
    },
    async get(runId) {
      const run = runs.get(runId);
      return run === undefined ? undefined : structuredClone(run);
    },
    async save(run) {
      const stored = runs.get(run.id);
      if (stored?.writeId === run.writeId) return;
      const frozen = stored !== undefined && isTerminal(stored.status) && stored.status !== 'FALLOUT';
      if (stored?.version !== run.version - 1 || (frozen && stored.status !== run.status))
        throw new StaleRunError(`${run.id} was written by somebody else.`);
      put(run);
    },
    async remoteOwner(remote) {
      return claims.get(claimOf(remote));
    },
    async claimRemote(remote, runId) {
      const owner = claims.get(claimOf(remote)) ?? runId;
      claims.set(claimOf(remote), owner);
      return owner === runId;
    },
    async events(runId): Promise<readonly RunEvent[]> {
      return structuredClone(timelines.get(runId) ?? []);
    },
    async byRequestKey(id) {
      const known = keys.get(id);
      const run = known !== undefined && known.expiresAt > now() ? runs.get(known.runId) : undefined;
      return known && run && { run: structuredClone(run), fingerprint: known.fingerprint };
    },
    async open(page) {
      return after(page, (run) => !isTerminal(run.status));
    },
    async unpublished(page) {
      return after(page, (run) => run.status === 'FALLOUT' && run.fallout?.publishedAt === undefined);
    },
    async list(query, { limit, cursor }) {
      const older = oldestFirst().filter((run) => matches(query, run) && (cursor === undefined || run.id < cursor));
      return pageOf(older.reverse(), limit);
    },
    all: () => [...runs.values()],
  };
}
