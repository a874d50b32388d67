import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AssistEdgeProcess } from '../../lib/simulators/assist-edge/processes.ts';
import {
  ASSIST_EDGE_PROCESSES,
  type AssistEdgeJob,
  type AssistEdgeOptions,
  createAssistEdgePlatform,
} from '../../lib/simulators/assist-edge.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';

const credentials = { username: 'svc', password: 'secret-77' };
const process: AssistEdgeProcess = {
  profiles: ['Bot'],
  protectedInputs: ['pin'],
  durationMs: 10,
  outputs: ['A', 'B', 'C'].map((AppName) => ({ AppName, CviewDictionary: { IsError: 'False' } })),
};
const valid = { processName: 'P', profileName: 'Bot', requestTimeout: 1_000, sourceId: 's', isSync: true };

async function platform(options: Partial<AssistEdgeOptions> = {}, processes: Record<string, AssistEdgeProcess> = {}) {
  const scenarios = { P: process, ...processes };
  const created = createAssistEdgePlatform({ ...credentials, scenarios, ...options });
  const simulator = await serveSimulator(created);
  onTestFinished(() => simulator.close());
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${simulator.origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const token = await (await post('/api/token', credentials)).text();
  const submit = async (body: unknown, path = '/api/a/automation') => {
    const reply = await post(path, body, { authorization: `Bearer ${token}` });
    return { status: reply.status, body: JSON.parse(await reply.text()) };
  };
  return { post, submit, token, jobs: () => created.jobs() as readonly AssistEdgeJob[] };
}

const inner = (reply: { readonly body: { readonly response: { readonly response: string } } }) =>
  JSON.parse(reply.body.response.response);

describe('the simulated AssistEdge', () => {
  it('answers a bad login with 500, as the vendor documents', async () => {
    const { post } = await platform();
    expect((await post('/api/Token', { ...credentials, password: 'no' })).status).toBe(500);
  });

  it('gives the token as text, as a JSON string or in an object', async () => {
    const replies = ['text', 'json', 'token', 'access_token'] as const;
    const texts = await Promise.all(
      replies.map(async (tokenReply) => {
        const { post } = await platform({ switches: { tokenReply } });
        return (await post('/acme/api/Token', credentials)).text();
      }),
    );
    expect(texts[0]).toMatch(/^\w+\.\w+\.\w+$/);
    expect(texts[1]).toMatch(/^"\w+\.\w+\.\w+"$/);
    expect(JSON.parse(texts[2] ?? '')).toHaveProperty('token');
    expect(JSON.parse(texts[3] ?? '')).toHaveProperty('access_token');
  });

  it('knows one tenant only where it is told so', async () => {
    const { post } = await platform({ switches: { tenant: 'acme' } });
    const paths = ['/acme/api/Token', '/other/api/Token', '/api/Token'];
    const replies = await Promise.all(paths.map((path) => post(path, credentials)));
    expect(replies.map(({ status }) => status)).toEqual([200, 404, 404]);
  });

  it('refuses a token with 401 from the moment it expires', async () => {
    let now = 0;
    const { submit } = await platform({ now: () => now, switches: { tokenLifetimeMs: 1_000 } });
    now = 999;
    expect((await submit(valid)).status).toBe(200);
    now = 1_000;
    expect((await submit(valid)).status).toBe(401);
  });

  it('takes requests under both paths, and in the legacy form of a broker user', async () => {
    const { submit, post, jobs } = await platform();
    await submit(valid);
    await submit(valid, '/acme/api/a/automation');
    const perform = {
      AutomationInputDictionary: {},
      ProcessName: 'P',
      RetryFlag: false,
      Retry: { NoOfTimesRetry: 0, RetryCoolOffInterval: 0 },
    };
    const legacy = {
      payload: JSON.stringify({ PerformAutomation: perform }),
      content_type: 'json',
      content_encoding: 'application/json',
      profile: 'Bot',
      expiration: 1_000,
      wait_for_completion: false,
      source_message_id: 's',
    };
    const authorization = `Basic ${Buffer.from('svc:secret-77').toString('base64')}`;
    expect((await post('/listener/rpa/api/message', legacy, { authorization })).status).toBe(200);
    expect((await post('/listener/rpa/api/message', legacy)).status).toBe(401);
    expect(jobs()).toHaveLength(3);
  });

  it.each([
    ['a string', '{"Search.a":"1"}', { 'Search.a': '1' }],
    ['an object', { 'Search.a': '1' }, { 'Search.a': '1' }],
    ['braces in a string', '{}', {}],
    ['an empty object', {}, {}],
    ['an empty string', '', {}],
    ['nothing', undefined, {}],
  ])('reads inputs given as %s', async (_, processInput, expected) => {
    const { submit } = await platform();
    const { body } = await submit({ ...valid, processInput });
    expect(JSON.parse(body.processInput)).toEqual(expected);
    expect(body.status).toBe('success');
  });

  it.each([
    ['a missing field', { sourceId: undefined }, 'BsnErr003'],
    ['a timeout that is text', { requestTimeout: '1000' }, 'BsnErr003'],
    ['a timeout beyond an Integer', { requestTimeout: 2 ** 31 }, 'BsnErr003'],
    ['a negative cool-off', { retryConfigurations: { retryCoolOffInterval: -1 } }, 'BsnErr003'],
    ['retry without a number', { retry: true }, 'BsnErr003'],
    ['inputs that do not parse', { processInput: '{"Search.a"' }, 'BsnErr003'],
    ['an input without the prefix', { processInput: '{"a":"1"}' }, 'BsnErr003'],
    ['an input that is no string', { processInput: '{"Search.a":1}' }, 'BsnErr003'],
    ['a process nobody knows', { processName: 'constructor' }, 'BsnErr004'],
    ['a profile without a queue', { profileName: 'Nobody' }, 'BsnErr002'],
  ])('moves a request with %s to the fallout queue, with no status and no transactionId', async (_, change, code) => {
    const { submit, jobs } = await platform();
    const { body } = await submit({ ...valid, ...change });
    expect(Object.keys(body)).toEqual(['timestamp', 'errors', 'instance']);
    expect(body.errors[0].code).toBe(code);
    expect(jobs()).toMatchObject([{ id: body.instance, queue: 'fallout' }]);
  });

  it.each([200, 400, 500] as const)('sends every layer of failure with HTTP %s', async (failureStatus) => {
    const failing = (layer: 1 | 2 | 3 | 4) => ({ ...process, failure: { layer, code: 'BsnErr9', message: 'no' } });
    const processes = { L1: failing(1), L2: failing(2), L3: failing(3), L4: failing(4) };
    const { submit } = await platform({ switches: { failureStatus } }, processes);
    const replies = await Promise.all(Object.keys(processes).map((processName) => submit({ ...valid, processName })));
    expect(replies.map(({ status }) => status)).toEqual(Array(4).fill(failureStatus));
    const [first, second, third, fourth] = replies.map(({ body }) => body);
    expect(first.errors).toEqual([{ code: 'BsnErr9', message: 'no' }]);
    expect(second.status).toBe('success');
    expect(JSON.parse(second.response.response).ErrorDetailObject).toMatchObject([
      { Code: 'BsnErr9', Description: 'no' },
    ]);
    expect(third.status).toBe('success');
    expect(JSON.parse(third.response.response).ErrorDetailObject).toEqual([]);
    expect(third.response.response).toContain('"IsError":"True"');
    expect(fourth).toMatchObject({ status: 'failure', error: { error_msg: 'no' } });
  });

  it('acknowledges an asynchronous request at once and says no more', async () => {
    let now = 0;
    const { submit, jobs } = await platform({ now: () => now }, { Long: { ...process, durationMs: 60_000 } });
    const { body } = await submit({ ...valid, processName: 'Long', requestTimeout: 90_000, isSync: false });
    expect(body).toMatchObject({ status: 'success', response: { acknowledge: true }, error: {} });
    expect(jobs()).toMatchObject([{ id: body.transactionId, queue: 'automation' }]);
    now = 60_000;
    expect(jobs()).toMatchObject([{ queue: 'success' }]);
  });

  it('holds a synchronous request open until the robot has finished', async () => {
    const { submit } = await platform({}, { Slow: { ...process, durationMs: 120 } });
    const before = performance.now();
    const reply = await submit({ ...valid, processName: 'Slow' });
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
    expect(inner(reply).ErrorDetailObject).toEqual([]);
  });

  it('lets a request expire in the queue, which counts as well as the robot', async () => {
    const { submit } = await platform({}, { Busy: { ...process, queueMs: [10_000] } });
    const reply = await submit({ ...valid, processName: 'Busy', requestTimeout: 30 });
    expect(inner(reply).ErrorDetailObject).toMatchObject([{ Code: 'BsnErr011' }]);
  });

  it('repeats a failed or expired attempt after the cool-off, as often as it is told', async () => {
    const failure = { layer: 2, code: 'BsnErr9', message: 'no', attempts: 1 } as const;
    const { submit, jobs } = await platform({}, { Flaky: { ...process, queueMs: [500, 0], failure } });
    const retryConfigurations = { noOfTimesRetry: 2, retryCoolOffInterval: 40 };
    const reply = await submit({
      ...valid,
      processName: 'Flaky',
      requestTimeout: 30,
      retry: true,
      retryConfigurations,
    });
    expect(inner(reply).ErrorDetailObject).toEqual([]);
    expect(reply.body.retryConfigurations.previousRequestIds).toHaveLength(1);
    const [job] = jobs();
    expect(job).toMatchObject({ attempts: 2, queue: 'success' });
    expect((job?.endsAt ?? 0) - (job?.acceptedAt ?? 0)).toBe(30 + 40 + 10);
  });

  it('expects exactly the inputs of the process design, and lets the robot complain', async () => {
    const { submit } = await platform({}, { Strict: { ...process, inputs: ['a', 'b'] } });
    const reply = await submit({ ...valid, processName: 'Strict', processInput: { 'Search.a': '1' } });
    expect(inner(reply).ErrorDetailObject).toMatchObject([{ Code: 'BsnErr109' }]);
  });

  it('repeats a protected input masked and, beside it, plain', async () => {
    const { submit } = await platform();
    const reply = await submit({ ...valid, processInput: '{"Search.pin":"4711","Search.no":"7"}' });
    const { ParentRequest: parent } = inner(reply);
    expect(parent.AutomationInputDictionary).toEqual({ 'Search.pin': '4711', 'Search.no': '7' });
    expect(parent.MaskedAutomationInputDictionary['Search.no']).toBe('7');
    expect(JSON.stringify(parent.MaskedAutomationInputDictionary)).not.toContain('4711');
    expect(JSON.stringify(parent.AnonymizedAutomationInputDictionary)).not.toContain('4711');
    expect(reply.body.processInput).toContain('4711');
  });

  it('changes the order of the output from reply to reply', async () => {
    const { submit } = await platform();
    const orders = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const { AutomationOutputData: entries } = inner(await submit(valid));
      orders.push(entries.map((entry: { AppName: string }) => entry.AppName).join(''));
    }
    expect(new Set(orders).size).toBe(3);
  });

  it('remembers its requests across a restart, without the inputs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assist-edge-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'jobs');
    const { submit, jobs } = await platform({ file });
    await submit({ ...valid, processInput: { 'Search.pin': '4711' } });
    expect(createAssistEdgePlatform({ ...credentials, file }).jobs()).toEqual(jobs());
    expect(readFileSync(file, 'utf8')).not.toContain('4711');
  });

  it.each([
    ['PostInvoice', { 'Search.invoiceNo': 'INV-1', 'Search.erpPassword': 'x' }, 'success'],
    ['ArchiveDocuments', { 'Search.folder': '/in' }, 'success'],
    ['CloseLedger', { 'Search.period': '2024-09' }, 'failure'],
  ] as const)('has %s for the sample configuration', async (processName, processInput, queue) => {
    let now = 0;
    const { submit, jobs } = await platform({ now: () => now, scenarios: ASSIST_EDGE_PROCESSES });
    const [profileName] = ASSIST_EDGE_PROCESSES[processName].profiles;
    await submit({ ...valid, processName, profileName, requestTimeout: 20_000, processInput, isSync: false });
    now = 20_000;
    expect(jobs()).toMatchObject([{ queue }]);
  });
});
