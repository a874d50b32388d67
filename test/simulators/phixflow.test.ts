import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { phixflow } from '../../lib/providers/phixflow.ts';
import {
  createPhixflowPlatform,
  PHIXFLOW_ENDPOINTS,
  PHIXFLOW_TARGETS,
  type PhixflowOptions,
} from '../../lib/simulators/phixflow.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';

const TOKEN = 'simulated token/+=';
const ACTION = '/phixflow/api/1/action';
const AUTHORISED = { authorization: `Bearer ${TOKEN}` };

/** A platform whose clock moves only while a call is held, or when a test says so. */
async function serve(options: PhixflowOptions = {}, clock = { ms: 1_000_000 }) {
  const sleep = async (ms: number) => {
    clock.ms += ms;
  };
  const platform = createPhixflowPlatform({ token: TOKEN, now: () => clock.ms, sleep, ...options });
  const simulator = await serveSimulator(platform);
  onTestFinished(() => simulator.close());
  const call = async (path: string, init: RequestInit = {}) => {
    const reply = await fetch(`${simulator.origin}${path}`, { headers: AUTHORISED, ...init });
    return { status: reply.status, text: await reply.text() };
  };
  const post = (path: string, body?: unknown) =>
    call(`${ACTION}${path}`, {
      method: 'POST',
      ...(body === undefined
        ? {}
        : { headers: { ...AUTHORISED, 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  return { clock, call, post, jobs: () => platform.jobs() as readonly { readonly state: string }[] };
}

async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'errand-phixflow-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'commands.jsonl');
}

describe('the endpoints of the simulated phixflow', () => {
  it('are all behind a target that the provider accepts', () => {
    const served = PHIXFLOW_ENDPOINTS.map(({ application, name }) => `${application}/${name}`).sort();
    const targets = Object.values(PHIXFLOW_TARGETS);
    expect(targets.map(({ application, endpoint }) => `${application}/${endpoint}`).sort()).toEqual(served);
    expect(targets.filter((target) => !phixflow.target.safeParse(target).success)).toEqual([]);
    const modeOf = (name: string) => PHIXFLOW_ENDPOINTS.find((endpoint) => endpoint.name === name)?.mode;
    expect(targets.filter(({ endpoint, mode }) => modeOf(endpoint) !== mode)).toEqual([]);
  });

  it('hold a synchronous call until it is done', async () => {
    const { clock, post } = await serve();
    const reply = await post('/Orders/Create%20Order/trigger', { customer: 'C-17' });
    expect(reply).toEqual({
      status: 200,
      text: '{"success":true,"outputs":{"Result":[{"orderId":"9001","customer":"C-17"}]}}',
    });
    expect(clock.ms).toBe(1_001_000);
  });

  it('answer an asynchronous call after 500 ms with a process id, and later calls with its state', async () => {
    const { clock, post, call } = await serve();
    expect(await post('/Orders/Import%20Orders/trigger', {})).toEqual({ status: 200, text: '{"processId":12345}' });
    expect(clock.ms).toBe(1_000_500);
    const status = `${ACTION}/Orders/Import%20Orders/status/12345`;
    clock.ms += 2_499;
    expect(await call(status)).toEqual({ status: 200, text: '{"processId":12345,"status":"Running"}' });
    clock.ms += 1;
    expect((await call(status)).text).toBe(
      '{"processId":12345,"status":"Success","result":{"success":true,"outputs":{"Imported":{"orders":42,"region":null}}}}',
    );
  });

  it('answer an asynchronous call with its result when it is done within 500 ms', async () => {
    const { post } = await serve();
    expect((await post('/Orders/Look%20Up%20Price/trigger')).text).toBe('{"success":true,"outputs":{"Price":12.5}}');
  });

  it('answer with the status code of their author', async () => {
    const { post } = await serve();
    expect(await post('/Orders/Validate%20Order/trigger')).toMatchObject({ status: 422 });
  });

  it('fail single records', async () => {
    const { post } = await serve();
    const { text } = await post('/Orders/Book%20Lines/trigger');
    expect(JSON.parse(text).records.map(({ status }: { status: string }) => status)).toEqual([
      'Success',
      'Fail',
      'Success',
    ]);
  });

  it('recognise a repeated call where their author made them idempotent', async () => {
    const { post, jobs } = await serve();
    await post('/Orders/Create%20Order/trigger', { correlation: 'a' });
    await post('/Orders/Create%20Order/trigger', { correlation: 'a' });
    await post('/Orders/Create%20Order/trigger', { correlation: 'b' });
    expect(jobs()).toHaveLength(2);
  });
});

describe('the simulated phixflow URLs', () => {
  it('serve version 10 without the application, with POST only', async () => {
    const { post, call } = await serve();
    expect(await post('/Reject%20Order/trigger')).toMatchObject({ status: 200 });
    expect(await call(`${ACTION}/Find%20Order/trigger`)).toMatchObject({ status: 405 });
  });

  it('serve the alias in place of application and endpoint, for start and status', async () => {
    const { post, call } = await serve();
    expect(await post('/import-orders/trigger')).toMatchObject({ status: 200 });
    expect(await call(`${ACTION}/import-orders/status/12345`)).toMatchObject({ status: 200 });
  });

  it.each([
    ['another method than the endpoint has', '/Orders/Create%20Order/trigger', 405],
    ['a name that was encoded twice', '/Orders/Create%2520Order/trigger', 404],
    ['another case of a name', '/orders/Create%20Order/trigger', 404],
    ['a timeout that is no number', '/Orders/Find%20Order/trigger?timeout=10s', 400],
    ['a query name given twice', '/Orders/Find%20Order/trigger?a=1&a=2', 400],
    ['a query name of the fixed inputs', '/Orders/Find%20Order/trigger?body=1', 400],
    ['a token in the URL', `/Orders/Find%20Order/trigger?key=${encodeURIComponent(TOKEN)}`, 400],
    ['a status of an unknown process', '/Orders/Import%20Orders/status/1', 404],
  ])('refuse %s', async (_, path, status) => {
    const { call, jobs } = await serve();
    expect(await call(`${ACTION}${path}`)).toMatchObject({ status });
    expect(jobs()).toHaveLength(0);
  });

  it('refuse a body that is not the JSON it calls itself, and a body without a type', async () => {
    const { call } = await serve();
    const send = (headers: Record<string, string>) =>
      call(`${ACTION}/Orders/Create%20Order/trigger`, {
        ...{ method: 'POST', body: new Blob(['{"a"']), headers: { ...AUTHORISED, ...headers } },
      });
    expect(await send({ 'content-type': 'application/json' })).toMatchObject({ status: 400 });
    expect(await send({})).toMatchObject({ status: 415 });
  });

  it('give the status of a process only under its own endpoint', async () => {
    const { post, call } = await serve();
    await post('/Orders/Import%20Orders/trigger');
    expect(await call(`${ACTION}/Finance/Close%20Ledger/status/12345`)).toMatchObject({ status: 404 });
  });

  it('can have the status somewhere else, under another method and with other words', async () => {
    const words = { running: 'Busy', success: 'Done', fail: 'Broken' };
    const { post, call, clock } = await serve({ pollPath: '/api/1/jobs', pollMethod: 'POST', words });
    await post('/Finance/Close%20Ledger/trigger');
    const look = async (method: string) => call('/phixflow/api/1/jobs?processId=12345', { method });
    expect(await look('GET')).toMatchObject({ status: 405 });
    expect((await look('POST')).text).toContain('"Busy"');
    clock.ms += 2_000;
    expect((await look('POST')).text).toContain('"Broken"');
  });
});

describe('who may call the simulated phixflow', () => {
  it.each([401, 403] as const)('answers a missing or wrong token with %i', async (badTokenStatus) => {
    const { call } = await serve({ badTokenStatus });
    const path = `${ACTION}/Orders/Find%20Order/trigger`;
    expect(await call(path, { headers: {} })).toMatchObject({ status: badTokenStatus });
    expect(await call(path, { headers: { authorization: TOKEN } })).toMatchObject({ status: badTokenStatus });
    expect(await call(path)).toMatchObject({ status: 200 });
  });

  it('takes the token under another header name without a prefix', async () => {
    const { call } = await serve({ headerName: 'X-Key', headerPrefix: '' });
    const path = `${ACTION}/Orders/Find%20Order/trigger`;
    expect(await call(path)).toMatchObject({ status: 401 });
    expect(await call(path, { headers: { 'x-key': TOKEN } })).toMatchObject({ status: 200 });
  });

  it('is everybody where an endpoint, or the platform without a token, allows anonymous connections', async () => {
    const [first] = PHIXFLOW_ENDPOINTS;
    if (first === undefined) throw new Error('no endpoints');
    const open = await serve({ endpoints: [{ ...first, anonymous: true }] });
    const path = `${ACTION}/Orders/Create%20Order/trigger`;
    expect(await open.call(path, { method: 'POST', headers: {} })).toMatchObject({ status: 200 });
  });
});

describe('a synchronous timeout of the simulated phixflow', () => {
  const YEAR_REPORT = '/Finance/Year%20Report/trigger';

  it('strikes after 60 s by default and aborts the command for good', async () => {
    const { post, clock, jobs } = await serve();
    const reply = await post(YEAR_REPORT);
    expect(reply).toMatchObject({ status: 500, text: expect.stringContaining('"status":"Aborted"') });
    expect(clock.ms).toBe(1_060_000);
    clock.ms += 1_000_000;
    expect(jobs()).toMatchObject([{ state: 'aborted' }]);
  });

  it('is overridden by the endpoint property, and that by the URL', async () => {
    const endpoints = PHIXFLOW_ENDPOINTS.map((endpoint) => ({ ...endpoint, timeoutMs: 5_000 }));
    const { post, clock } = await serve({ endpoints });
    await post(YEAR_REPORT);
    expect(clock.ms).toBe(1_005_000);
    await post(`${YEAR_REPORT}?timeout=2000`);
    expect(clock.ms).toBe(1_007_000);
    expect(await post(`${YEAR_REPORT}?timeout=200000`)).toMatchObject({ status: 200 });
  });

  it('shows as 504 with its word, as a bare 504, or as a closed connection', async () => {
    expect((await (await serve({ abortShows: '504' })).post(YEAR_REPORT)).text).toContain('Aborted');
    expect(await (await serve({ abortShows: 'bare-504' })).post(YEAR_REPORT)).toEqual({ status: 504, text: '' });
    await expect((await serve({ abortShows: 'drop' })).post(YEAR_REPORT)).rejects.toThrow('fetch failed');
  });
});

describe('a held call of the simulated phixflow', () => {
  it('goes on holding when a timer rings early, so that it never answers too soon', async () => {
    const clock = { ms: 0 };
    const sleep = async (ms: number) => {
      clock.ms += Math.max(1, ms - 1);
    };
    const { post } = await serve({ sleep }, clock);
    expect((await post('/Orders/Create%20Order/trigger')).text).toContain('9001');
    expect(clock.ms).toBe(1_000);
  });
});

describe('the simulated process id', () => {
  it.each([
    ['number', '{"processId":9007199254740993}'],
    ['string', '{"success":true,"processId":"9007199254740993"}'],
    ['nested', '{"process":{"id":9007199254740993}}'],
    ['id', '{"id":"9007199254740993"}'],
  ] as const)('comes as %s, exact beyond 2^53', async (processIdShape, text) => {
    const { post } = await serve({ processIdShape, firstProcessId: '9007199254740993', acceptStatus: 202 });
    expect(await post('/Orders/Import%20Orders/trigger')).toEqual({ status: 202, text });
  });
});

describe('a killed phixflow simulator', () => {
  it('comes back with its commands where the clock says they are, and never gives an id twice', async () => {
    const file = await temporaryFile();
    const clock = { ms: 1_000_000 };
    const before = await serve({ file }, clock);
    await before.post('/Orders/Import%20Orders/trigger', { region: 'EU' });
    await before.post('/Finance/Close%20Ledger/trigger');
    const after = await serve({ file }, clock);
    expect(after.jobs()).toEqual(before.jobs());
    clock.ms += 1_500;
    expect((await after.call(`${ACTION}/Orders/Import%20Orders/status/12345`)).text).toContain('"Running"');
    expect((await after.call(`${ACTION}/Finance/Close%20Ledger/status/12346`)).text).toContain('"Fail"');
    clock.ms += 1_000;
    expect((await after.call(`${ACTION}/Orders/Import%20Orders/status/12345`)).text).toContain('"region":"EU"');
    expect((await after.post('/Orders/Import%20Orders/trigger')).text).toBe('{"processId":12347}');
  });
});

describe('the simulated phixflow in real time', () => {
  it('holds a call by its own clock and timers', async () => {
    const platform = createPhixflowPlatform({ endpoints: PHIXFLOW_ENDPOINTS });
    const simulator = await serveSimulator(platform);
    onTestFinished(() => simulator.close());
    const reply = await fetch(`${simulator.origin}${ACTION}/Orders/Look%20Up%20Price/trigger?timeout=50`, {
      method: 'POST',
    });
    expect(await reply.json()).toEqual({ processId: 12345 });
  });
});
