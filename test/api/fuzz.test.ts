import fc from 'fast-check';
import { ulid } from 'ulid';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApi } from '../../lib/api/app.ts';
import { createKey } from '../../lib/api/keys.ts';
import { createApiKeyStore } from '../../lib/aws/dynamodb-api-key-store.ts';
import { createRunStore } from '../../lib/aws/dynamodb-run-store.ts';
import { createInputVault, type Objects } from '../../lib/aws/input-vault.ts';
import type { Run } from '../../lib/domain/run.ts';
import { FALLOUT_REASONS, OPEN_STATUSES, TERMINAL_STATUSES } from '../../lib/domain/status.ts';
import { type Dependencies, SCOPES, type Scope } from '../../lib/workflow/ports.ts';
import { startTable } from '../helpers/dynalite.ts';
import { newRun, nextRunId } from '../helpers/runs.ts';
import { createWorld } from '../helpers/world.ts';
import { type FuzzRequest, requests } from './arbitrary-requests.ts';
import { fromSchema } from './arbitrary-values.ts';
import { session } from './client.ts';
import { type JsonSchema, operationOf, operations, replyFaults } from './document.ts';

/** `FUZZ_SEED=<seed>` sends the very same requests again. */
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

const verdict = {
  status: 'FAILED',
  remoteStatus: 'failed',
  error: { code: 'PROVIDER_FAILED', message: 'no' },
} as const;
const at = '2026-03-02T08:00:00.000Z';

const ANSWERABLE: Partial<Run> = {
  status: 'WAITING_FOR_INPUT',
  waitingFor: { kind: 'input', answerable: true, form: { fields: [] } },
};

const WITH_FILE: Partial<Run> = {
  status: 'SUCCEEDED',
  output: {
    value: { a: 1 },
    bytes: 0,
    files: [{ name: 'a.pdf', mediaType: 'application/pdf', bytes: 0, sha256: 'x', key: 'k' }],
  },
  pastAttempts: [{ attempt: 1, status: 'FAILED', endedAt: at, error: 'PROVIDER_FAILED' }],
  tags: { a: 'b' },
  businessKey: 'b',
  cancel: { requestedAt: at, remote: 'unsupported' },
};

const usual = { p50Ms: 1, p95Ms: 2.5, p99Ms: 3, runs: 64 };
const plan = { atSeconds: [1], lookCostSeconds: 4, isStrict: true, usual } as const;

/** Runs with everything in them that a run can have. */
const KINDS: readonly Partial<Run>[] = [
  ...OPEN_STATUSES.map((status) => ({ status, nextLookAt: at, progress: { percentage: 5, message: 'going' } })),
  { status: 'ACCEPTED', queuedAt: at, turnAt: at, heldBack: { why: 'in-flight', since: at, times: 1 } },
  { status: 'RUNNING', slowSince: at, expectedEndAt: at, historyKey: 'onboard/acme', hasSlot: true, plan },
  ...TERMINAL_STATUSES.map((status) => ({ status, endedAt: at, lateVerdict: verdict, error: verdict.error })),
  ...FALLOUT_REASONS.map((reason) => ({
    status: 'FALLOUT' as const,
    fallout: { reason, evidence: { said: ['x'] }, publishedAt: at },
    orphans: ['r2'],
  })),
  // Often enough that chance alone gives answers to it, and asks for its file.
  ...Array.from({ length: 6 }, () => ANSWERABLE),
  { status: 'WAITING_FOR_INPUT', waitingFor: { kind: 'input', url: 'https://acme.example.com/s/1' } },
  ...Array.from({ length: 6 }, () => WITH_FILE),
];

interface House {
  readonly dependencies: Dependencies;
  readonly requests: number;
  /** A run as it was at first, under the id that it has from now on. */
  anew(run: Run): Promise<string>;
}

/** Sends requests made of the document; what answered which call how. */
async function fuzz({
  dependencies,
  requests: numRuns,
  anew,
}: House): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const app = createApi(dependencies, { environment: 'test' });
  const keyOf = async (scopes: readonly Scope[], flows?: readonly string[]) =>
    createKey(dependencies, 'test', { scopes, ...(flows && { flows }) });
  const [all, few, spare] = [
    await keyOf(SCOPES),
    await keyOf(['runs:read', 'runs:cancel'], ['other']),
    await keyOf(['runs:read']),
  ];
  const runs = KINDS.map((fields) => newRun({ ...fields, id: nextRunId().replace('run_0', 'run_7') }));
  const flow = await app.request('/v1/flows/onboard', { headers: { 'x-api-key': all.key } });
  const { parametersSchema } = (await flow.json()) as { parametersSchema: JsonSchema };
  const request = requests({
    ids: {
      runId: fc.constantFrom(...runs.map(({ id }) => id)),
      flowId: fc.constant('onboard'),
      keyId: fc.constant(spare.keyId),
      connectionId: fc.constant('acme'),
      name: fc.constant('a.pdf'),
    },
    bodies: { startRun: fc.record({ parameters: fromSchema(parametersSchema) }) },
  });
  const keys = fc.oneof(
    { weight: 12, arbitrary: fc.constant(all.key) },
    { weight: 1, arbitrary: fc.constantFrom('', 'x', few.key) },
  );
  const seen = new Map<string, Set<number>>();

  async function send({ method, path, headers, body }: FuzzRequest, key: string): Promise<void> {
    // What earlier requests did to a run is undone, so that a request means the same wherever it comes.
    const run = runs.find(({ id }) => path.includes(id));
    const url = new URL(`http://localhost${run === undefined ? path : path.replace(run.id, await anew(run))}`);
    const init = { method, headers: { ...headers, 'x-api-key': key }, ...(body === undefined ? {} : { body }) };
    const reply = await app.fetch(new Request(url, init));
    const text = await reply.text();
    const operation = operationOf(method, url.pathname);
    if (method !== 'HEAD') expect(replyFaults(operation, reply, text)).toEqual([]);
    expect(reply.status).toBeLessThan(500);
    const id = operation?.operationId ?? '(none)';
    seen.set(id, (seen.get(id) ?? new Set()).add(reply.status));
  }

  await fc.assert(fc.asyncProperty(request, keys, send), { seed, numRuns, endOnFailure: true });
  return seen;
}

/** A fuzz that only ever meets the door says nothing about the house. */
function expectEveryCall(seen: ReadonlyMap<string, ReadonlySet<number>>): void {
  for (const { operation } of operations) {
    const statuses = [...(seen.get(operation.operationId) ?? [])];
    const what = `${operation.operationId}: ${statuses}`;
    expect(
      statuses.some((status) => status < 400),
      what,
    ).toBe(true);
    if (operation.security.length > 0)
      expect(
        statuses.some((status) => status >= 400),
        what,
      ).toBe(true);
    if (operation.requestBody !== undefined) expect(statuses, what).toContain(400);
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

describe(`whatever is sent gets an answer that the document describes, never one that says we broke (seed ${seed})`, () => {
  it('from the API alone', { timeout: 120_000 }, async () => {
    const { dependencies, store } = createWorld({ session });
    const anew = async (run: Run) => {
      await store.create(run);
      return run.id;
    };
    expectEveryCall(await fuzz({ dependencies, requests: 10_000, anew }));
  });

  it('from the API on the true table, which is pickier about keys than memory is', { timeout: 120_000 }, async () => {
    const table = await startTable();
    onTestFinished(() => table.close());
    const { dependencies } = createWorld({ session });
    const { clock } = dependencies;
    const store = createRunStore({ ...table, clock });
    const keys = createApiKeyStore(table);
    const vault = createInputVault({ rootKey: async () => Buffer.alloc(32, 'k'), objects: createMemoryObjects() });
    const ids = { runId: (now: number) => `run_${ulid(now)}`, nonce: () => ulid() };
    const anew = async (run: Run) => {
      const id = ids.runId(clock.now());
      await store.create({ ...run, id });
      return id;
    };
    const seen = await fuzz({ dependencies: { ...dependencies, store, keys, vault, ids }, requests: 1_500, anew });
    expect([...seen.keys()]).toEqual(expect.arrayContaining(operations.map(({ operation }) => operation.operationId)));
  });
});

function createMemoryObjects(): Objects {
  const kept = new Map<string, string>();
  return { put: async (key, text) => void kept.set(key, text), get: async (key) => kept.get(key) ?? '' };
}
