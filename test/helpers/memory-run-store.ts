import { InvalidInputError, StaleRunError } from '../../lib/domain/errors.ts';
import type { Run, RunEvent } from '../../lib/domain/run.ts';
import { isTerminal } from '../../lib/domain/status.ts';
import type { RequestKey, RunStore } from '../../lib/workflow/ports.ts';

const TAIL = 16;
const MAX_RECORD = 350 * 1_024;

export interface MemoryRunStore extends RunStore {
  all(): readonly Run[];
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
    async remoteOwner({ connection, remoteId }) {
      return claims.get(`${connection} ${remoteId}`);
    },
    async claimRemote({ connection, remoteId }, runId) {
      const owner = claims.get(`${connection} ${remoteId}`) ?? runId;
      claims.set(`${connection} ${remoteId}`, owner);
      return owner === runId;
    },
    async events(runId): Promise<readonly RunEvent[]> {
      return structuredClone(timelines.get(runId) ?? []);
    },
    async open({ limit, cursor }) {
      const open = [...runs.values()].filter((run) => !isTerminal(run.status) && run.id > (cursor ?? ''));
      open.sort((a, b) => (a.id < b.id ? -1 : 1));
      const page = open.slice(0, limit);
      const last = page.at(-1)?.id;
      return { runs: structuredClone(page), ...(open.length > limit && last !== undefined ? { cursor: last } : {}) };
    },
    all: () => [...runs.values()],
  };
}
