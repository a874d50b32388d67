/**
 * At most one run per request key, without transactions. The key item is the moment of acceptance and carries the
 * whole record, so that whoever finds a key without its run can finish the job, with that run's own id.
 */
import { StoreUnavailableError } from '../domain/errors.ts';
import type { Run } from '../domain/run.ts';
import type { Clock, CreateOutcome, RequestKey, RunStore } from '../workflow/ports.ts';
import { fromRunItem, toRunItem } from './run-items.ts';
import type { Item, Table } from './table.ts';
import { requestKeyKey } from './table-keys.ts';

interface RequestKeysOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly putNew: (run: Run) => Promise<boolean>;
  readonly get: (runId: string) => Promise<Run | undefined>;
}

export interface RequestKeys {
  create(run: Run, key: RequestKey): Promise<CreateOutcome>;
  find: RunStore['byRequestKey'];
}

/** A key may expire or be cleared away between our write and our read, hardly ever twice in a row. */
const MAX_ROUNDS = 3;

export function createRequestKeys({ table, clock, putNew, get }: RequestKeysOptions): RequestKeys {
  const toItem = (key: RequestKey, runId: string, record?: string): Item => ({
    ...requestKeyKey(key.id),
    runId,
    fingerprint: key.fingerprint,
    expiresAt: key.expiresAt,
    ttl: Math.ceil(key.expiresAt / 1_000),
    record,
  });

  /** Takes the key for this run unless somebody holds it; `ttl` is housekeeping, the comparison is what counts. */
  const claim = (key: RequestKey, run: Run) =>
    table.put(
      // The run's own item is built here too, so that a record that is too large takes no key.
      toItem(key, run.id, String(toRunItem(run).record)),
      { expression: 'attribute_not_exists(pk) OR expiresAt <= :now', values: { ':now': clock.now() } },
      (stored) => stored?.runId === run.id,
    );

  /** The copy has done its work: parameters must not outlive their run, and a forgotten run must not come back. */
  const dropCopy = async (key: RequestKey, runId: string) => {
    const condition = { expression: 'runId = :run', values: { ':run': runId } };
    await table.put(toItem(key, runId), condition, () => true).catch(() => false);
  };

  const finish = async (key: RequestKey, run: Run): Promise<Run> => {
    const isFirst = await putNew(run);
    await dropCopy(key, run.id);
    return isFirst ? run : ((await get(run.id)) ?? run);
  };

  /** The item of a key in use. */
  const holderOf = async (id: string): Promise<Item | undefined> => {
    const holder = await table.get(requestKeyKey(id));
    return holder === undefined || Number(holder.expiresAt) <= clock.now() ? undefined : holder;
  };

  /** The run a key was taken for, written now if that was left undone; undefined when it is gone for good (retention). */
  const heldRun = async (id: string, holder: Item): Promise<Run | undefined> => {
    const existing = await get(String(holder.runId));
    if (existing !== undefined || holder.record === undefined) return existing;
    const key = { id, fingerprint: String(holder.fingerprint), expiresAt: Number(holder.expiresAt) };
    return finish(key, fromRunItem(holder));
  };

  return {
    async create(run, key) {
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        if (await claim(key, run)) return { kind: 'created', run: await finish(key, run) };
        const holder = await holderOf(key.id);
        if (holder === undefined) continue;
        if (holder.fingerprint !== key.fingerprint) return { kind: 'conflict' };
        const first = await heldRun(key.id, holder);
        // Starting again what retention has cleared away would be a silent second start.
        return first === undefined ? { kind: 'conflict' } : { kind: 'replayed', run: first };
      }
      throw new StoreUnavailableError('the request key changed hands while it was read; try again');
    },

    async find(id) {
      const holder = await holderOf(id);
      const run = holder && (await heldRun(id, holder));
      // A run that retention has cleared away cannot be told from one that never was, and nobody needs to.
      return holder && run && { run, fingerprint: String(holder.fingerprint) };
    },
  };
}
