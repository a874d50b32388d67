/** Every call of the API with every kind of key. What is expected follows from what a route says that it needs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKey, revokeKey } from '../../lib/api/keys.ts';
import type { Route } from '../../lib/api/route.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { configSchema } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import { SCOPES } from '../../lib/workflow/ports.ts';
import { newRun } from '../helpers/runs.ts';
import { type Answer, type Client, judged, setUp } from './client.ts';
import { operations } from './document.ts';
import { withChecksum, withId, withSecret } from './key-world.ts';

/** A route more is eleven cells more: look at what they say before you change this. */
const ROUTE_COUNT = 23;

const flow = { connection: 'acme', target: {} };
const config = configSchema.parse({
  connections: { acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } },
  flows: { onboard: flow, other: flow },
});
const ALL = { scopes: SCOPES };

interface Cell extends Client {
  /** A run of the flow `onboard`, and a key for that flow. */
  readonly run: Run;
  readonly ofFlow: string;
}

type KeyOf = (cell: Cell, route: Route) => string | undefined | Promise<string | undefined>;

const flipped = (key: string) => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;

/** Keys that are not valid, each for a reason of its own. */
const INVALID: Readonly<Record<string, KeyOf>> = {
  none: () => undefined,
  malformed: () => 'errand_test_key',
  'bad checksum': ({ key }) => flipped(key),
  'unknown id': ({ key }) => withId(key, 'nobody'),
  'wrong secret': ({ key }) => withSecret(key, 'guess'),
  'wrong environment': ({ key }) => withChecksum(key.slice(0, -6).replace('_test_', '_prod_')),
  async revoked({ dependencies }) {
    const { key, keyId } = await createKey(dependencies, 'test', ALL);
    await revokeKey(dependencies, keyId);
    return key;
  },
  async expired({ dependencies, world }) {
    const expiresAt = new Date(world.now() + 1).toISOString();
    const { key } = await createKey(dependencies, 'test', { ...ALL, expiresAt });
    world.advance(1);
    return key;
  },
};

const missingScope: KeyOf = async ({ dependencies }, { scope }) =>
  (await createKey(dependencies, 'test', { scopes: SCOPES.filter((other) => other !== scope) })).key;

const otherFlow: KeyOf = async ({ dependencies }) =>
  (await createKey(dependencies, 'test', { ...ALL, flows: ['other'] })).key;

/** What the calls need that their paths do not say. */
const BODIES: Readonly<Record<string, object>> = {
  answerRun: { values: {} },
  resolveRun: { decision: 'close', status: 'FAILED', reason: 'seen' },
  createKey: { scopes: ['runs:read'], flows: ['onboard'] },
};

/** A run of each call's liking: most want one that has ended. */
const RUNS: Readonly<Record<string, Partial<Run>>> = {
  cancelRun: { status: 'ACCEPTED' },
  answerRun: { status: 'WAITING_FOR_INPUT', waitingFor: { kind: 'input', answerable: true } },
  resolveRun: { status: 'FALLOUT', fallout: { reason: 'AMBIGUOUS_START' } },
};
const ENDED: Partial<Run> = {
  status: 'SUCCEEDED',
  endedAt: '2026-03-02T08:00:00.000Z',
  output: { bytes: 0, files: [{ name: 'a.pdf', mediaType: 'application/pdf', bytes: 0, sha256: 'x', key: 'k' }] },
};

async function cellOf(route: Route): Promise<Cell> {
  const client = await setUp({ config });
  const run = newRun({ flowId: 'onboard', ...(RUNS[route.operationId] ?? ENDED) });
  await client.dependencies.store.create(run);
  const { keyId } = await createKey(client.dependencies, 'test', { scopes: ['runs:read'], flows: ['onboard'] });
  return { ...client, run, ofFlow: keyId };
}

/** In place of what exists: nothing of ours. */
const ABSENT: Ids = {
  runId: 'run_7ZZZZZZZZZZZZZZZZZZZZZZZZZ',
  flowId: 'nothing',
  keyId: '0000000000000000',
  connectionId: 'nowhere',
};

interface Ids {
  readonly runId: string;
  readonly flowId: string;
  readonly keyId: string;
  readonly connectionId: string;
}

async function ask(
  { app }: Client,
  { method, path: template, operationId, request }: Route,
  { runId, flowId, keyId, connectionId }: Ids,
  key?: string,
): Promise<Answer> {
  const path = template
    .replace('{runId}', runId)
    .replace('{flowId}', flowId)
    .replace('{keyId}', keyId)
    .replace('{connectionId}', connectionId)
    .replace('{name}', 'a.pdf');
  const body = request?.body === undefined ? undefined : JSON.stringify(BODIES[operationId] ?? {});
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-api-key': key }) };
  return judged(method, path, await app.request(path, { method, headers, ...(body === undefined ? {} : { body }) }));
}

const present = ({ run, ofFlow }: Cell): Ids => ({
  runId: run.id,
  flowId: 'onboard',
  keyId: ofFlow,
  connectionId: 'acme',
});
const namesSomething = ({ path }: Route) => /\{(runId|flowId|keyId|connectionId)\}/.test(path);

/** Asserted cells, so that none can be left out. */
const seen = new Set<string>();

describe.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (name, route) => {
  const cell = (kind: string, check: (cell: Cell) => Promise<void>) =>
    it(`with ${kind}`, async () => {
      await check(await cellOf(route));
      seen.add(`${name} ${kind}`);
    });

  cell('a key that may', async (world) => {
    const reply = await ask(world, route, present(world), world.key);
    expect(Object.keys(route.responses), reply.text).toContain(String(reply.status));
    expect(reply.status).toBeLessThan(300);
  });

  for (const [kind, keyOf] of Object.entries(INVALID))
    cell(kind, async (world) => {
      const reply = await ask(world, route, present(world), await keyOf(world, route));
      if (route.scope === undefined) {
        expect(reply.status).toBe(200);
        return;
      }
      const without = await ask(world, route, present(world));
      expect([reply.status, reply.body.code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(reply.text).toBe(without.text);
      expect(world.world.effects.filter((effect) => effect !== 'store.create')).toEqual([]);
    });

  cell('missing scope', async (world) => {
    const before = await world.world.run(world.run.id);
    const reply = await ask(world, route, present(world), await missingScope(world, route));
    if (route.scope === undefined || route.scope === 'any') {
      expect(reply.status).toBe(200);
      return;
    }
    expect([reply.status, reply.body.code]).toEqual([403, 'FORBIDDEN']);
    expect(reply.body.detail).toContain(`"${route.scope}"`);
    expect(await world.world.run(world.run.id)).toEqual(before);
    expect((await world.dependencies.states.getNow('acme')).version).toBe(0);
  });

  cell('other flow', async (world) => {
    const before = await world.world.run(world.run.id);
    const key = await otherFlow(world, route);
    const reply = await ask(world, route, present(world), key);
    const absent = await ask(world, route, ABSENT, key);
    if (route.scope !== undefined && namesSomething(route)) {
      expect([reply.status, reply.body.code]).toEqual([404, 'NOT_FOUND']);
      expect(reply.text.replace('"onboard', '"nothing').replaceAll('\\"onboard', '\\"nothing')).toBe(absent.text);
    } else if (route.operationId === 'createKey') {
      expect([reply.status, reply.body.errors]).toEqual([400, [{ path: 'flows.0', message: expect.any(String) }]]);
    } else {
      expect(reply.status).toBe(200);
      // A list that names what the key may not see would tell as much as the thing itself.
      for (const hidden of [world.run.id, world.ofFlow, '"onboard"'])
        expect(route.scope === undefined ? '' : reply.text).not.toContain(hidden);
    }
    expect(await world.world.run(world.run.id)).toEqual(before);
    expect((await world.dependencies.keys.get(world.ofFlow))?.revokedAt).toBeUndefined();
    expect((await world.dependencies.states.getNow('acme')).version).toBe(0);
  });
});

describe('the matrix', () => {
  it('has a cell for every call of the document and every kind of key', () => {
    const kinds = ['a key that may', ...Object.keys(INVALID), 'missing scope', 'other flow'];
    expect(operations).toHaveLength(ROUTE_COUNT);
    expect(seen.size).toBe(ROUTE_COUNT * kinds.length);
    for (const { method, path } of operations)
      for (const kind of kinds) expect(seen, `${method} ${path} ${kind}`).toContain(`${method} ${path} ${kind}`);
  });
});

describe('whatever id of a run is asked for', () => {
  const digit = fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ');
  const runId = fc.array(digit, { minLength: 26, maxLength: 26 }).map((digits) => `run_${digits.join('')}`);

  it('a key of another flow gets the answer for one that there is not', async () => {
    const client = await setUp({ config });
    const { key } = await createKey(client.dependencies, 'test', { ...ALL, flows: ['other'] });
    const routes = ROUTES.filter(({ path }) => path.includes('{runId}'));
    expect(routes.length).toBeGreaterThan(5);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), runId, runId, async (route, mine, absent) => {
        fc.pre(mine !== absent && client.world.store.all().every(({ id }) => id !== absent));
        const run = newRun({ id: mine, flowId: 'onboard', ...(RUNS[route.operationId] ?? ENDED) });
        await client.dependencies.store.create(run);
        const ids = (id: string): Ids => ({ runId: id, flowId: 'onboard', keyId: 'x', connectionId: 'acme' });
        const [foreign, none] = [await ask(client, route, ids(mine), key), await ask(client, route, ids(absent), key)];
        expect([foreign.status, foreign.text]).toEqual([404, none.text]);
        expect([...foreign.headers].sort()).toEqual([...none.headers].sort());
        expect(await client.world.run(mine)).toEqual(run);
      }),
      { numRuns: 300 },
    );
  });
});
