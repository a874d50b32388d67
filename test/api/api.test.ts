import { describe, expect, it } from 'vitest';
import { createApi } from '../../lib/api/app.ts';
import { createKey, verifyKey } from '../../lib/api/keys.ts';
import { SecretUnavailableError, StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { SCOPES, type Scope } from '../../lib/workflow/ports.ts';
import { createWorld } from '../helpers/world.ts';

const session: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'ended', verdict: { status: 'SUCCEEDED', remoteStatus: 'done' } }),
  fetchOutput: async () => ({ value: { a: 1 }, files: [] }),
};

async function setUp(scopes: readonly Scope[] = SCOPES, flows?: readonly string[]) {
  const world = createWorld({ session });
  const { dependencies } = world;
  const { key, keyId } = await createKey(dependencies, 'test', { scopes, ...(flows === undefined ? {} : { flows }) });
  const app = createApi(dependencies, { environment: 'test' });
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method,
      headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return { world, app, key, keyId, call, dependencies };
}

describe('starting a run', () => {
  it('answers 202 with the run and where it is', async () => {
    const { call } = await setUp();
    const reply = await call('POST', '/v1/flows/onboard/runs', {
      parameters: { name: 'Jane', email: 'jane@example.com' },
    });
    expect(reply.status).toBe(202);
    const run = (await reply.json()) as { id: string };
    expect(reply.headers.get('location')).toBe(`/v1/runs/${run.id}`);
    expect(run).toMatchObject({ status: 'ACCEPTED', trigger: 'api', parameters: { name: 'Jane', email: '***' } });
    expect(Object.values(run)).not.toContain(null);
  });

  it('names a flow that does not exist', async () => {
    const { call, world } = await setUp();
    const reply = await call('POST', '/v1/flows/onbord/runs', {});
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ code: 'NOT_FOUND', detail: 'There is no flow "onbord".' });
    expect(world.store.all()).toHaveLength(0);
  });

  it('says so when it answers a request again', async () => {
    const { call } = await setUp();
    const ask = () => call('POST', '/v1/flows/onboard/runs', { parameters: {} }, { 'idempotency-key': 'k' });
    const [first, second] = [await ask(), await ask()];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    expect(((await second.json()) as { id: string }).id).toBe(((await first.json()) as { id: string }).id);
  });

  it('counts a key per API key and flow, and refuses it for another body', async () => {
    const { call } = await setUp();
    const ask = (name: string) =>
      call('POST', '/v1/flows/onboard/runs', { parameters: { name } }, { 'idempotency-key': 'k' });
    await ask('a');
    const reply = await ask('b');
    expect(reply.status).toBe(422);
    expect(await reply.json()).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('waits for the end where asked, up to 25 s however long is asked for', async () => {
    const { call, world } = await setUp();
    const before = world.now();
    const reply = await call('POST', '/v1/flows/onboard/runs', {}, { prefer: 'respond-async, wait=600' });
    expect(reply.status).toBe(202);
    expect(world.now() - before).toBe(25_000);
  });

  it('does not call a run refused because it could not be read while it was waited for', async () => {
    const { call, dependencies } = await setUp();
    Object.assign(dependencies.store, { get: () => Promise.reject(new StoreUnavailableError('away')) });
    expect((await call('POST', '/v1/flows/onboard/runs?await=true', {})).status).toBe(202);
  });

  it('says that it is unavailable, and how to ask again, when the table is away or its root key out of reach', async () => {
    for (const error of [new StoreUnavailableError('away'), new SecretUnavailableError('away', 'unavailable')]) {
      const { call, dependencies } = await setUp();
      Object.assign(dependencies.store, { create: () => Promise.reject(error) });
      const reply = await call('POST', '/v1/flows/onboard/runs', {});
      expect(reply.status).toBe(503);
      expect(reply.headers.get('retry-after')).toBe('5');
      expect(await reply.json()).toMatchObject({ code: 'UNAVAILABLE' });
    }
  });

  it('answers 200 as soon as the run has ended', async () => {
    const { call, world, dependencies } = await setUp();
    Object.assign(dependencies.executions, {
      start: async (runId: string) => {
        await world.drive(runId);
        return 'arn';
      },
    });
    const reply = await call('POST', '/v1/flows/onboard/runs?await=true', {});
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ status: 'SUCCEEDED', output: { available: true } });
  });

  const mistakes: readonly (readonly [string, unknown, Record<string, string>, number, object])[] = [
    ['an unknown field', { parameter: {} }, {}, 400, { errors: [{ path: 'parameter', message: 'unknown field' }] }],
    [
      'a wrong type',
      { parameters: { name: 7 } },
      {},
      400,
      { errors: [{ path: 'parameters.name', message: 'expected text' }] },
    ],
    ['an unknown parameter', { parameters: { nam: 'x' } }, {}, 400, { errors: [{ path: 'parameters.nam' }] }],
    ['a raw body where parameters are wanted', { body: '<x/>' }, {}, 400, { errors: [{ path: 'body' }] }],
    ['a deadline past the flow’s', { timeoutMs: 99_000_000 }, {}, 400, { errors: [{ path: 'timeoutMs' }] }],
    ['broken JSON', '{"parameters":', {}, 400, { code: 'INVALID_REQUEST' }],
    [
      'another media type',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      { code: 'UNSUPPORTED_MEDIA_TYPE' },
    ],
    ['a compressed body', {}, { 'content-encoding': 'gzip' }, 415, { code: 'UNSUPPORTED_MEDIA_TYPE' }],
    ['an empty idempotency key', {}, { 'idempotency-key': 'ü' }, 400, { errors: [{ path: 'Idempotency-Key' }] }],
    ['too many bytes', { parameters: { name: 'ä'.repeat(131_072) } }, {}, 413, { code: 'PAYLOAD_TOO_LARGE' }],
    ['too deep a body', `${'{"parameters":'.repeat(33)}1${'}'.repeat(33)}`, {}, 400, { code: 'INVALID_REQUEST' }],
  ];
  for (const [what, body, headers, status, problem] of mistakes) {
    it(`refuses ${what} with ${status} and stores nothing`, async () => {
      const { call, world } = await setUp();
      const reply = await call('POST', '/v1/flows/onboard/runs', body, headers);
      expect(reply.status).toBe(status);
      expect(reply.headers.get('content-type')).toBe('application/problem+json');
      expect(await reply.json()).toMatchObject(problem);
      expect(world.store.all()).toHaveLength(0);
    });
  }
});

describe('who may', () => {
  const routes = [
    ['POST', '/v1/flows/onboard/runs'],
    ['GET', '/v1/runs/run_00000000000000000000000001'],
    ['GET', '/v1/runs/run_00000000000000000000000001/events'],
    ['GET', '/v1/runs/run_00000000000000000000000001/output'],
    ['GET', '/v1/runs/run_00000000000000000000000001/output/files/a.pdf'],
  ] as const;

  for (const [method, path] of routes) {
    it(`answers ${method} ${path} only for a key that may`, async () => {
      const { app, key, call } = await setUp(['keys:admin']);
      const wrong = `${key.slice(0, -8)}${key.slice(-8) === 'AAAAAAAA' ? 'BBBBBBBB' : 'AAAAAAAA'}`;
      for (const headers of [{}, { 'x-api-key': 'x' }, { 'x-api-key': wrong }, { authorization: 'Basic abc' }]) {
        const reply = await app.request(path, { method, headers });
        expect(reply.status).toBe(401);
        expect(await reply.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
      }
      expect((await call(method, path, method === 'POST' ? {} : undefined)).status).toBe(403);
    });
  }

  it('takes the key as a bearer token, too, and never from the URL', async () => {
    const { app, key } = await setUp();
    const path = '/v1/runs/run_00000000000000000000000001';
    expect((await app.request(path, { headers: { authorization: `Bearer ${key}` } })).status).toBe(404);
    expect((await app.request(`${path}?x-api-key=${key}`)).status).toBe(401);
  });

  it('shows a key that is limited to flows the same 404 for a foreign run and for none', async () => {
    const { dependencies, app } = await setUp();
    const world = createWorld({ session });
    const run = await world.accept();
    const mine = await createKey(dependencies, 'test', { scopes: SCOPES, flows: ['other'] });
    await dependencies.store.create(run);
    const ask = async (id: string) => {
      const reply = await app.request(`/v1/runs/${id}`, { headers: { 'x-api-key': mine.key } });
      return [reply.status, await reply.text()];
    };
    expect(await ask(run.id)).toEqual(await ask('run_0000000000000000000000000Z'));
    expect(
      (await app.request('/v1/flows/onboard/runs', { method: 'POST', headers: { 'x-api-key': mine.key } })).status,
    ).toBe(404);
  });

  it('forgets a key when it expires or is revoked', async () => {
    const { dependencies, key, keyId, world } = await setUp();
    const record = await dependencies.keys.get(keyId);
    if (record === undefined) throw new Error('no key');
    expect(await verifyKey(dependencies, 'test', key)).toBeDefined();
    await dependencies.keys.put({ ...record, expiresAt: new Date(world.now() + 1_000).toISOString() });
    world.advance(1_000);
    expect(await verifyKey(dependencies, 'test', key)).toBeUndefined();
    await dependencies.keys.put({ ...record, revokedAt: '2026-01-01T00:00:00Z' });
    expect(await verifyKey(dependencies, 'test', key)).toBeUndefined();
  });

  it('refuses a mistyped key without a look-up', async () => {
    const { dependencies, key } = await setUp();
    let lookups = 0;
    const keys = {
      ...dependencies.keys,
      async get() {
        lookups += 1;
        return undefined;
      },
    };
    expect(
      await verifyKey({ ...dependencies, keys }, 'test', `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`),
    ).toBeUndefined();
    expect(await verifyKey({ ...dependencies, keys }, 'other', key)).toBeUndefined();
    expect(lookups).toBe(0);
  });

  it('needs no key to say that it is well', async () => {
    const { app } = await setUp();
    expect(await (await app.request('/health')).json()).toEqual({ status: 'ok' });
    expect((await app.request('/nothing')).headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('what came back', () => {
  it.each(['..', 'a/b.pdf', '\ud800.pdf', 'ü "x".pdf', '', '100%.pdf'])(
    'can be fetched by its link, whatever a platform calls the file: %j',
    async (name) => {
      const { call, world } = await setUp();
      const run = await world.accept();
      await world.drive(run.id);
      const ended = await world.run(run.id);
      const file = { name, mediaType: 'application/pdf', bytes: 0, sha256: 'x', key: 'k' };
      const output = { files: [file, file], bytes: 0 };
      await world.store.save({ ...ended, version: ended.version + 1, writeId: 'files', output });
      const listed = await call('GET', `/v1/runs/${run.id}/output`);
      const { files } = (await listed.json()) as { files: { href: string }[] };
      expect(new Set(files.map(({ href }) => href)).size).toBe(2);
      for (const { href } of files) {
        const reply = await call('GET', href);
        expect(reply.status).toBe(200);
        expect(reply.headers.get('content-disposition')).toMatch(
          /^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''/,
        );
      }
    },
  );

  it('tells the timeline, oldest first and without gaps', async () => {
    const { call, world } = await setUp();
    const run = await world.accept();
    await world.drive(run.id);
    const { items } = (await (await call('GET', `/v1/runs/${run.id}/events`)).json()) as {
      items: { seq: number; type: string }[];
    };
    expect(items.map(({ seq }) => seq)).toEqual(items.map((_, index) => index + 1));
    expect(items.map(({ type }) => type)).toEqual(['accepted', 'intent', 'started', 'look', 'ended']);
  });

  it('gives the value, links of their own to files of one name, and an empty list where there is nothing', async () => {
    const { call, world } = await setUp();
    const run = await world.accept();
    expect((await call('GET', `/v1/runs/${run.id}/output`)).status).toBe(409);
    await world.drive(run.id);
    expect(await (await call('GET', `/v1/runs/${run.id}/output`)).json()).toEqual({ value: { a: 1 }, files: [] });
    const ended = await world.run(run.id);
    const file = { name: 'Offer.pdf', mediaType: 'application/pdf', bytes: 0, sha256: 'x', key: 'outputs/secret' };
    await world.store.save({
      ...ended,
      version: ended.version + 1,
      writeId: 'files',
      output: { files: [file, file], bytes: 0 },
    });
    const { files } = (await (await call('GET', `/v1/runs/${run.id}/output`)).json()) as { files: { href: string }[] };
    expect(files.map(({ href }) => href)).toEqual([
      `/v1/runs/${run.id}/output/files/Offer.pdf`,
      `/v1/runs/${run.id}/output/files/Offer-2.pdf`,
    ]);
    expect(JSON.stringify(files)).not.toContain('outputs/secret');
    const bytes = await call('GET', files[1]?.href ?? '');
    expect(bytes.headers.get('content-disposition')).toContain('attachment');
    expect(bytes.headers.get('x-content-type-options')).toBe('nosniff');
  });
});
