import { describe, expect, it, onTestFinished } from 'vitest';
import { flowSchema } from '../../lib/domain/config.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import type { HttpClient, HttpRequest } from '../../lib/http/http-client.ts';
import { phixflow } from '../../lib/providers/phixflow.ts';
import type { ProviderSession, Started } from '../../lib/providers/provider.ts';
import type { FaultRule } from '../../lib/simulators/faults.ts';
import {
  createPhixflowPlatform,
  PHIXFLOW_ENDPOINTS,
  PHIXFLOW_TARGETS,
  type PhixflowEndpoint,
  type PhixflowOptions,
} from '../../lib/simulators/phixflow.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';
import { openSession } from '../helpers/session.ts';

const TOKEN = 'test-token-0123456789-0123456789-abcdef';
const TRIGGER = '/phixflow/api/1/action';

interface Setting {
  readonly platform?: Omit<PhixflowOptions, 'now' | 'sleep'>;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly target: Readonly<Record<string, unknown>>;
  readonly anonymous?: boolean;
}

/** A session on a simulated platform whose clock moves only when a call is held or a test says so. */
async function open({ platform, settings = {}, target, anonymous = false }: Setting) {
  const clock = { ms: Date.UTC(2026, 0, 5) };
  const sleep = async (ms: number) => {
    clock.ms += ms;
  };
  const simulated = createPhixflowPlatform({ token: TOKEN, ...platform, now: () => clock.ms, sleep });
  const simulator = await serveSimulator(simulated);
  onTestFinished(() => simulator.close());
  const credentials = anonymous ? {} : { credentials: { apiKey: TOKEN } };
  const session = openSession(phixflow, { baseUrl: `${simulator.origin}/phixflow`, settings, target, ...credentials });
  return { simulator, session, clock, jobs: () => simulated.jobs() as readonly { readonly state: string }[] };
}

const options = () => ({ signal: AbortSignal.timeout(20_000) });

function start(session: ProviderSession, parameters: JsonObject = {}, rawBody?: string): Promise<Started> {
  const request = { runId: 'run_1', attempt: 1, correlation: 'run_1-1', remainingMs: 3_600_000 };
  return session.start({ ...request, parameters, ...(rawBody === undefined ? {} : { rawBody }) }, options());
}

function handleOf(started: Started): Json {
  if (started.kind !== 'accepted') throw new Error(`expected an accepted start, got ${JSON.stringify(started)}`);
  return started.handle;
}

/** An endpoint of one test. */
function endpoint(fields: Partial<PhixflowEndpoint>): PhixflowEndpoint {
  const body = { success: true };
  return {
    ...{ description: 'test', application: 'App', name: 'Endpoint', mode: 'sync', durationMs: 0 },
    answer: () => ({ body }),
    ...fields,
  };
}

/** Starts on a platform that answers with exactly this. */
async function startAnswered(target: JsonObject, reply: ReplyFault, settings: JsonObject = {}) {
  const { simulator, session } = await open({
    target: { application: 'Orders', endpoint: 'Create Order', ...target },
    settings,
  });
  simulator.faults.add({ path: '/trigger', fault: { kind: 'reply-after', ...reply } });
  const result = await start(session).catch((error: unknown) => error as Error);
  expect(simulator.requests).toHaveLength(1);
  return result;
}

interface ReplyFault {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('where phixflow sends', () => {
  it('puts application and endpoint into the path of version 11, each percent-encoded once', async () => {
    const endpoints = [endpoint({ application: 'My App', name: 'A/B 100%' })];
    const { simulator, session } = await open({
      platform: { endpoints },
      target: { application: 'My App', endpoint: 'A/B 100%', mode: 'sync' },
    });
    await expect(start(session)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
    expect(simulator.requests[0]?.path).toBe(`${TRIGGER}/My%20App/A%2FB%20100%25/trigger`);
  });

  it('leaves the application out of the path of version 10, which version 11 still serves', async () => {
    const { simulator, session } = await open({
      settings: { urlStyle: 'v10' },
      target: { endpoint: 'Create Order', mode: 'sync' },
    });
    await expect(start(session)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
    expect(simulator.requests[0]).toMatchObject({ method: 'POST', path: `${TRIGGER}/Create%20Order/trigger` });
  });

  it('puts an alias in place of application and endpoint, in the start and in the status call', async () => {
    const target = { endpoint: 'import-orders', mode: 'async' };
    const { simulator, session } = await open({ settings: { urlStyle: 'alias' }, target });
    await session.poll?.(handleOf(await start(session)), options());
    expect(simulator.requests.map(({ path }) => path)).toEqual([
      `${TRIGGER}/import-orders/trigger`,
      `${TRIGGER}/import-orders/status/12345`,
    ]);
  });

  it('sends the token in the default header, and never in the URL', async () => {
    const { simulator, session } = await open({ target: PHIXFLOW_TARGETS.createOrder });
    await start(session);
    expect(simulator.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(simulator.requests[0]?.path).not.toContain(TOKEN);
  });

  it('sends the token under the name and prefix of the settings, because the documents have lost both', async () => {
    const { simulator, session } = await open({
      platform: { headerName: 'X-PhixFlow-Key', headerPrefix: '' },
      settings: { headerName: 'X-PhixFlow-Key', headerPrefix: '' },
      target: PHIXFLOW_TARGETS.createOrder,
    });
    await expect(start(session)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
    expect(simulator.requests[0]?.headers).toMatchObject({ 'x-phixflow-key': TOKEN });
    expect(simulator.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('does without a key where the endpoint allows anonymous connections', async () => {
    const endpoints = [endpoint({ anonymous: true })];
    const target = { application: 'App', endpoint: 'Endpoint', mode: 'sync' };
    const { simulator, session } = await open({ platform: { endpoints }, target, anonymous: true });
    await expect(start(session)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
    expect(simulator.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(phixflow.anonymous).toBe(true);
  });

  it.each([401, 403] as const)('reads a bad token answered with %i as a refusal of the key', async (badTokenStatus) => {
    const platform = { token: 'another-token', badTokenStatus };
    const { session, jobs } = await open({ platform, target: PHIXFLOW_TARGETS.createOrder });
    await expect(start(session)).rejects.toMatchObject({ name: 'ProviderUnauthorizedError', status: badTokenStatus });
    expect(jobs()).toHaveLength(0);
  });
});

describe('what phixflow sends', () => {
  it('sends parameters as a JSON body', async () => {
    const { simulator, session } = await open({ target: PHIXFLOW_TARGETS.createOrder });
    await start(session, { customer: 'C-17', lines: [{ sku: 'A1' }] });
    expect(simulator.requests[0]).toMatchObject({
      method: 'POST',
      body: '{"customer":"C-17","lines":[{"sku":"A1"}]}',
      headers: { 'content-type': 'application/json' },
    });
  });

  it('sends the parameters of a GET in the query as text, encoded, and no body', async () => {
    const { simulator, session } = await open({ target: PHIXFLOW_TARGETS.findOrder });
    await expect(start(session, { orderId: 'a&b=c d', max: 5, tags: ['x'] })).resolves.toMatchObject({
      output: { value: { orderId: 'a&b=c d' } },
    });
    const { path = '', body, method } = simulator.requests[0] ?? {};
    expect(Object.fromEntries(new URL(path, 'http://x').searchParams)).toEqual({
      orderId: 'a&b=c d',
      max: '5',
      tags: '["x"]',
    });
    expect({ body, method }).toEqual({ body: '', method: 'GET' });
  });

  it('sends chosen parameters in the query beside a body, for extra input parameters of the endpoint', async () => {
    const target = { ...PHIXFLOW_TARGETS.createOrder, queryParameters: ['region'] };
    const { simulator, session } = await open({ target, settings: { timeoutMs: 30_000 } });
    await start(session, { region: 'EU', customer: 'C-17' });
    expect(simulator.requests[0]).toMatchObject({
      path: `${TRIGGER}/Orders/Create%20Order/trigger?region=EU&timeout=30000`,
      body: '{"customer":"C-17"}',
    });
  });

  it('sends a raw body as it was given, under the content type of the settings', async () => {
    const target = { ...PHIXFLOW_TARGETS.createOrder, settings: { contentType: 'text/csv' } };
    const { simulator, session } = await open({ target });
    await start(session, {}, 'a;b\r\n1;2');
    expect(simulator.requests[0]).toMatchObject({ body: 'a;b\r\n1;2', headers: { 'content-type': 'text/csv' } });
  });

  it('starts over a fresh connection, because a stale one would make the start ambiguous', async () => {
    const { simulator, session } = await open({ target: PHIXFLOW_TARGETS.rejectOrder });
    await start(session);
    expect(simulator.requests[0]?.headers.connection).toBe('close');
  });
});

describe('how long phixflow waits', () => {
  const limitOf = (settings: JsonObject, target: Readonly<Record<string, unknown>>) =>
    openSession(phixflow, { baseUrl: 'http://127.0.0.1:9/phixflow', settings, target }).startTimeoutMs;

  it('waits longer than the 60 s that a synchronous endpoint may take by default', () => {
    expect(limitOf({}, PHIXFLOW_TARGETS.createOrder)).toBe(65_000);
  });

  it('takes the endpoint property before the default, and the timeout in the URL before the property', () => {
    expect(limitOf({ endpointTimeoutMs: 20_000 }, PHIXFLOW_TARGETS.createOrder)).toBe(25_000);
    expect(limitOf({ endpointTimeoutMs: 20_000, timeoutMs: 15_000 }, PHIXFLOW_TARGETS.createOrder)).toBe(20_000);
  });

  it('needs no longer start call for the 500 ms of an asynchronous endpoint', () => {
    expect(limitOf({}, PHIXFLOW_TARGETS.importOrders)).toBeUndefined();
    expect(limitOf({ timeoutMs: 20_000 }, PHIXFLOW_TARGETS.importOrders)).toBe(25_000);
  });

  it('cannot be told to wait longer than any start call may last', () => {
    expect(phixflow.settings.safeParse({ timeoutMs: 900_000 }).success).toBe(false);
  });

  it('lets a flow override the settings of its connection, because every endpoint has its own author', () => {
    const target = { ...PHIXFLOW_TARGETS.createOrder, settings: { timeoutMs: 8_000 } };
    expect(limitOf({ timeoutMs: 30_000 }, target)).toBe(13_000);
  });

  it('reads the reply of the start for exactly so long', async () => {
    const sent: HttpRequest[] = [];
    const http: HttpClient = {
      send: async () => Promise.reject(new Error('not used')),
      download: async (request) => {
        sent.push(request);
        return { status: 204, header: () => undefined, body: (async function* () {})() };
      },
    };
    const settings = phixflow.settings.parse({ timeoutMs: 15_000 });
    const target = phixflow.target.parse(PHIXFLOW_TARGETS.createOrder);
    await start(phixflow.connect({ settings, target, http, baseUrl: 'http://127.0.0.1/phixflow' }));
    expect(sent).toMatchObject([{ limits: { totalMs: 20_000 }, query: { timeout: 15_000 }, once: true }]);
  });
});

describe('a synchronous phixflow endpoint', () => {
  it('ends with the data of the named output', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.createOrder });
    expect(session.poll).toBeUndefined();
    await expect(start(session, { customer: 'C-17' })).resolves.toEqual({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED', remoteStatus: 'true' },
      output: { value: [{ orderId: '9001', customer: 'C-17' }], files: [] },
    });
  });

  it('gives the whole reply without a name, and finds a name at the pointers of the settings, escaped', async () => {
    const endpoints = [endpoint({ answer: () => ({ body: { data: { 'a/b~c': 7 } } }) })];
    const target = { application: 'App', endpoint: 'Endpoint', mode: 'sync' };
    const whole = await open({ platform: { endpoints }, target });
    await expect(start(whole.session)).resolves.toMatchObject({ output: { value: { data: { 'a/b~c': 7 } } } });
    const named = await open({
      platform: { endpoints },
      target: { ...target, outputName: 'a/b~c', settings: { outputPointers: ['/data/{outputName}'] } },
    });
    await expect(start(named.session)).resolves.toMatchObject({ output: { value: 7 } });
  });

  it('reads a named output that is not there as no output, never as another', async () => {
    const { session } = await open({ target: { ...PHIXFLOW_TARGETS.createOrder, outputName: 'Other' } });
    await expect(start(session)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' }, output: { files: [] } });
  });

  it('keeps whole numbers beyond 2^53 exact in an output', async () => {
    const body = '{"outputs":{"Result":9007199254740993}}';
    await expect(
      startAnswered({ mode: 'sync', outputName: 'Result' }, { status: 200, body, headers: JSON_TYPE }),
    ).resolves.toMatchObject({ output: { value: '9007199254740993' } });
  });

  it('gives a document as a file with its very bytes', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.printInvoice });
    const started = await start(session);
    const file = started.kind === 'ended' ? started.output?.files[0] : undefined;
    expect(file).toMatchObject({ name: 'reply.pdf', mediaType: 'application/pdf' });
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await file?.open(options())) ?? []) chunks.push(chunk);
    const expected = PHIXFLOW_ENDPOINTS.find(({ name }) => name === 'Print Invoice')?.answer({
      ...{ body: '', contentType: '', url: '', parameters: {} },
    }).body;
    expect(Buffer.concat(chunks).equals(Buffer.from(expected as Uint8Array))).toBe(true);
  });

  it('gives plain text as a value', async () => {
    const reply = { status: 200, body: 'Order 9001', headers: { 'content-type': 'text/plain' } };
    await expect(startAnswered({ mode: 'sync' }, reply)).resolves.toMatchObject({
      verdict: { status: 'SUCCEEDED' },
      output: { value: 'Order 9001' },
    });
  });

  it('is not believed to be synchronous when it answers with a process id', async () => {
    const target = { ...PHIXFLOW_TARGETS.importOrders, mode: 'sync' };
    const { session } = await open({ target, settings: { timeoutMs: 500 } });
    await expect(start(session)).rejects.toMatchObject({
      name: 'ProviderProtocolError',
      message: expect.stringContaining('target.mode'),
    });
  });

  it('reads JSON under the type of plain text, because authors set types by hand', async () => {
    const reply = { status: 200, body: ' {"status":"Fail"}', headers: { 'content-type': 'text/plain' } };
    await expect(startAnswered({ mode: 'sync' }, reply)).resolves.toMatchObject({ verdict: { status: 'FAILED' } });
  });

  it('gives an HTML page as a file where the operator says that the endpoint writes pages', async () => {
    const reply = { status: 200, body: '<html></html>', headers: { 'content-type': 'text/html' } };
    await expect(startAnswered({ mode: 'sync' }, reply, { htmlReplies: true })).resolves.toMatchObject({
      output: { files: [{ name: 'reply.html', mediaType: 'text/html' }] },
    });
  });

  it('takes 204 for a success without output', async () => {
    await expect(startAnswered({ mode: 'sync' }, { status: 204 })).resolves.toEqual({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED' },
    });
  });

  it.each([
    ['an HTML page', { 'content-type': 'text/html' }, '<!doctype html><p>Sign in</p>'],
    ['HTML that calls itself JSON', JSON_TYPE, '<html></html>'],
    ['HTML that calls itself text', { 'content-type': 'text/plain' }, '\n<!DOCTYPE html>'],
    ['half a JSON document', JSON_TYPE, '{"success":true,"outp'],
    ['null', JSON_TYPE, 'null'],
    ['UTF-16', JSON_TYPE, '{\u0000"\u0000'],
  ])('takes %s with 200 for a lost reply, because a proxy may have written it', async (_, headers, body) => {
    const lost = await startAnswered({ mode: 'sync' }, { status: 200, headers, body });
    expect(lost).toMatchObject({ name: 'ReplyLostError' });
  });

  it('hands a reply over that is larger than allowed as finished, with its output to be fetched by a human', async () => {
    const reply = { status: 200, headers: JSON_TYPE, body: JSON.stringify('x'.repeat(2_000)) };
    await expect(startAnswered({ mode: 'sync' }, reply, { maxReplyBytes: 1_024 })).resolves.toMatchObject({
      kind: 'ended',
      verdict: { status: 'FALLOUT', falloutReason: 'OUTPUT_TOO_LARGE' },
    });
  });
});

describe('the HTTP status before the word in a phixflow reply', () => {
  const answer = (status: number, body: Json) =>
    startAnswered({ mode: 'sync' }, { status, body: JSON.stringify(body), headers: JSON_TYPE });

  it.each([
    ['Success', { status: 'Success' }, 'SUCCEEDED'],
    ['Fail', { status: 'Fail' }, 'FAILED'],
    ['success: false', { success: false }, 'FAILED'],
    ['Fail beside success: true', { status: 'Fail', success: true }, 'FAILED'],
    ["a word of the author's own business", { status: 'posted' }, 'SUCCEEDED'],
    ['no word', { outputs: {} }, 'SUCCEEDED'],
  ])('reads 200 with %s', async (_, body, status) => {
    await expect(answer(200, body)).resolves.toMatchObject({ kind: 'ended', verdict: { status } });
  });

  it("keeps the author's message of a failure", async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.rejectOrder });
    await expect(start(session)).resolves.toEqual({
      kind: 'ended',
      verdict: {
        status: 'FAILED',
        remoteStatus: 'false',
        error: { code: 'PROVIDER_FAILED', message: 'The customer is blocked.' },
      },
    });
  });

  it('takes a status code of the author with a Fail word for a failure: the endpoint has run', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.validateOrder });
    await expect(start(session)).resolves.toMatchObject({ verdict: { status: 'FAILED', remoteStatus: 'Fail' } });
  });

  it.each([400, 404, 409, 422])('takes %i without a word for a refusal', async (status) => {
    await expect(answer(status, { hint: 'no' })).resolves.toMatchObject({ name: 'ProviderRefusedError', status });
  });

  it('takes 422 with a Success word for a refusal, because the status comes first', async () => {
    await expect(answer(422, { status: 'Success' })).resolves.toMatchObject({ name: 'ProviderRefusedError' });
  });

  it('takes 500 with a Fail word for a failure, and 500 without one for a lost reply', async () => {
    await expect(answer(500, { status: 'Fail' })).resolves.toMatchObject({ verdict: { status: 'FAILED' } });
    await expect(answer(500, { status: 500 })).resolves.toMatchObject({ name: 'ReplyLostError' });
  });

  it.each([502, 503, 504])(
    'does not believe "error" with %i, because a proxy calls its own trouble that',
    async (status) => {
      await expect(answer(status, { status: 'error' })).resolves.toMatchObject({ name: 'ReplyLostError', status });
    },
  );

  it('takes 429 for "later" whatever the body says', async () => {
    const later = await answer(429, { status: 'Fail' });
    expect(later).toMatchObject({ name: 'ProviderThrottledError' });
  });

  it('does not follow a redirect, nor believe a word beside it', async () => {
    const headers = { ...JSON_TYPE, location: 'https://elsewhere.example.com/' };
    const reply = { status: 307, headers, body: '{"status":"Fail"}' };
    await expect(startAnswered({ mode: 'sync' }, reply)).resolves.toMatchObject({ name: 'ReplyLostError' });
  });

  it("takes the operator's word that a 5xx means nothing was accepted", async () => {
    const settings = { serverErrorMeansNotAccepted: true };
    await expect(startAnswered({ mode: 'sync' }, { status: 503 }, settings)).resolves.toMatchObject({
      name: 'RequestNotSentError',
    });
  });
});

describe('a synchronous phixflow timeout aborts the command', () => {
  const late = (abortShows: NonNullable<PhixflowOptions['abortShows']>, settings: JsonObject = {}) =>
    open({
      platform: { abortShows },
      target: PHIXFLOW_TARGETS.yearReport,
      settings: { timeoutMs: 10_000, ...settings },
    });

  it.each(['500', '504'] as const)('ends as TIMED_OUT when %i says so by its word', async (abortShows) => {
    const { session, jobs } = await late(abortShows);
    await expect(start(session)).resolves.toMatchObject({
      kind: 'ended',
      verdict: { status: 'TIMED_OUT', remoteStatus: 'Aborted', error: { code: 'PROVIDER_TIMED_OUT' } },
    });
    expect(jobs()).toMatchObject([{ state: 'aborted' }]);
  });

  it('stays in doubt with a bare 504, because a gateway with a shorter patience sends the same', async () => {
    const { session } = await late('bare-504');
    await expect(start(session)).rejects.toMatchObject({ name: 'ReplyLostError', status: 504 });
  });

  it("ends as TIMED_OUT with a bare 504 where the operator knows it for PhixFlow's own", async () => {
    const { session } = await late('bare-504', { abortStatuses: [504] });
    await expect(start(session)).resolves.toMatchObject({
      verdict: { status: 'TIMED_OUT', remoteStatus: 'HTTP 504' },
    });
  });

  it('stays in doubt when the connection is dropped instead of answered', async () => {
    const { session, jobs } = await late('drop');
    await expect(start(session)).rejects.toMatchObject({ name: 'ReplyLostError' });
    expect(jobs()).toMatchObject([{ state: 'aborted' }]);
  });

  it('is overridden by the endpoint property, and that by the timeout in the URL', async () => {
    const slow = { mode: 'sync', durationMs: 5_000 } as const;
    const endpoints = [endpoint({ ...slow, timeoutMs: 2_000 })];
    const target = { application: 'App', endpoint: 'Endpoint', mode: 'sync' };
    const byProperty = await open({ platform: { endpoints }, target });
    await expect(start(byProperty.session)).resolves.toMatchObject({ verdict: { status: 'TIMED_OUT' } });
    const byUrl = await open({ platform: { endpoints }, target, settings: { timeoutMs: 6_000 } });
    await expect(start(byUrl.session)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });
});

describe('phixflow records that are sent one at a time fail one at a time', () => {
  const book = async (lines: Json, settings: JsonObject = {}) => {
    const { session } = await open({ target: { ...PHIXFLOW_TARGETS.bookLines, settings } });
    return start(session, { lines });
  };
  const good = { sku: 'A1', quantity: 1 };
  const bad = { sku: 'B2', quantity: 0 };

  it('ends with warnings when some failed, although the reply says success', async () => {
    await expect(book([good, bad, good])).resolves.toMatchObject({
      verdict: {
        status: 'SUCCEEDED_WITH_WARNINGS',
        error: {
          message: '1 of 3 records failed',
          details: [{ record: 1, status: 'Fail', message: 'the quantity must be positive' }],
        },
      },
      output: { value: { success: true } },
    });
  });

  it('fails when all failed, although the reply says success', async () => {
    const started = await book([bad, bad]);
    expect(started).toMatchObject({ verdict: { status: 'FAILED', error: { message: '2 of 2 records failed' } } });
    expect(started).not.toHaveProperty('output');
  });

  it('succeeds when none failed, and when there are none', async () => {
    await expect(book([good])).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
    await expect(book([])).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });

  it('does not look for records where the operator says that the list is data', async () => {
    await expect(book([bad], { recordsPointers: [] })).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });
});

describe('an asynchronous phixflow endpoint', () => {
  it('is accepted with its process id, runs, succeeds, and has its output in the last status reply', async () => {
    const { session, clock } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    const started = await start(session, { region: 'EU' });
    expect(started).toEqual({
      kind: 'accepted',
      handle: { application: 'Orders', endpoint: 'Import Orders', remoteId: '12345' },
      remoteId: '12345',
      status: 'RUNNING',
    });
    const handle = handleOf(started);
    expect(await session.poll?.(handle, options())).toEqual({
      kind: 'going',
      status: 'RUNNING',
      remoteStatus: 'Running',
    });
    clock.ms += 3_000;
    expect(await session.poll?.(handle, options())).toEqual({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED', remoteStatus: 'Success' },
    });
    expect(await session.fetchOutput?.(handle, options())).toEqual({ value: { orders: 42, region: 'EU' }, files: [] });
  });

  it('fails with the words of its author', async () => {
    const { session, clock } = await open({ target: PHIXFLOW_TARGETS.closeLedger });
    const handle = handleOf(await start(session));
    clock.ms += 2_000;
    expect(await session.poll?.(handle, options())).toMatchObject({
      kind: 'ended',
      verdict: { status: 'FAILED', remoteStatus: 'Fail', error: { message: 'The ledger has open items.' } },
    });
  });

  it('may be done within its 500 ms and answer with its result instead of a process id: a finished run', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.lookUpPrice });
    await expect(start(session)).resolves.toMatchObject({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED' },
      output: { value: 12.5 },
    });
  });

  it('may answer with a document instead of a process id: a finished run too', async () => {
    const reply = { status: 200, body: '%PDF-1.7', headers: { 'content-type': 'application/pdf' } };
    const target = { endpoint: 'Import Orders', mode: 'async' };
    await expect(startAnswered(target, reply)).resolves.toMatchObject({
      verdict: { status: 'SUCCEEDED' },
      output: { files: [{ name: 'reply.pdf' }] },
    });
  });

  it('answers with its result after a longer wait too, when the timeout in the URL allows it', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.importOrders, settings: { timeoutMs: 4_000 } });
    await expect(start(session)).resolves.toMatchObject({ kind: 'ended', output: { value: { orders: 42 } } });
  });

  it.each([
    ['a number', 'number'],
    ['text', 'string'],
    ['nested', 'nested'],
    ['a plain id', 'id'],
  ] as const)('takes a process id that is %s as text', async (_, processIdShape) => {
    const { session, simulator } = await open({ platform: { processIdShape }, target: PHIXFLOW_TARGETS.importOrders });
    const handle = handleOf(await start(session));
    expect(handle).toMatchObject({ remoteId: '12345' });
    await session.poll?.(handle, options());
    expect(simulator.requests[1]?.path).toBe(`${TRIGGER}/Orders/Import%20Orders/status/12345`);
  });

  it.each(['number', 'string'] as const)(
    'keeps a process id beyond 2^53 exact when it comes as a %s',
    async (shape) => {
      const { session } = await open({
        platform: { processIdShape: shape, firstProcessId: '12345678901234567891' },
        target: PHIXFLOW_TARGETS.importOrders,
      });
      const handle = handleOf(await start(session));
      expect(handle).toMatchObject({ remoteId: '12345678901234567891' });
      await expect(session.poll?.(handle, options())).resolves.toMatchObject({ kind: 'going' });
    },
  );

  it('takes 202 with a process id like 200', async () => {
    const { session } = await open({ platform: { acceptStatus: 202 }, target: PHIXFLOW_TARGETS.importOrders });
    await expect(start(session)).resolves.toMatchObject({ kind: 'accepted', remoteId: '12345' });
  });

  it.each([
    ['202 and no process id', 202, '{}'],
    ['nothing at all', 200, ''],
    ['a running word and no process id', 200, '{"status":"Running"}'],
    ['an unknown word and no process id', 200, '{"status":"Spooling"}'],
    ['an object for an id', 200, '{"processId":{"a":1}}'],
    ['a broken number for an id', 200, '{"processId":1.5}'],
    ['an id that would climb out of the path', 200, '{"processId":".."}'],
    ['an id with a line break', 200, '{"processId":"1\\n2"}'],
    ['a JSON string', 200, '"ok"'],
    ['half a document', 200, '{"processId":'],
    ['an HTML page', 200, '<html>'],
    ['null', 200, 'null'],
  ])('is in doubt, never refused and never sent again, when the reply has %s', async (_, status, body) => {
    const target = { endpoint: 'Import Orders', mode: 'async' };
    const result = await startAnswered(target, { status, body, headers: JSON_TYPE });
    expect(['ReplyLostError', 'ProviderProtocolError']).toContain((result as Error).name);
  });

  it.each<[string, FaultRule['fault']]>([
    ['is reset after the endpoint began', { kind: 'reset-after' }],
    ['breaks off in the body', { kind: 'cut-body', bytes: 5 }],
    ['is a 500', { kind: 'reply-after', status: 500 }],
  ])('is in doubt when the reply to its start %s', async (_, fault) => {
    const { simulator, session, jobs } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    simulator.faults.add({ fault });
    await expect(start(session)).rejects.toMatchObject({ name: 'ReplyLostError' });
    expect(jobs()).toHaveLength(1);
    expect(simulator.requests).toHaveLength(1);
  });
});

describe('the handle of a phixflow run', () => {
  it('leads to the endpoint that was started, whatever the flow says by now', async () => {
    const { session, simulator } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    const handle = handleOf(await start(session));
    const baseUrl = `${simulator.origin}/phixflow`;
    const credentials = { apiKey: TOKEN };
    const later = openSession(phixflow, { baseUrl, credentials, target: PHIXFLOW_TARGETS.closeLedger });
    await expect(later.poll?.(handle, options())).resolves.toMatchObject({ kind: 'going' });
  });

  it('may be the process id alone, as when a human adopts a run', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    await start(session);
    await expect(session.poll?.('12345', options())).resolves.toMatchObject({ kind: 'going' });
    await expect(session.poll?.({ nothing: 1 }, options())).rejects.toMatchObject({ name: 'ProviderProtocolError' });
  });
});

describe('fire-and-forget', () => {
  const target = { ...PHIXFLOW_TARGETS.importOrders, settings: { poll: false } };

  it('is handed off, never called a success, and offers no status call', async () => {
    const { session } = await open({ target });
    expect(session.poll).toBeUndefined();
    expect(session.fetchOutput).toBeUndefined();
    await expect(start(session)).resolves.toEqual({
      kind: 'ended',
      remoteId: '12345',
      verdict: { status: 'HANDED_OFF' },
    });
  });

  it('needs no process id', async () => {
    await expect(startAnswered(target, { status: 202 })).resolves.toMatchObject({ verdict: { status: 'HANDED_OFF' } });
  });
});

describe('the phixflow status call', () => {
  const running = async (setting: Omit<Setting, 'target'> = {}) => {
    const opened = await open({ target: PHIXFLOW_TARGETS.importOrders, ...setting });
    const handle = handleOf(await start(opened.session));
    return { ...opened, look: async () => opened.session.poll?.(handle, options()) };
  };
  const answered = async (body: string, settings: JsonObject = {}, status = 200) => {
    const { simulator, look } = await running({ settings });
    simulator.faults.add({ path: '/status/', fault: { kind: 'reply', status, body, headers: JSON_TYPE } });
    return look().catch((error: unknown) => error);
  };

  it('goes to the URL of the settings, whose form is not in the documents', async () => {
    const { look, simulator } = await running({
      platform: { pollPath: '/api/1/process state/:processId', pollMethod: 'POST' },
      settings: { pollUrlTemplate: '{base}/api/1/process state/{processId}', pollMethod: 'POST' },
    });
    await expect(look()).resolves.toMatchObject({ kind: 'going' });
    expect(simulator.requests[1]).toMatchObject({ method: 'POST', path: '/phixflow/api/1/process%20state/12345' });
    expect(simulator.requests[1]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('can have the process id in its query', async () => {
    const { look, simulator } = await running({
      platform: { pollPath: '/api/1/status' },
      settings: { pollUrlTemplate: '{base}/api/1/status?processId={processId}&of={application}' },
    });
    await expect(look()).resolves.toMatchObject({ kind: 'going' });
    expect(simulator.requests[1]?.path).toBe('/phixflow/api/1/status?processId=12345&of=Orders');
  });

  it('encodes what is put into the URL once, so that an id leads nowhere else', async () => {
    const { session, simulator } = await open({ target: PHIXFLOW_TARGETS.importOrders });
    const poll = session.poll?.('../../x?y={endpoint}%2e', options());
    await expect(poll).rejects.toMatchObject({ name: 'RemoteNotFoundError' });
    expect(simulator.requests[0]?.path).toBe(
      `${TRIGGER}/Orders/Import%20Orders/status/..%2F..%2Fx%3Fy%3D%7Bendpoint%7D%252e`,
    );
  });

  it('does not fill in what a name happens to look like', async () => {
    const settings = { pollUrlTemplate: '{base}/s-{endpoint}/{processId}' };
    const target = { application: 'A', endpoint: '{processId}', mode: 'async' };
    const { session, simulator } = await open({ target, settings });
    await expect(session.poll?.('1', options())).rejects.toMatchObject({ name: 'RemoteNotFoundError' });
    expect(simulator.requests[0]?.path).toBe('/phixflow/s-%7BprocessId%7D/1');
  });

  it.each([
    ['https://elsewhere.example.com/{processId}'],
    ['{base}.example.com/{processId}'],
    ['{base}/../{processId}'],
    ['{base}//{processId}'],
    ['{base}/status'],
    ['{base}/{process}/{processId}'],
    ['{base}/status?{processId}'],
    ['{base}/{processId}#x'],
  ])('cannot be set to %s', (pollUrlTemplate) => {
    expect(phixflow.settings.safeParse({ pollUrlTemplate }).success).toBe(false);
  });

  it.each(['Spooling', 'Completed', 'constructor', 'SUCCESSFUL', 'not failed'])(
    'reads the unknown word %s as still going',
    async (word) => {
      await expect(answered(JSON.stringify({ status: word }))).resolves.toEqual({
        kind: 'going',
        status: 'RUNNING',
        remoteStatus: word,
        unknownWord: true,
      });
    },
  );

  it('reads the words of the settings, without regard to case and spaces', async () => {
    const settings = { successWords: ['All Done'], failureWords: ['Kaputt'] };
    await expect(answered('{"status":" all done "}', settings)).resolves.toMatchObject({
      verdict: { status: 'SUCCEEDED', remoteStatus: ' all done ' },
    });
    await expect(answered('{"status":"KAPUTT"}', settings)).resolves.toMatchObject({ verdict: { status: 'FAILED' } });
    await expect(answered('{"status":"Success"}', settings)).resolves.toMatchObject({ kind: 'going' });
  });

  it('reads the word at the pointers of the settings', async () => {
    const settings = { statusPointers: ['/reply/0/state'] };
    await expect(answered('{"status":"Running","reply":[{"state":"Fail"}]}', settings)).resolves.toMatchObject({
      verdict: { status: 'FAILED' },
    });
  });

  it('passes on how long the platform asks to wait', async () => {
    const { simulator, look } = await running();
    const headers = { ...JSON_TYPE, 'retry-after': '7' };
    simulator.faults.add({ path: '/status/', fault: { kind: 'reply', status: 202, body: '{}', headers } });
    await expect(look()).resolves.toMatchObject({ kind: 'going', hints: { retryAfterMs: 7_000 } });
  });

  it('does not take "success: true" of the call for the success of the run', async () => {
    await expect(answered('{"success":true,"processId":12345,"status":"Running"}')).resolves.toMatchObject({
      kind: 'going',
    });
    await expect(answered('{"success":true,"processId":12345}')).resolves.toMatchObject({
      name: 'ProviderProtocolError',
    });
  });

  it('takes 202 for still going whatever the body says, because the status comes first', async () => {
    await expect(answered('{"status":"Success"}', {}, 202)).resolves.toMatchObject({ kind: 'going' });
  });

  it('believes the result inside a status reply before the word outside it', async () => {
    const failed = '{"status":"Success","result":{"records":[{"status":"Fail"},{"status":"Success"}]}}';
    await expect(answered(failed)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED_WITH_WARNINGS' } });
    await expect(answered('{"status":"Success","result":{"success":false}}')).resolves.toMatchObject({
      verdict: { status: 'FAILED' },
    });
  });

  it("does not take another run's answer for this one's", async () => {
    await expect(answered('{"processId":99,"status":"Success"}')).resolves.toMatchObject({
      name: 'ProviderProtocolError',
    });
  });

  it.each([
    ['an HTML page', '<html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['text', '"Success"'],
    ['half a document', '{"status":"Succ'],
    ['a number for a word', '{"status":200}'],
  ])('learns nothing from %s with 200, and gives no verdict', async (_, body) => {
    const error = await answered(body);
    expect(['ReplyLostError', 'ProviderProtocolError']).toContain((error as Error).name);
  });

  it('learns nothing from a 500 with a Fail word, because a bad look never fails a run', async () => {
    await expect(answered('{"status":"Fail"}', {}, 500)).resolves.toMatchObject({ name: 'ReplyLostError' });
  });

  it('says that the platform does not know the run on 404, and that the key is refused on 401', async () => {
    await expect(answered('{}', {}, 404)).resolves.toMatchObject({ name: 'RemoteNotFoundError' });
    await expect(answered('{}', {}, 401)).resolves.toMatchObject({ name: 'ProviderUnauthorizedError' });
  });

  it('reads a final reply of more than the usual size, because it carries the output', async () => {
    const body = JSON.stringify({ status: 'Success', result: { outputs: { Imported: 'x'.repeat(400_000) } } });
    await expect(answered(body)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
  });
});

describe('a phixflow endpoint that the operator declares idempotent', () => {
  const settings = { endpointIdempotent: true };

  it('may be started again after a lost answer, and the simulated author recognises the repeat', async () => {
    const { simulator, session, jobs } = await open({ target: PHIXFLOW_TARGETS.createOrder, settings });
    simulator.faults.add({ fault: { kind: 'reset-after' } });
    const parameters = { correlation: 'run_1-1' };
    await expect(start(session, parameters)).rejects.toMatchObject({
      name: 'RequestNotSentError',
      message: expect.stringContaining('the operator declared the endpoint idempotent'),
    });
    await expect(start(session, parameters)).resolves.toMatchObject({ verdict: { status: 'SUCCEEDED' } });
    expect(jobs()).toHaveLength(1);
  });

  it('keeps every other answer as it is', async () => {
    const refused = await startAnswered({ mode: 'sync' }, { status: 422 }, settings);
    expect(refused).toMatchObject({ name: 'ProviderRefusedError' });
  });

  it('offers no list of runs: an empty one would be a lie', async () => {
    const { session } = await open({ target: PHIXFLOW_TARGETS.createOrder, settings });
    expect(session.find).toBeUndefined();
    expect(session.cancel).toBeUndefined();
  });
});

describe('mistakes in a phixflow flow', () => {
  function issues(target: JsonObject, flow: JsonObject = {}, settings: JsonObject = {}) {
    const parsedFlow = flowSchema.parse({ connection: 'c', target: {}, ...flow });
    const parsedTarget = phixflow.target.parse({ application: 'App', endpoint: 'E', mode: 'sync', ...target });
    return phixflow.checkFlow?.(parsedFlow, phixflow.settings.parse(settings), parsedTarget).map(({ path }) => path);
  }
  const secret = { parameters: { pin: { type: 'text', sensitive: true } } };

  it('finds none in a plain flow', () => {
    expect(issues({}, secret)).toEqual([]);
  });

  it('names a sensitive parameter that would go into the URL', () => {
    expect(issues({ method: 'GET' }, secret)).toEqual(['parameters.pin']);
    expect(issues({ queryParameters: ['pin'] }, secret)).toEqual(['parameters.pin']);
  });

  it.each(['timeout', 'body', 'contentType', 'headers', 'url'])('names the reserved query name %s', (apiName) => {
    const flow = { parameters: { mine: { type: 'text', apiName } } };
    expect(issues({ method: 'GET' }, flow)).toEqual(['parameters.mine']);
    expect(issues({}, flow)).toEqual([]);
  });

  it('names what the URLs of a version cannot say', () => {
    const { urlStyle: _, ...v10 } = { urlStyle: 'v10', application: 'App' };
    expect(issues(v10, {}, { urlStyle: 'v10' })).toEqual(['target.application']);
    const target = phixflow.target.parse({ endpoint: 'E', mode: 'async', method: 'GET' });
    const flow = flowSchema.parse({ connection: 'c', target: {} });
    const found = phixflow.checkFlow?.(flow, phixflow.settings.parse({ urlStyle: 'v10' }), target);
    expect(found?.map(({ path }) => path)).toEqual(['target.method', 'target.mode']);
    const v11 = phixflow.checkFlow?.(flow, phixflow.settings.parse({}), target);
    expect(v11?.map(({ path }) => path)).toEqual(['target.application']);
  });

  it('names the application that the status URL needs', () => {
    const settings = phixflow.settings.parse({
      urlStyle: 'alias',
      pollUrlTemplate: '{base}/{application}/{processId}',
    });
    const target = phixflow.target.parse({ endpoint: 'alias', mode: 'async' });
    const flow = flowSchema.parse({ connection: 'c', target: {} });
    expect(phixflow.checkFlow?.(flow, settings, target).map(({ path }) => path)).toEqual(['target.application']);
  });

  it('names a raw body that a GET cannot carry, and a query name that no parameter has', () => {
    expect(issues({ method: 'GET' }, { rawBody: true })).toEqual(['rawBody']);
    expect(issues({ queryParameters: ['x'] })).toEqual(['target.queryParameters']);
  });

  it('asks an idempotent endpoint for the parameter by which it recognises a repeat', () => {
    expect(issues({ settings: { endpointIdempotent: true } })).toEqual(['correlationParameter']);
    const flow = { parameters: { mark: { type: 'text' } }, correlationParameter: 'mark' };
    expect(issues({ settings: { endpointIdempotent: true } }, flow)).toEqual([]);
  });

  it('refuses unknown settings, and headers that the request needs for itself', () => {
    expect(phixflow.settings.safeParse({ nonsense: 1 }).success).toBe(false);
    expect(phixflow.settings.safeParse({ headerName: 'Host' }).success).toBe(false);
    expect(phixflow.target.safeParse({ endpoint: 'E', mode: 'later' }).success).toBe(false);
    expect(phixflow.target.safeParse({ endpoint: '..', mode: 'sync' }).success).toBe(false);
  });
});
