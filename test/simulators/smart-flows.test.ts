import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveSimulator } from '../../lib/simulators/simulator.ts';
import {
  createSmartFlowsPlatform,
  SMART_FLOWS,
  SMART_FLOWS_PDF,
  type SmartFlowsOptions,
} from '../../lib/simulators/smart-flows.ts';

const KEY = 'sf-key';
const XML = { 'x-api-key': KEY, 'content-type': 'application/xml; charset="utf-8"' };
const JSON_TYPE = { 'x-api-key': KEY, 'content-type': 'application/json' };
const EXECUTIONS = '/api/v1/flows/executions';

// biome-ignore lint/suspicious/noExplicitAny: replies are read as loosely as a caller in any language would.
type Body = any;

async function serve(options: Partial<SmartFlowsOptions> = {}) {
  let now = Date.UTC(2026, 0, 5, 9);
  const clock = 'now' in options ? {} : { now: () => now };
  const simulator = await serveSimulator(createSmartFlowsPlatform({ apiKey: KEY, ...clock, ...options }));
  onTestFinished(() => simulator.close());
  const call = async (method: string, path: string, init: { headers?: object; body?: string } = {}) => {
    const headers = { 'x-api-key': KEY, ...init.headers };
    const reply = await fetch(`${simulator.origin}${path}`, { method, ...init, headers, redirect: 'manual' });
    const text = await reply.text();
    const isJson = reply.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: reply.status, body: (isJson ? JSON.parse(text) : text) as Body };
  };
  return {
    origin: simulator.origin,
    call,
    advance: (ms: number) => {
      now += ms;
    },
    start: (flowId: string, body = '<Data><name>Jane</name></Data>') =>
      call('POST', `${EXECUTIONS}?flowId=${flowId}`, { headers: XML, body }),
  };
}

describe('the Smart Flows simulator is strict', () => {
  it.each([
    ['no key', { 'x-api-key': '' }, 401],
    ['a wrong key', { 'x-api-key': 'other' }, 401],
    ['a key in the wrong header', { 'x-api-key': '', authorization: `Bearer ${KEY}` }, 401],
    ['JSON', { 'content-type': 'application/json' }, 415],
    ['no charset', { 'content-type': 'application/xml' }, 415],
  ])('about headers: %s', async (_, headers, status) => {
    const { call } = await serve();
    const body = '<Data/>';
    const reply = await call('POST', `${EXECUTIONS}?flowId=${SMART_FLOWS.offer}`, {
      headers: { ...XML, ...headers },
      body,
    });
    expect(reply.status).toBe(status);
  });

  it.each([
    ['a flow it does not have', 'flowId=unknown', 404],
    ['no flow', '', 400],
    ["the other start's name", `flow=${SMART_FLOWS.offer}`, 400],
    ['a key in the query', `flowId=${SMART_FLOWS.offer}&api_key=${KEY}`, 400],
  ])('about queries: %s', async (_, query, status) => {
    const { call } = await serve();
    expect((await call('POST', `${EXECUTIONS}?${query}`, { headers: XML, body: '<Data/>' })).status).toBe(status);
  });

  it.each([
    [SMART_FLOWS.offer, 'hello'],
    [SMART_FLOWS.offer, '{"name":"Jane"}'],
    [SMART_FLOWS.offer, '<a><b></a>'],
    [SMART_FLOWS.offer, '<!DOCTYPE a><a/>'],
    [SMART_FLOWS.offer, ''],
    [SMART_FLOWS.heartbeat, '<Data/>'],
    [SMART_FLOWS.order, '<Data><number>1</number></Data>'],
    [SMART_FLOWS.order, '<Order><name>x</name></Order>'],
  ])('about the data of flow %s: %s', async (flowId, body) => {
    const { start, advance, call } = await serve();
    expect((await start(flowId, body)).status).toBe(400);
    const lenient = await serve({ switches: { badInput: 'end-with-error' } });
    const { body: started } = await lenient.start(flowId, body);
    lenient.advance(1_000);
    expect((await lenient.call('GET', `${EXECUTIONS}/${started.id}/progress`)).body).toMatchObject({ status: 'Error' });
    advance(0);
    expect((await call('GET', EXECUTIONS)).body).toEqual([]);
  });

  it('takes what fits', async () => {
    const { start } = await serve();
    expect((await start(SMART_FLOWS.order, '<Order><number>1</number></Order>')).status).toBe(200);
    expect((await start(SMART_FLOWS.heartbeat, '')).status).toBe(200);
  });
});

describe('the Smart Flows simulator runs flows', () => {
  it('shows progress, then the model, then the bytes', async () => {
    const { start, advance, call, origin } = await serve();
    const { body: started } = await start(SMART_FLOWS.offer);
    expect(started).toMatchObject({ status: 'Queued', percentage: 0, message: 'Queued' });
    const progress = `${EXECUTIONS}/${started.id}/progress`;
    advance(2_499);
    expect((await call('GET', progress)).body).toMatchObject({ status: 'Running', percentage: 60 });
    advance(1);
    const { body } = await call('GET', progress);
    expect(body).toMatchObject({ status: 'Success', percentage: 100 });
    const { document } = body.model.B0_1;
    expect(document).toMatchObject({ displayName: 'Offer', type: 'document' });
    expect((await call('GET', `/api/v1/documents/${document.id}`)).body).toMatchObject({
      contentType: 'application/pdf',
    });
    const content = await fetch(`${origin}/api/v1/documents/${document.id}/content`, { headers: { 'x-api-key': KEY } });
    expect(new Uint8Array(await content.arrayBuffer())).toEqual(SMART_FLOWS_PDF);
    expect((await call('GET', `/api/v1/documents/content/${document.id}`)).status).toBe(404);
  });

  it('keeps the percentage of an execution that broke, and tells why with a stack trace', async () => {
    const { start, advance, call } = await serve();
    const { body: started } = await start(SMART_FLOWS.invoice);
    advance(60_000);
    const { body } = await call('GET', `${EXECUTIONS}/${started.id}`);
    expect(body).toMatchObject({ status: 'Error', state: { errors: [{ stackTrace: expect.any(String) }, {}] } });
    expect((await call('GET', `${EXECUTIONS}/${started.id}/progress`)).body.percentage).toBe(60);
  });

  it.each([
    [SMART_FLOWS.newsletter, 'Warning'],
    [SMART_FLOWS.archive, 'Interrupted'],
    [SMART_FLOWS.abandoned, 'Canceled'],
    [SMART_FLOWS.nightly, 'Queued'],
    [SMART_FLOWS.contract, 'Waiting'],
    [SMART_FLOWS.onboarding, 'UserInput'],
    [SMART_FLOWS.chooser, 'SelectFlow'],
  ])('leaves flow %s at %s', async (flowId, status) => {
    const { start, advance, call } = await serve();
    const { body: started } = await start(flowId);
    advance(60_000);
    expect((await call('GET', `${EXECUTIONS}/${started.id}/progress?timeout=-1`)).body.status).toBe(status);
  });

  it('asks a person with schema, model and form, and goes on with the answer', async () => {
    const { start, advance, call } = await serve();
    const { body: started } = await start(SMART_FLOWS.onboarding);
    const progress = `${EXECUTIONS}/${started.id}/progress`;
    const early = await call('POST', progress, { headers: JSON_TYPE, body: '{}' });
    expect(early.status).toBe(409);
    advance(60_000);
    const { body: question } = await call('GET', progress);
    const keys = Object.keys(question.schema.properties);
    expect(Object.keys(question.model)).toEqual(keys);
    expect(question.form[0].items.map((item: Body) => item.key)).toEqual(keys);
    const body = JSON.stringify({ [keys[0] ?? '']: 'Gent' });
    expect(
      (await call('POST', progress, { headers: { ...JSON_TYPE, 'content-type': 'text/plain' }, body })).status,
    ).toBe(400);
    expect((await call('POST', progress, { headers: JSON_TYPE, body: '{"other":"x"}' })).status).toBe(400);
    expect((await call('POST', progress, { headers: JSON_TYPE, body })).body.status).toBe('Running');
    advance(60_000);
    expect((await call('GET', progress)).body.status).toBe('Success');
  });

  it('offers the same question to people in its panel', async () => {
    const { start, advance, call } = await serve();
    const { body: started } = await start(SMART_FLOWS.onboarding);
    advance(60_000);
    expect((await call('GET', '/api/v1/settings/public', { headers: { 'x-api-key': '' } })).body).toEqual({
      flowExecutionPanelUrl: '/client',
    });
    expect((await call('GET', '/client')).body).toContain('Start date');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answered = await call('POST', `/client?executionId=${started.id}`, { headers, body: 'city=Gent' });
    expect(answered.status).toBe(303);
    expect((await call('GET', '/client')).body).toContain('Nothing waits');
    expect((await call('GET', `${EXECUTIONS}/${started.id}/progress`)).body.status).toBe('Running');
  });

  it('lets a callback resume an execution once, whoever calls', async () => {
    const { start, advance, call } = await serve();
    const { body: started } = await start(SMART_FLOWS.contract);
    advance(60_000);
    const { callbackId } = (await call('GET', `${EXECUTIONS}/${started.id}`)).body.state.waitingFor;
    const path = `/api/v1/flows/callback/${callbackId}`;
    const nobody = { headers: { 'x-api-key': '' } };
    expect((await call('POST', `${path}?executionId=other`, nobody)).status).toBe(404);
    expect((await call('GET', path, nobody)).body).toBe('Not handled');
    expect((await call('POST', `${path}?executionId=${started.id}`, nobody)).body).toBe('Handled');
    expect((await call('GET', path, nobody)).body).toBe('Handled');
    expect((await call('POST', path, nobody)).status).toBe(409);
  });

  it('gives named results, all or one', async () => {
    const { start, advance, call } = await serve();
    const { body: started } = await start(SMART_FLOWS.offer);
    const status = `${EXECUTIONS}/${started.id}/status`;
    expect((await call('GET', status)).body.outputs).toEqual([]);
    advance(60_000);
    expect((await call('GET', status)).body.outputs).toHaveLength(2);
    expect((await call('GET', `${status}?output=Summary`)).body.outputs).toMatchObject([
      { output: { displayName: 'Summary', type: 'dataset' }, content: { currency: 'EUR' } },
    ]);
  });

  it('cancels under the paths it is told to', async () => {
    const { start, call } = await serve({ switches: { cancelPaths: ['execution'] } });
    const { body: started } = await start(SMART_FLOWS.nightly);
    const path = `${EXECUTIONS}/${started.id}`;
    expect((await call('DELETE', `${path}/progress`)).status).toBe(405);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).body.status).toBe('Canceled');
  });

  it('lists newest first in pages, by flow and by filter', async () => {
    const { start, advance, call } = await serve();
    const ids: string[] = [];
    for (const flowId of [SMART_FLOWS.offer, SMART_FLOWS.invoice, SMART_FLOWS.offer]) {
      advance(1_000);
      ids.push((await start(flowId)).body.id);
    }
    const idsOf = ({ body }: { body: Body }) => body.map((row: Body) => row.id);
    expect(idsOf(await call('GET', `${EXECUTIONS}?page=0&size=2`))).toEqual([ids[2], ids[1]]);
    expect(idsOf(await call('GET', `${EXECUTIONS}?page=1&size=2`))).toEqual([ids[0]]);
    const ofFlow = `/api/v1/flows/${SMART_FLOWS.offer}/executions`;
    expect(idsOf(await call('GET', `${ofFlow}?sort=createdAt,asc`))).toEqual([ids[0], ids[2]]);
    const condition = { key: 'createdAt', operator: 'lessThanOrEqualTo', values: ['2026-01-05T09:00:02.000Z'] };
    const body = JSON.stringify({ group: { type: 'and', nodes: [{ condition }] } });
    expect(idsOf(await call('POST', `${EXECUTIONS}/filter`, { headers: JSON_TYPE, body }))).toEqual([ids[1], ids[0]]);
    expect((await call('POST', `${EXECUTIONS}/filter`, { headers: JSON_TYPE, body: '{}' })).status).toBe(400);
    expect((await call('GET', `${EXECUTIONS}?limit=1`)).status).toBe(400);
  });

  it('keeps a form draft and logs users in', async () => {
    const { start, call } = await serve({ user: { username: 'u', password: 'p' } });
    const { body: started } = await start(SMART_FLOWS.nightly);
    const draft = { headers: JSON_TYPE, body: '{"model":{},"uuid":"1"}' };
    expect((await call('POST', `${EXECUTIONS}/${started.id}/state`, draft)).status).toBe(204);
    const login = (password: string) =>
      call('POST', '/api/v1/authenticate/login', {
        headers: { 'x-api-key': '', 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'u', password }),
      });
    expect((await login('wrong')).status).toBe(401);
    const [{ token }] = (await login('p')).body.tokens;
    const headers = { 'x-api-key': '', authorization: `Bearer ${token}` };
    expect((await call('GET', EXECUTIONS, { headers })).status).toBe(200);
  });
});

describe('the Smart Flows simulator and time', () => {
  it('remembers everything across a kill, since state follows from what was stored and the clock', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'errand-smart-flows-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'jobs.jsonl');
    const before = await serve({ file });
    const { body: started } = await before.start(SMART_FLOWS.onboarding);
    const progress = `${EXECUTIONS}/${started.id}/progress`;
    before.advance(60_000);
    await before.call('POST', progress, { headers: JSON_TYPE, body: '{}' });
    before.advance(60_000);
    const { body: model } = await before.call('GET', progress);
    const after = await serve({ file });
    after.advance(120_000);
    expect((await after.call('GET', progress)).body).toEqual(model);
  });

  it('holds a look until there is news, and answers at once when asked to', async () => {
    const platform = createSmartFlowsPlatform({ apiKey: KEY });
    const simulator = await serveSimulator(platform);
    onTestFinished(() => simulator.close());
    const headers = { 'x-api-key': KEY };
    const path = `${simulator.origin}${EXECUTIONS}`;
    const started = (await (
      await fetch(`${path}?flowId=${SMART_FLOWS.offer}`, { method: 'POST', headers: XML, body: '<a/>' })
    ).json()) as Body;
    const look = async (timeout: string) =>
      (await (await fetch(`${path}/${started.id}/progress${timeout}`, { headers })).json()) as Body;
    expect((await look('?timeout=-1')).status).toBe('Queued');
    expect((await look('')).status).toBe('Running');
  });
});
