import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { type ApiEnv, createGuard, maySee, visibleRun } from '../../lib/api/authenticate.ts';
import { manages } from '../../lib/api/key-grants.ts';
import { createKey, revokeKey } from '../../lib/api/keys.ts';
import { ProblemError, problem } from '../../lib/api/problem.ts';
import { configSchema } from '../../lib/domain/config.ts';
import { type ApiKeyRecord, SCOPES, type Scope } from '../../lib/workflow/ports.ts';
import { createWorld } from '../helpers/world.ts';
import { withId, withSecret } from './key-edits.ts';

const session = { start: () => Promise.reject(new Error('not called')) };
const ADDRESSES = ['203.0.113.7', '203.0.113.8'] as const;
const flow = { connection: 'acme', target: {} };
const config = configSchema.parse({
  connections: { acme: { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } },
  flows: { onboard: flow, leave: flow, payroll: flow },
});

/** The guard alone, before a route that says whose request it was. */
async function guarded(request: { readonly scopes?: readonly Scope[]; readonly flows?: readonly string[] } = {}) {
  const world = createWorld({ session, config });
  const { dependencies } = world;
  const counted: unknown[] = [];
  Object.assign(dependencies.log, { count: (...args: unknown[]) => void counted.push(args) });
  const guard = createGuard(dependencies, 'test');
  const app = new Hono<ApiEnv>();
  app.get('/any', guard(), (context) => context.json(context.get('apiKey').keyId));
  app.get('/start', guard('runs:start'), (context) => context.json(context.get('apiKey').keyId));
  app.onError((error, context) =>
    problem(context, error instanceof ProblemError ? error.code : 'INTERNAL', (error as ProblemError).options),
  );
  const made = await createKey(dependencies, 'test', { scopes: ['runs:read'], ...request });
  const ask = (headers: Record<string, string>, path = '/any', sourceIp?: string) =>
    app.request(path, { headers }, sourceIp === undefined ? {} : { requestContext: { http: { sourceIp } } });
  return { world, dependencies, counted, ask, ...made };
}

describe('a request with a valid key', () => {
  it('passes as that key’s, by either header or by both with the same', async () => {
    const { ask, key, keyId } = await guarded();
    const sent: readonly Record<string, string>[] = [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}` },
      { authorization: `bEARER   ${key}` },
      { 'x-api-key': key, authorization: `Bearer ${key}` },
      { 'x-api-key': key, authorization: 'Basic dTpw' },
    ];
    for (const headers of sent) {
      const reply = await ask(headers);
      expect([reply.status, await reply.json()]).toEqual([200, keyId]);
    }
  });

  it('passes only where the key has the scope, which is named', async () => {
    const { ask, key } = await guarded();
    const refused = await ask({ 'x-api-key': key }, '/start');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      code: 'FORBIDDEN',
      detail: 'The API key lacks the scope "runs:start".',
    });
    const able = await guarded({ scopes: ['runs:start'] });
    expect((await able.ask({ 'x-api-key': able.key }, '/start')).status).toBe(200);
  });

  it('is noted as the last use of the key when it is answered', async () => {
    const { world, dependencies, ask, key, keyId } = await guarded();
    await ask({ 'x-api-key': key });
    expect(await dependencies.keys.get(keyId)).toMatchObject({ lastUsedAt: new Date(world.now()).toISOString() });
  });

  it('counts against the limit of its key', async () => {
    const { dependencies, ask, key, keyId } = await guarded();
    const taken: string[] = [];
    const take = async (id: string) => {
      taken.push(id);
      return { ok: false, retryAfterMs: 2_000 };
    };
    Object.assign(dependencies.buckets, { take });
    const reply = await ask({ 'x-api-key': key });
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '2']);
    expect(taken).toEqual([keyId]);
  });
});

describe('a request without a valid key', () => {
  it('gets one answer, whatever is wrong', async () => {
    const { dependencies, ask, key } = await guarded();
    const other = await createKey(dependencies, 'test', { scopes: SCOPES });
    const old = await createKey(dependencies, 'test', { scopes: SCOPES });
    await revokeKey(dependencies, old.keyId);
    const sent: readonly Record<string, string>[] = [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': 'x' },
      { 'x-api-key': withId(key, 'nobody') },
      { 'x-api-key': withSecret(key, 'guess') },
      { 'x-api-key': old.key },
      { 'x-api-key': key, authorization: `Bearer ${other.key}` },
      { authorization: key },
      { authorization: `Basic ${key}` },
      { authorization: `Bearer ${key} x` },
      { authorization: `x Bearer ${key}` },
      { authorization: `Bearer${key}` },
    ];
    const replies = await Promise.all(sent.map((headers) => ask(headers)));
    const told = await Promise.all(
      replies.map(async (reply) => [reply.status, reply.headers.get('www-authenticate'), await reply.text()]),
    );
    expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(told[0]?.slice(0, 2)).toEqual([401, 'Bearer']);
    expect(JSON.parse(String(told[0]?.[2]))).toMatchObject({
      code: 'UNAUTHENTICATED',
      detail: 'Send a valid API key as "x-api-key: <key>" or "Authorization: Bearer <key>".',
    });
  });

  it('is logged and counted by its reason, with the id only of what was somebody’s key', async () => {
    const { world, dependencies, counted, ask, key, keyId } = await guarded();
    await ask({ 'x-api-key': 'x' });
    await ask({ 'x-api-key': withSecret(key, 'guess') });
    await revokeKey(dependencies, keyId);
    await ask({ 'x-api-key': key });
    expect(world.logged).toEqual([
      'API key refused {"reason":"wrong"}',
      `API key refused {"reason":"revoked","keyId":"${keyId}"}`,
    ]);
    expect(counted).toEqual([
      ['KeyRefused', { reason: 'wrong' }],
      ['KeyRefused', { reason: 'revoked' }],
    ]);
  });

  it('has its address told to wait after a hundred guesses, but for old keys and what is no key', async () => {
    const { world, dependencies, ask, key } = await guarded();
    const old = await createKey(dependencies, 'test', { scopes: SCOPES });
    await revokeKey(dependencies, old.keyId);
    const guess = { 'x-api-key': withSecret(key, 'guess') };
    const [there, elsewhere] = ADDRESSES;
    const statuses = new Set<number>();
    for (let count = 0; count < 100; count += 1) statuses.add((await ask(guess, '/any', there)).status);
    expect([...statuses]).toEqual([401]);
    const logged = world.logged.length;
    world.advance(20_000);
    const refused = await ask(guess, '/any', there);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '40']);
    expect(await refused.json()).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(world.logged).toHaveLength(logged);
    expect((await ask({ 'x-api-key': 'x' }, '/any', there)).status).toBe(401);
    expect((await ask({ 'x-api-key': old.key }, '/any', there)).status).toBe(401);
    expect((await ask({ 'x-api-key': key }, '/any', there)).status).toBe(200);
    expect((await ask(guess, '/any', elsewhere)).status).toBe(401);
  });

  it('from no address is told to wait by nobody: it would be told to all whose address is not known', async () => {
    const { ask, key } = await guarded();
    const statuses = new Set<number>();
    for (let count = 0; count < 102; count += 1)
      statuses.add((await ask({ 'x-api-key': withSecret(key, 'guess') })).status);
    expect([...statuses]).toEqual([401]);
  });
});

describe('what a key may see', () => {
  const record = (flows?: readonly string[], scopes: readonly Scope[] = ['runs:read']): ApiKeyRecord => ({
    keyId: 'k',
    digest: 'd',
    scopes,
    createdAt: '',
    ...(flows && { flows }),
  });

  it('is all flows where it is limited to none, else those alone', () => {
    expect(maySee(record(), 'onboard')).toBe(true);
    expect(maySee(record(['leave', 'onboard']), 'onboard')).toBe(true);
    expect(maySee(record(['leave']), 'onboard')).toBe(false);
    expect(maySee(record([]), 'onboard')).toBe(false);
  });

  it('is no run that is absent, not for it, or no run’s id at all, which nobody asks the table for', async () => {
    const { world, dependencies } = await guarded();
    const run = await world.accept();
    expect(await visibleRun(dependencies, record(), run.id)).toMatchObject({ id: run.id });
    expect(await visibleRun(dependencies, record(['onboard']), run.id)).toMatchObject({ id: run.id });
    const absent = 'run_00000000000000000000000099';
    for (const [key, id] of [
      [record(['leave']), run.id],
      [record(), absent],
    ] as const)
      await expect(visibleRun(dependencies, key, id)).rejects.toMatchObject({ code: 'NOT_FOUND', options: {} });
    const reads = world.effects.length;
    for (const id of [
      '',
      'x',
      `x${run.id}`,
      `${run.id}x`,
      run.id.slice(0, -1),
      run.id.toLowerCase().replace(/0/g, 'u'),
    ])
      await expect(visibleRun(dependencies, record(), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(world.effects).toHaveLength(reads);
  });

  it('are of other keys those that it could have made', () => {
    const all = manages(record());
    const some = manages(record(['onboard', 'leave'], ['runs:read', 'keys:admin']));
    for (const other of [record(), record(['payroll'], SCOPES)]) expect(all(other)).toBe(true);
    expect(some(record(['onboard']))).toBe(true);
    expect(some(record(['leave', 'onboard'], ['keys:admin', 'runs:read']))).toBe(true);
    expect(some(record(['onboard'], ['runs:read', 'runs:start']))).toBe(false);
    expect(some(record(['onboard', 'payroll']))).toBe(false);
    expect(some(record())).toBe(false);
  });
});
