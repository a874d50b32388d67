import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../lib/domain/json.ts';
import type { HttpClient, HttpRequest } from '../../lib/http/http-client.ts';
import { phixflow } from '../../lib/providers/phixflow.ts';
import { PHIXFLOW_TARGETS } from '../../lib/simulators/phixflow.ts';
import { endpoint, handleOf, open, options, start, TOKEN, TRIGGER } from '../helpers/phixflow.ts';
import { openSession } from '../helpers/session.ts';

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
