import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createInvisionPlatform,
  INVISION_FLOWS,
  INVISION_SCENARIOS,
  type InvisionOptions,
} from '../../lib/simulators/invision.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';

const API_KEY = 'invision-key';
const FLOW = INVISION_FLOWS.forecast;

async function setUp(options: Partial<InvisionOptions> = {}) {
  const clock = { now: Date.UTC(2026, 0, 5) };
  const platform = createInvisionPlatform({ apiKey: API_KEY, now: () => clock.now, ...options });
  const simulator = await serveSimulator(platform);
  onTestFinished(() => simulator.close());
  const pass = (ms: number) => {
    clock.now += ms;
  };
  const call = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(`${simulator.origin}/invision/api/pub/v1/dataflows/${path}`, {
      ...init,
      headers: { 'x-api-key': API_KEY, ...init.headers },
    });
  const start = (flow: string = FLOW, query = '', init: RequestInit & { headers?: Record<string, string> } = {}) =>
    call(`${flow}/start${query}`, { method: 'POST', ...init });
  /** A request without any header of ours. */
  const bare = (path: string, method: string) =>
    fetch(`${simulator.origin}/invision/api/pub/v1/dataflows/${path}`, { method });
  return { platform, pass, call, start, bare };
}

interface Reply {
  readonly runId: string;
  readonly status: string;
}

const read = async (response: Promise<Response>): Promise<Reply> => (await response).json() as Promise<Reply>;

describe('invision simulator', () => {
  it('has a scenario for each of its data flows', () => {
    expect(Object.keys(INVISION_SCENARIOS).sort()).toEqual(Object.values(INVISION_FLOWS).sort());
  });

  it.each([
    { flow: INVISION_FLOWS.forecast, after: 5_000, status: 'Succeeded' },
    { flow: INVISION_FLOWS.brokenImport, after: 5_000, status: 'Failed' },
    { flow: INVISION_FLOWS.stuck, after: 400 * 86_400_000, status: 'Running' },
    { flow: INVISION_FLOWS.throttled, after: 19_000, status: 'Pending' },
    { flow: INVISION_FLOWS.nightly, after: 5_000, status: 'Succeeded' },
  ])('leads $flow to $status', async ({ flow, after, status }) => {
    const { start, call, pass } = await setUp();
    const { runId } = await read(start(flow));
    pass(after);
    expect(await read(call(`${flow}/runs/${runId}/status`))).toEqual({ runId, status });
  });

  it('takes the key in the header or in the query', async () => {
    const { start, bare } = await setUp();
    expect((await start()).status).toBe(200);
    expect((await bare(`${FLOW}/start?api_key=${API_KEY}`, 'POST')).status).toBe(200);
  });

  it('can be told where a key counts, and to ask for none', async () => {
    const header = await setUp({ keyIn: ['header'] });
    expect((await header.bare(`${FLOW}/start?api_key=${API_KEY}`, 'POST')).status).toBe(500);
    const none = await setUp({ keyIn: [] });
    expect((await none.bare(`${FLOW}/start`, 'POST')).status).toBe(200);
  });

  it('refuses two keys of which one is wrong', async () => {
    const { start } = await setUp();
    expect((await start(FLOW, '?api_key=other')).status).toBe(500);
  });

  it('answers 500 to a bad key, an unknown flow and an unknown run, as it documents no other error', async () => {
    const { start, call, bare } = await setUp();
    expect((await bare(`${FLOW}/start`, 'POST')).status).toBe(500);
    expect((await start('none')).status).toBe(500);
    expect((await start('constructor')).status).toBe(500);
    expect((await call(`${FLOW}/runs/none/status`)).status).toBe(500);
  });

  it('can be told to answer each of them honestly', async () => {
    const { start, call, bare } = await setUp({ badKeyStatus: 401, unknownFlowStatus: 404, unknownRunStatus: 404 });
    expect((await bare(`${FLOW}/start`, 'POST')).status).toBe(401);
    expect((await start('none')).status).toBe(404);
    expect((await call(`${FLOW}/runs/none/status`)).status).toBe(404);
  });

  it('does not show a run under another flow', async () => {
    const { start, call } = await setUp();
    const { runId } = await read(start());
    expect((await call(`${INVISION_FLOWS.stuck}/runs/${runId}/status`)).status).toBe(500);
  });

  it('spells field names as it is told', async () => {
    const { start } = await setUp({ fieldCase: 'RunId' });
    expect(await (await start()).json()).toEqual({ RunId: expect.any(String), Status: 'Pending' });
  });

  it('knows no other method', async () => {
    const { call, start } = await setUp();
    const { runId } = await read(start());
    expect((await call(`${FLOW}/start`)).status).toBe(405);
    expect((await call(`${FLOW}/runs/${runId}/status`, { method: 'DELETE' })).status).toBe(405);
  });

  const JSON_TYPE = { 'content-type': 'application/json' };
  const DOCUMENT = { globalArguments: { year: 2026 }, activitiesExecutionData: [], dataContext: '' };
  it.each([
    { title: 'an unknown query parameter', query: '?wait=true' },
    { title: 'an await that is neither true nor false', query: '?await=1' },
    { title: 'a body, of which the documents know nothing', body: '{}', headers: JSON_TYPE },
  ])('refuses $title, and starts nothing', async ({ query, body, headers }) => {
    const { start, platform } = await setUp();
    const init = { ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) };
    expect((await start(FLOW, query, init)).status).toBe(400);
    expect(platform.jobs()).toEqual([]);
  });

  it('takes the argument document only when told to, and only in its documented shape', async () => {
    const { start, platform } = await setUp({ acceptsArguments: true });
    const send = (document: unknown, headers: Record<string, string> = JSON_TYPE) =>
      start(FLOW, '', { body: JSON.stringify(document), headers });
    expect((await send({ year: 2026 })).status).toBe(400);
    expect((await send(DOCUMENT, { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await send(DOCUMENT)).status).toBe(200);
    expect(platform.jobs()).toMatchObject([{ arguments: DOCUMENT }]);
  });

  it('holds the reply of await=true until the run has ended', async () => {
    const { start, pass, platform } = await setUp();
    const reply = read(start(FLOW, '?await=true'));
    await expect.poll(() => platform.jobs().length).toBe(1);
    pass(1_000);
    expect(platform.jobs()).toMatchObject([{ status: 'Running' }]);
    pass(2_000);
    expect(await reply).toMatchObject({ status: 'Succeeded' });
  });

  it('cuts a held connection when told to, and goes on with the run', async () => {
    const { start, pass, platform } = await setUp({ awaitCutAfterMs: 60_000 });
    const reply = expect(start(INVISION_FLOWS.consolidation, '?await=true')).rejects.toThrow();
    await expect.poll(() => platform.jobs().length).toBe(1);
    pass(60_000);
    await reply;
    pass(7_200_000);
    expect(platform.jobs()).toMatchObject([{ status: 'Succeeded' }]);
  });

  it('survives a kill in the state it would have reached', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'invision-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'runs.jsonl');
    const first = await setUp({ file });
    const { runId } = await read(first.start());

    const second = await setUp({ file });
    second.pass(2_000);
    expect(await read(second.call(`${FLOW}/runs/${runId}/status`))).toEqual({ runId, status: 'Succeeded' });
  });
});
