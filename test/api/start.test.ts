import { describe, expect, it } from 'vitest';
import { SecretUnavailableError, StoreUnavailableError } from '../../lib/domain/errors.ts';
import { setUp } from './client.ts';

const START = '/v1/flows/onboard/runs';

describe('starting a run', () => {
  it('answers 202 with the run, where it is, and when a look can be worth it', async () => {
    const { call } = await setUp();
    const { status, headers, body } = await call('POST', START, {
      parameters: { name: 'Jane', email: 'jane@example.com' },
      businessKey: 'employee-7',
      tags: { team: 'hr' },
    });
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/runs/${body.id}`);
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toMatchObject({
      status: 'ACCEPTED',
      trigger: 'api',
      parameters: { name: 'Jane', email: '***' },
      businessKey: 'employee-7',
      tags: { team: 'hr' },
    });
    expect(Object.values(body)).not.toContain(null);
  });

  it('needs no body where the flow needs no parameters', async () => {
    const { app, key } = await setUp();
    expect((await app.request(START, { method: 'POST', headers: { 'x-api-key': key } })).status).toBe(202);
  });

  it('says the same of a flow that does not exist and of one that the key may not see', async () => {
    const { call, as, world } = await setUp();
    const limited = await as({ scopes: ['runs:start'], flows: ['other'] });
    const unknown = await call('POST', '/v1/flows/onbord/runs', {});
    expect(unknown.status).toBe(404);
    expect(unknown.body).toMatchObject({ code: 'NOT_FOUND', detail: 'There is no flow "onbord".' });
    const hidden = await limited('POST', START, {});
    expect(hidden.text).toBe(unknown.text.replace('onbord', 'onboard'));
    expect(world.store.all()).toHaveLength(0);
  });

  it('tells the time to the next planned look, rounded up', async () => {
    const { call, dependencies, world } = await setUp();
    Object.assign(dependencies.executions, {
      start: async (runId: string) => {
        const run = await world.run(runId);
        const nextLookAt = new Date(world.now() + 12_300).toISOString();
        await world.store.save({ ...run, version: run.version + 1, writeId: 'next', nextLookAt });
        return 'arn';
      },
    });
    const first = await call('POST', `${START}?await=false`, {}, { prefer: 'wait=1' });
    expect(first.headers.get('retry-after')).toBe('12');
    const second = await call('POST', START, {}, { prefer: 'wait=12' });
    expect(second.headers.get('retry-after')).toBe('1');
  });
});

describe('waiting for the end', () => {
  const ask = async (query: string, headers: Record<string, string>) => {
    const { call, world } = await setUp();
    const before = world.now();
    const answer = await call('POST', `${START}${query}`, {}, headers);
    return { ...answer, waitedMs: world.now() - before };
  };

  it.each([
    ['', { prefer: 'respond-async, wait=600' }, 25_000, 'wait=25'],
    ['', { prefer: 'wait=3' }, 3_000, 'wait=3'],
    ['', { prefer: 'handling=lenient; WAIT = "4" , wait=9' }, 4_000, 'wait=4'],
    ['?await=true', {}, 25_000, null],
    ['?await=false', {}, 0, null],
    ['', { prefer: 'wait=soon' }, 0, null],
    ['', { prefer: 'wait=0' }, 0, 'wait=0'],
  ] as const)('%s with %j lasts %i ms, and says what it granted', async (query, headers, waitedMs, applied) => {
    const answer = await ask(query, headers);
    expect(answer.status).toBe(202);
    expect(answer.waitedMs).toBe(waitedMs);
    expect(answer.headers.get('preference-applied')).toBe(applied);
  });

  it.each([
    ['?await=true', {}],
    ['', { prefer: 'wait=20' }],
  ])('answers 200 as soon as the run has ended: %s %j', async (query, headers) => {
    const { call, world } = await setUp();
    const { sleep } = world.dependencies.clock;
    let naps = 0;
    let isDriven = false;
    Object.assign(world.dependencies.clock, {
      sleep: async (ms: number) => {
        await sleep(ms);
        // The machine sleeps by the same clock.
        if (isDriven) return;
        naps += 1;
        const [run] = world.store.all();
        if (naps < 4 || run === undefined) return;
        isDriven = true;
        await world.drive(run.id);
        isDriven = false;
      },
    });
    const { status, body, headers: sent } = await call('POST', `${START}${query}`, {}, headers);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'SUCCEEDED', output: { available: true } });
    expect(sent.get('retry-after')).toBeNull();
    expect(sent.get('location')).toBe(`/v1/runs/${body.id}`);
    expect(naps).toBe(4);
  });

  it('does not call a run refused because it could not be read while it was waited for', async () => {
    const { call, dependencies } = await setUp();
    Object.assign(dependencies.store, { get: () => Promise.reject(new StoreUnavailableError('away')) });
    expect((await call('POST', `${START}?await=true`, {})).status).toBe(202);
  });
});

describe('what cannot be used', () => {
  const long = 'x'.repeat(257);
  const mistakes: readonly (readonly [string, unknown, string, Record<string, string>, object])[] = [
    ['an unknown field', { parameter: {} }, '', {}, { errors: [{ path: 'parameter', message: 'unknown field' }] }],
    [
      'a wrong type',
      { parameters: { name: 7 } },
      '',
      {},
      { errors: [{ path: 'parameters.name', message: 'expected text' }] },
    ],
    ['an unknown parameter', { parameters: { nam: 'x' } }, '', {}, { errors: [{ path: 'parameters.nam' }] }],
    ['a raw body where parameters are wanted', { body: '<x/>' }, '', {}, { errors: [{ path: 'body' }] }],
    ['a deadline past the flow’s', { timeoutMs: 99_000_000 }, '', {}, { errors: [{ path: 'timeoutMs' }] }],
    [
      'more attempts than the flow allows',
      { retry: { maxAttempts: 2 } },
      '',
      {},
      { errors: [{ path: 'retry.maxAttempts' }] },
    ],
    ['a business key that is too long', { businessKey: long }, '', {}, { errors: [{ path: 'businessKey' }] }],
    ['a list for an object', { parameters: [] }, '', {}, { errors: [{ path: 'parameters' }] }],
    ['a list for a body', [], '', {}, { errors: [{ path: '(body)' }] }],
    [
      'broken JSON',
      '{"parameters":',
      '',
      {},
      { code: 'INVALID_REQUEST', detail: 'The body is not valid JSON in UTF-8.' },
    ],
    ['an idempotency key beyond ASCII', {}, '', { 'idempotency-key': 'ü' }, { errors: [{ path: 'Idempotency-Key' }] }],
    ['an empty idempotency key', {}, '', { 'idempotency-key': '' }, { errors: [{ path: 'Idempotency-Key' }] }],
    [
      'an idempotency key of 256',
      {},
      '',
      { 'idempotency-key': 'k'.repeat(256) },
      { errors: [{ path: 'Idempotency-Key' }] },
    ],
    [
      'an unknown query parameter',
      {},
      '?wait=3',
      {},
      { errors: [{ path: 'wait', message: 'unknown query parameter; known are await' }] },
    ],
    ['a query parameter given twice', {}, '?await=true&await=false', {}, { errors: [{ path: 'await' }] }],
    ['a flag that is neither true nor false', {}, '?await=1', {}, { errors: [{ path: 'await' }] }],
  ];
  it.each(mistakes)('is refused by name: %s', async (_, body, query, headers, problem) => {
    const { call, world } = await setUp();
    const answer = await call('POST', `${START}${query}`, body, headers);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject(problem);
    expect(world.store.all()).toHaveLength(0);
  });

  it('sets nothing that only we may set, whatever the body calls itself', async () => {
    const { call, world } = await setUp();
    for (const field of ['id', 'status', 'remoteId', 'requestedBy', 'tenant', 'trigger', 'flowId', 'constructor'])
      expect((await call('POST', START, { [field]: 'x' })).status).toBe(400);
    expect((await call('POST', START, '{"__proto__":{"status":"FAILED"}}')).status).toBe(400);
    const nested = await call(
      'POST',
      START,
      '{"parameters":{"name":"x","__proto__":{"email":"a@b.c"}},"tags":{"__proto__":"t"}}',
    );
    expect([400, 202]).toContain(nested.status);
    expect(({} as { status?: string; email?: string }).status).toBeUndefined();
    for (const run of world.store.all()) expect(run.input.parameters).toEqual({ name: 'x' });
  });
});

describe('when a service behind us is away', () => {
  it.each([
    ['the table', new StoreUnavailableError('away')],
    ['the root key', new SecretUnavailableError('away', 'unavailable')],
  ])('says so, and how to ask again: %s', async (_, error) => {
    const { call, dependencies, world } = await setUp();
    Object.assign(dependencies.store, { create: () => Promise.reject(error) });
    const { status, headers, body } = await call('POST', START, {});
    expect(status).toBe(503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(body).toMatchObject({ code: 'UNAVAILABLE', detail: expect.stringContaining('Idempotency-Key') });
    expect(world.store.all()).toHaveLength(0);
  });

  it('accepts exactly what it says it accepted, ten minutes long', async () => {
    const { call, dependencies, world } = await setUp();
    const { create } = dependencies.store;
    let isAway = true;
    Object.assign(dependencies.store, {
      create: (...what: Parameters<typeof create>) =>
        isAway ? Promise.reject(new StoreUnavailableError('away')) : create(...what),
    });
    const statuses: number[] = [];
    for (let minute = 0; minute < 12; minute += 1) {
      isAway = minute < 10;
      statuses.push((await call('POST', START, {})).status);
      world.advance(60_000);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 503), 202, 202]);
    expect(world.store.all()).toHaveLength(2);
  });
});
