import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  BRYTER_MODULES,
  BRYTER_SCENARIOS,
  type BryterOptions,
  createBryterPlatform,
} from '../../lib/simulators/bryter.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';

const API_KEY = 'bryter-key';
const MODULE = BRYTER_MODULES.onboarding;

async function setUp(options: Partial<BryterOptions> = {}) {
  const clock = { now: Date.UTC(2026, 0, 5) };
  const platform = createBryterPlatform({ apiKey: API_KEY, now: () => clock.now, ...options });
  const simulator = await serveSimulator(platform);
  onTestFinished(() => simulator.close());
  const pass = (ms: number) => {
    clock.now += ms;
  };
  const call = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(`${simulator.origin}${path}`, { ...init, headers: { authorization: `Bearer ${API_KEY}`, ...init.headers } });
  const start = (module: string = MODULE, body = '', headers: Record<string, string> = {}) =>
    call(`/api/execution/${module}/sessions`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { platform, pass, call, start, origin: simulator.origin };
}

interface Reply {
  readonly data: { readonly id?: string; readonly state: string };
  readonly links: { readonly self: string; readonly browser: string };
}

const read = async (response: Promise<Response>): Promise<Reply> => (await response).json() as Promise<Reply>;

/** Starts the approval module, goes to its question, and gives its page's path. */
async function waiting({ start, pass }: Awaited<ReturnType<typeof setUp>>, module: string = BRYTER_MODULES.approval) {
  const { data, links } = await read(start(module));
  pass(2_000);
  return { page: new URL(links.browser).pathname, status: `/api/execution/${module}/sessions/${data.id}` };
}

describe('bryter simulator', () => {
  it('publishes modules with ids of the real form, each with a scenario', () => {
    const ids = Object.values(BRYTER_MODULES);
    expect(ids.filter((id) => !/^[A-Za-z0-9_-]{22}$/.test(id))).toEqual([]);
    expect(Object.keys(BRYTER_SCENARIOS).sort()).toEqual([...ids].sort());
  });

  it('answers a start as the documents and their neighbours suggest: 201, Location, envelope, links', async () => {
    const { start, origin } = await setUp();
    const response = await start();
    const { data, links } = (await response.json()) as Reply;
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/api/execution/${MODULE}/sessions/${data.id}`);
    expect(data).toEqual({ id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/), state: 'created' });
    expect(links).toEqual({
      self: `/api/execution//${MODULE}/sessions/${data.id}`,
      browser: `${origin}/${MODULE}/sessions/${data.id}`,
    });
  });

  it('leaves the doubled slash out when told so', async () => {
    const { start } = await setUp({ doubleSlash: false });
    expect((await read(start())).links.self).toMatch(/^\/api\/execution\/[^/]/);
  });

  const REFUSED = [
    { title: 'a wrong key', headers: { authorization: 'Bearer other' }, status: 404 },
    { title: 'a key without Bearer', headers: { authorization: API_KEY }, status: 404 },
    { title: 'an unknown module', module: 'unknown-module______00', status: 404 },
    { title: 'a module named like a member of every object', module: 'constructor', status: 404 },
    { title: 'another content type', headers: { 'content-type': 'text/plain' }, status: 415 },
    { title: 'text that is not JSON', body: '{"employee_name":', status: 400 },
    { title: 'an array', body: '[]', status: 400 },
    { title: 'an unknown parameter', body: '{"employeeName":"Jane"}', status: 400 },
    { title: 'a number as text', body: '{"weekly_hours":"38"}', status: 400 },
    { title: 'a date that is none', body: '{"employee_start_date":"2026-02-30"}', status: 400 },
    { title: 'an address that is none', body: '{"employee_email":"jane"}', status: 400 },
    { title: 'an envelope it was not told of', body: '{"data":{"employee_name":"Jane"}}', status: 400 },
    { title: 'a missing parameter', module: BRYTER_MODULES.calculation, body: '', status: 400 },
  ];
  it.each(REFUSED)('refuses $title with $status and creates no session', async ({ module, body, headers, status }) => {
    const { start, platform } = await setUp();
    expect((await start(module, body, headers)).status).toBe(status);
    expect(platform.jobs()).toEqual([]);
  });

  it('takes no envelope but those it is told of', async () => {
    const { start, platform } = await setUp({ envelopes: ['data.startParameters'] });
    expect((await start(MODULE, '{"employee_name":"Jane"}')).status).toBe(400);
    expect((await start(MODULE, '{"data":{"startParameters":{"employee_name":"Jane"}},"x":1}')).status).toBe(400);
    expect((await start(MODULE, '{"data":{"startParameters":{"employee_name":"Jane"}}}')).status).toBe(201);
    expect(platform.jobs()).toMatchObject([{ parameters: { employee_name: 'Jane' } }]);
  });

  it('takes no body and an empty object alike', async () => {
    const { start } = await setUp();
    expect([(await start(MODULE, '')).status, (await start(MODULE, '{}')).status]).toEqual([201, 201]);
  });

  it('answers a bad key with 401 after the switch that the vendor announced', async () => {
    const { call } = await setUp({ badKeyStatus: 401 });
    const headers = { authorization: 'Bearer other' };
    expect((await call(`/api/execution/${MODULE}/sessions/x`, { headers })).status).toBe(401);
  });

  it('knows no other method, and offers JSON only', async () => {
    const { call, start } = await setUp();
    const { data } = await read(start());
    const path = `/api/execution/${MODULE}/sessions/${data.id}`;
    expect((await call(path, { method: 'DELETE' })).status).toBe(405);
    expect((await call(`/api/execution/${MODULE}/sessions`)).status).toBe(405);
    expect((await call(path, { headers: { accept: 'text/html' } })).status).toBe(406);
  });

  it('does not show a session under another module', async () => {
    const { call, start } = await setUp();
    const { data } = await read(start());
    expect((await call(`/api/execution/${BRYTER_MODULES.broken}/sessions/${data.id}`)).status).toBe(404);
  });

  it.each([
    { module: BRYTER_MODULES.onboarding, state: 'completed' },
    { module: BRYTER_MODULES.broken, state: 'fatal_errored' },
    { module: BRYTER_MODULES.legacy, state: 'unknown' },
    { module: BRYTER_MODULES.assessment, state: 'running' },
  ])('leads $module to $state', async ({ module, state }) => {
    const { call, start, pass } = await setUp();
    const { data } = await read(start(module));
    pass(5_000);
    expect((await read(call(`/api/execution/${module}/sessions/${data.id}`))).data.state).toBe(state);
  });
});

describe('bryter simulator browser page', () => {
  it('asks its questions in a form that works without a script, and loads nothing', async () => {
    const world = await setUp();
    const { page } = await waiting(world);
    const response = await world.call(page);
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).toContain('<form method="post">');
    expect(html).toContain('Do you approve this contract?');
  });

  it('goes on when a person has answered, not when the page is only opened', async () => {
    const world = await setUp();
    const { page, status } = await waiting(world);
    await world.call(page);
    expect((await read(world.call(status))).data.state).toBe('waiting_for_input');
    const body = new URLSearchParams({ decision: 'yes' });
    expect((await world.call(page, { method: 'POST', body })).status).toBe(200);
    expect((await read(world.call(status))).data.state).toBe('running');
    expect(world.platform.jobs()).toMatchObject([{ answers: [{ decision: 'yes' }] }]);
  });

  it('takes one answer only', async () => {
    const world = await setUp();
    const { page } = await waiting(world);
    const answer = () => world.call(page, { method: 'POST', body: new URLSearchParams({ decision: 'yes' }) });
    expect([(await answer()).status, (await answer()).status]).toEqual([200, 409]);
  });

  it('goes on when the page is opened, for a module that wants no more', async () => {
    const world = await setUp();
    const { page, status } = await waiting(world, BRYTER_MODULES.notice);
    expect((await read(world.call(status))).data.state).toBe('waiting_for_input');
    await world.call(page);
    expect((await read(world.call(status))).data.state).toBe('completed');
  });

  it('escapes what a scenario says', async () => {
    const description = '<script>alert(1)</script>';
    const scenarios = { m: { description, script: [{ state: 'running' }] } } as const;
    const world = await setUp({ scenarios });
    const { page } = await waiting(world, 'm');
    expect(await (await world.call(page)).text()).not.toContain('<script>');
  });

  it('is lost for a session that does not exist', async () => {
    const { call } = await setUp();
    expect((await call(`/${MODULE}/sessions/none`)).status).toBe(404);
  });
});

describe('bryter simulator memory', () => {
  it('survives a kill in the state it would have reached', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bryter-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'sessions.jsonl');
    const first = await setUp({ file });
    const { page, status } = await waiting(first);
    await first.call(page, { method: 'POST', body: new URLSearchParams({ decision: 'yes' }) });

    const second = await setUp({ file });
    second.pass(2_500);
    expect((await read(second.call(status))).data.state).toBe('running');
    second.pass(1_000);
    expect((await read(second.call(status))).data.state).toBe('completed');
  });
});
