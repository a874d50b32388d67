import { describe, expect, it } from 'vitest';
import { flowSchema } from '../../lib/domain/config.ts';
import type { HttpClient, HttpRequest } from '../../lib/http/http-client.ts';
import { assistEdge } from '../../lib/providers/assist-edge.ts';
import { open, options, PIN, platform, request, retry, sent, sync } from '../helpers/assist-edge.ts';

describe('assist-edge requests', () => {
  it('encode the inputs as JSON within a string, each under Search. and each a string', async () => {
    const simulator = await platform();
    const parameters = { invoiceNo: 'INV-77', amount: 12.5, urgent: true, 'Search.given': 'x', lines: [1] };
    await open(simulator).start(request({ parameters }), options());
    expect(typeof sent(simulator).processInput).toBe('string');
    expect(JSON.parse(sent(simulator).processInput)).toEqual({
      'Search.invoiceNo': 'INV-77',
      'Search.amount': '12.5',
      'Search.urgent': 'true',
      'Search.given': 'x',
      'Search.lines': '[1]',
    });
  });

  it('send the string "{}" when there is no input, since the documents show both a string and an object', async () => {
    const simulator = await platform();
    await open(simulator).start(request({ parameters: {} }), options());
    expect(sent(simulator).processInput).toBe('{}');
  });

  it('write booleans as the platform does where the connection says so', async () => {
    const simulator = await platform();
    const session = open(simulator, { settings: { capitaliseBooleans: true } });
    await session.start(request({ parameters: { urgent: true } }), options());
    expect(sent(simulator).processInput).toBe('{"Search.urgent":"True"}');
  });

  it('spell retry in lower case and switch the retries of the platform off, so that a run starts once', async () => {
    const simulator = await platform();
    await open(simulator, { settings: { source: 'errand' } }).start(request(), options());
    expect(sent(simulator)).toEqual({
      processInput: expect.any(String),
      processName: 'Post',
      profileName: 'Bot',
      requestTimeout: 60_000,
      retry: false,
      isSync: false,
      sourceId: 'run_1-a1',
      source: 'errand',
    });
  });

  it('carry a constant sourceId where the flow has one, else the correlation value of the attempt', async () => {
    const simulator = await platform();
    await open(simulator, { target: { sourceId: 'errand' } }).start(request(), options());
    expect(sent(simulator).sourceId).toBe('errand');
  });

  it.each([
    ['what is left of the run, when nothing is configured', {}, {}, 90_000.7, 90_000],
    ['the configured time, when more is left', { platformTimeout: '30s' }, {}, 90_000, 30_000],
    ['what is left, when more is configured', { platformTimeout: '2h' }, {}, 90_000, 90_000],
    ['an Integer of 32 bits for a run of 300 days', {}, {}, 300 * 86_400_000, 2_147_483_647],
    ['an Integer of 32 bits for a setting of 90 days', { platformTimeout: '90d' }, {}, 300 * 86_400_000, 2_147_483_647],
    ['a share of the rest for each attempt of the platform', { vendorRetry: retry(2, 10_000) }, {}, 80_000, 20_000],
    ['no less than a second', { vendorRetry: retry(2, 60_000) }, {}, 80_000, 1_000],
    ['20 s for a synchronous flow, since a start call has little time', {}, { isSync: true }, 90_000, 20_000],
  ])('give as requestTimeout %s', async (_, settings, target, remainingMs, expected) => {
    const simulator = await platform();
    await open(simulator, { settings, target }).start(request({ remainingMs }), options());
    expect(sent(simulator).requestTimeout).toBe(expected);
  });

  it('ask for the retries of the platform only when told, with its own names', async () => {
    const simulator = await platform();
    const settings = { vendorRetry: { noOfTimesRetry: 2, retryCoolOffInterval: '20s' } };
    await open(simulator, { settings }).start(request(), options());
    expect(sent(simulator)).toMatchObject({
      retry: true,
      retryConfigurations: { noOfTimesRetry: 2, retryCoolOffInterval: 20_000 },
    });
  });

  it.each([
    [{}, '/api/token', '/api/a/automation'],
    [{ tenant: 'acme' }, '/acme/api/Token', '/api/a/automation'],
    [{ tenant: 'acme', submitPath: '/{tenant}/api/a/automation' }, '/acme/api/Token', '/acme/api/a/automation'],
    [{ tokenPath: 'api/Token' }, '/api/Token', '/api/a/automation'],
  ])('go to the paths of the installation: %j', async (settings, tokenPath, submitPath) => {
    const simulator = await platform();
    await open(simulator, { settings }).start(request(), options());
    expect(simulator.requests.map(({ path }) => path)).toEqual([tokenPath, submitPath]);
  });

  it('take the legacy form with Basic authentication of the broker user and no login', async () => {
    const simulator = await platform();
    const settings = { dialect: 'legacy', vendorRetry: retry(1, 5) };
    const started = await open(simulator, { settings, ...sync({ outputApp: 'Mail' }) }).start(request(), options());
    expect(simulator.requests.map(({ path }) => path)).toEqual(['/listener/rpa/api/message']);
    const { payload, ...body } = sent(simulator);
    expect(body).toEqual({
      content_type: 'json',
      content_encoding: 'application/json',
      profile: 'Bot',
      expiration: 20_000,
      wait_for_completion: true,
      source_message_id: 'run_1-a1',
      app_id: '1',
      header: {},
    });
    expect(JSON.parse(payload).PerformAutomation).toMatchObject({
      AutomationInputDictionary: { 'Search.invoiceNo': 'INV-77', 'Search.pin': PIN },
      RetryFlag: true,
      Retry: { PreviousRequestIds: [], NoOfTimesRetry: 1, RetryCoolOffInterval: 5 },
    });
    expect(started).toMatchObject({ verdict: { status: 'SUCCEEDED' }, output: { value: { Sent: 'True' } } });
  });

  it('wait longer than requestTimeout × attempts + cool-offs, silence included: the long reading of the documents', async () => {
    const seen: HttpRequest[] = [];
    const http: HttpClient = {
      send: async (message) => {
        seen.push(message);
        return { status: 401, header: () => undefined, text: '' };
      },
      download: () => Promise.reject(new Error('not used')),
    };
    const settings = assistEdge.settings.parse({ platformTimeout: '4s', vendorRetry: retry(2, 1_000) });
    const target = assistEdge.target.parse({ processName: 'Post', profileName: 'Bot', isSync: true });
    const session = assistEdge.connect({ settings, target, baseUrl: 'https://rpa.example.com', http });
    await expect(session.start(request(), options())).rejects.toMatchObject({ name: 'ProviderUnauthorizedError' });
    expect(session.startTimeoutMs).toBe(3 * 4_000 + 2 * 1_000 + 5_000);
    expect(seen[0]?.limits).toMatchObject({ totalMs: 19_000, idleMs: 19_000 });
    expect(seen[0]?.once).toBe(true);
  });
});

describe('assist-edge configuration', () => {
  it.each([
    ['a result of an asynchronous request', {}, { outputApp: 'ERP' }, {}, 'target.outputApp'],
    ['a required output of an asynchronous request', {}, {}, { outputRequired: true }, 'outputRequired'],
    ['a native body', {}, {}, { rawBody: true }, 'rawBody'],
    ['two parameters under one name', {}, {}, { parameters: { a: text(), b: text('Search.a') } }, 'parameters.b'],
    ['a deadline shorter than the platform may take', { platformTimeout: '2h' }, {}, { deadline: '1h' }, 'deadline'],
    ['a deadline shorter than the cool-offs', { vendorRetry: retry(3, 60_000) }, {}, { deadline: '2m' }, 'deadline'],
  ])('refuses %s', (_, settings, target, flow, path) => {
    expect(issuesOf(settings, target, flow)).toEqual([{ path, message: expect.any(String) }]);
  });

  it('accepts a deadline that covers every attempt and cool-off', () => {
    const settings = { platformTimeout: '10m', vendorRetry: retry(2, 300_000) };
    expect(issuesOf(settings, {}, { deadline: '40m' })).toEqual([]);
    expect(issuesOf(settings, {}, { deadline: '39m' })).toHaveLength(1);
  });

  it.each([
    ['{tenant} without a tenant', { tokenPath: '{tenant}/api/Token' }],
    ['a path that climbs', { submitPath: 'api/../admin' }],
    ['a path with a query', { tokenPath: 'api/token?x=1' }],
    ['a setting nobody knows', { retry: true }],
    ['retries without a number', { vendorRetry: {} }],
  ])('refuses %s', (_, settings) => {
    expect(assistEdge.settings.safeParse(settings).success).toBe(false);
  });
});

function issuesOf(settings: object, target: object, flow: object) {
  const whole = { processName: 'Post', profileName: 'Bot', ...target };
  const parsed = flowSchema.parse({ connection: 'rpa', target: whole, ...flow });
  return assistEdge.checkFlow?.(parsed, assistEdge.settings.parse(settings), assistEdge.target.parse(whole));
}

function text(apiName?: string) {
  return { type: 'text', ...(apiName === undefined ? {} : { apiName }) };
}
