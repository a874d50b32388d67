/**
 * At most one run per request key, without transactions. The key item is the moment of acceptance and carries the
 * whole record, so that whoever finds a key without its run can finish the job, with that run's own id.
 */
import { StoreUnavailableError } from '../domain/errors.ts';
import type { Run } from '../domain/run.ts';
import type { Clock, CreateOutcome, RequestKey } from '../workflow/ports.ts';
import { fromRunItem, toRunItem } from './run-items.ts';
import type { Item, Table } from './table.ts';
import { requestKeyKey } from './table-keys.ts';

interface RequestKeysOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly putNew: (run: Run) => Promise<boolean>;
}

export interface RequestKeys {
  create(run: Run, key: RequestKey, get: (runId: string) => Promise<Run | undefined>): Promise<CreateOutcome>;
}

/** A key may expire or be cleared away between our write and our read, hardly ever twice in a row. */
const MAX_ROUNDS = 3;

export function createRequestKeys({ table, clock, putNew }: RequestKeysOptions): RequestKeys {
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

  const finish = async (key: RequestKey, run: Run, get: (runId: string) => Promise<Run | undefined>) => {
    const isFirst = await putNew(run);
    await dropCopy(key, run.id);
    return isFirst ? run : ((await get(run.id)) ?? run);
  };

  return {
    async create(run, key, get) {
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        if (await claim(key, run)) return { kind: 'created', run: await finish(key, run, get) };
        const holder = await table.get(requestKeyKey(key.id));
        if (holder === undefined || Number(holder.expiresAt) <= clock.now()) continue;
        if (holder.fingerprint !== key.fingerprint) return { kind: 'conflict' };
        const existing = await get(String(holder.runId));
        if (existing !== undefined) return { kind: 'replayed', run: existing };
        // The run is gone for good (retention): starting it again would be a silent second start.
        if (holder.record === undefined) return { kind: 'conflict' };
        const held = { ...key, expiresAt: Number(holder.expiresAt) };
        return { kind: 'replayed', run: await finish(held, fromRunItem(holder), get) };
      }
      throw new StoreUnavailableError('the request key changed hands while it was read; try again');
    },
  };
}
