import { describe, expect, it } from 'vitest';
import { configSchema } from '../../lib/domain/config.ts';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import { type ConnectionState, NEW_CONNECTION, type OpenCircuit } from '../../lib/protection/connection-state.ts';
import { SCOPES } from '../../lib/workflow/ports.ts';
import { nextRunId } from '../helpers/runs.ts';
import { START_OF_TIME } from '../helpers/world.ts';
import { type Client, setUp } from './client.ts';

const acme = { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } as const;
const config = configSchema.parse({
  connections: { acme, busy: { ...acme, limits: { inFlight: 2, requestsPerSecond: 0.5 } }, unused: acme },
  flows: {
    onboard: { connection: 'acme', target: {} },
    offboard: { connection: 'acme', target: {} },
    bulk: { connection: 'busy', target: {} },
  },
});

const at = (seconds: number) => new Date(START_OF_TIME + seconds * 1_000).toISOString();
const keep = ({ dependencies }: Client, id: string, state: Partial<ConnectionState>) =>
  dependencies.states.save(id, { ...NEW_CONNECTION, ...state, version: 1 });
const stateOf = ({ dependencies }: Client, id = 'acme') => dependencies.states.getNow(id);

/** As the list shows it. */
async function shown(client: Client, id = 'acme') {
  const { body, text } = await client.call('GET', '/v1/connections');
  expect(text).not.toContain('canary');
  return body.items.find((item: { readonly id: string }) => item.id === id);
}

const circuit: OpenCircuit = {
  why: 'failing',
  since: at(-30),
  openedAt: at(-10),
  nextCanaryAt: at(5),
  canary: 'run_canary',
  canaries: 1,
};
const open = { state: 'open', reason: 'failing', since: at(-30), openedAt: at(-10), nextCanaryAt: at(5) };
const closed = { state: 'closed', failures: 0 };

describe('what is known of a connection', () => {
  const cases: readonly (readonly [string, Partial<ConnectionState>, object])[] = [
    ['nothing yet', {}, { state: 'ok', breaker: closed }],
    ['its last success', { lastSuccessAt: at(-60) }, { state: 'ok', breaker: closed, lastSuccessAt: at(-60) }],
    [
      'failures too few to mean anything, and the last of them',
      { failures: 2, failingSince: at(-9), lastError: { at: at(-1), message: 'POST /start: reset' } },
      {
        state: 'ok',
        breaker: { state: 'closed', since: at(-9), failures: 2 },
        lastError: { at: at(-1), message: 'POST /start: reset' },
      },
    ],
    [
      'that it fails, and when a call goes to see',
      { failures: 10, circuit },
      { state: 'failing', breaker: { ...open, failures: 10 } },
    ],
    [
      'that it refuses our key',
      { failures: 3, circuit: { ...circuit, why: 'refused' } },
      { state: 'refused', breaker: { ...open, reason: 'refused', failures: 3 } },
    ],
    [
      'that a call is due to see whether it is back',
      { failures: 10, circuit: { ...circuit, nextCanaryAt: at(0) } },
      { state: 'failing', breaker: { ...open, state: 'half-open', nextCanaryAt: at(0), failures: 10 } },
    ],
    [
      'that it is back, and calls come back in waves',
      { reopenedAt: at(-10), lastSuccessAt: at(-10) },
      { state: 'recovering', breaker: { ...closed, state: 'half-open' }, lastSuccessAt: at(-10) },
    ],
    ['that it has been back for long', { reopenedAt: at(-600) }, { state: 'ok', breaker: closed }],
    [
      'that it asked for a pause',
      { toldToWaitUntil: at(90) },
      { state: 'told-to-wait', breaker: closed, toldToWaitUntil: at(90) },
    ],
    [
      'nothing of a pause that it asked for and that is over',
      { toldToWaitUntil: at(0) },
      { state: 'ok', breaker: closed },
    ],
    [
      'that somebody paused it, whatever else is the matter',
      { failures: 10, circuit, paused: { at: at(-5), by: 'k1', reason: 'Maintenance' } },
      {
        state: 'paused',
        breaker: { ...open, failures: 10 },
        paused: { at: at(-5), by: 'k1', reason: 'Maintenance' },
      },
    ],
  ];

  it.each(cases)('is told: %s', async (_, state, expected) => {
    const client = await setUp({ config });
    await keep(client, 'acme', state);
    expect(await shown(client)).toEqual({
      id: 'acme',
      provider: 'bryter',
      baseUrl: 'https://acme.example.com',
      limits: {},
      ...expected,
    });
  });

  it('counts runs in flight and in line, and the wait for a request, where there are limits', async () => {
    const client = await setUp({ config });
    const { inFlight, budgets } = client.dependencies;
    for (const runId of [nextRunId(), nextRunId(), nextRunId()])
      await inFlight.take('busy', { runId, leaseUntil: START_OF_TIME + 60_000 }, 2);
    for (const runId of [nextRunId(), nextRunId(), nextRunId()])
      await inFlight.enqueue('busy', { runId, flowId: 'bulk', startBy: at(600) });
    Object.assign(budgets, { backlog: async () => ({ requestsMs: 1_234.4, startsMs: 9_876.6 }) });
    expect(await shown(client, 'busy')).toMatchObject({
      limits: { inFlight: 2, requestsPerSecond: 0.5 },
      inFlight: 2,
      queued: 3,
      requests: { busyForMs: 1_234, startsWaitMs: 9_877 },
    });
    const free = await shown(client);
    for (const name of ['inFlight', 'queued', 'requests']) expect(free).not.toHaveProperty(name);
  });

  it('is not guessed while the table is away', async () => {
    const client = await setUp({ config });
    Object.assign(client.dependencies.states, { getNow: () => Promise.reject(new StoreUnavailableError('away')) });
    for (const [method, path] of [
      ['GET', '/v1/connections'],
      ['POST', '/v1/connections/acme/pause'],
    ] as const)
      expect((await client.call(method, path)).status).toBe(503);
  });
});

describe('pausing a connection', () => {
  it('is kept with who, when and why, until somebody resumes it', async () => {
    const client = await setUp({ config });
    const paused = await client.call('POST', '/v1/connections/acme/pause', { reason: '  Maintenance until six ' });
    const expected = { at: at(0), by: client.keyId, reason: 'Maintenance until six' };
    expect([paused.status, paused.body]).toEqual([200, expect.objectContaining({ state: 'paused', paused: expected })]);
    expect(await shown(client)).toEqual(paused.body);
    expect((await shown(client, 'busy')).state).toBe('ok');

    const resumed = await client.call('POST', '/v1/connections/acme/resume');
    expect([resumed.status, resumed.body.state]).toEqual([200, 'ok']);
    expect(resumed.body).not.toHaveProperty('paused');
    expect(await shown(client)).toEqual(resumed.body);
    const audit = client.world.logged.filter((line) => line.startsWith('connection '));
    const who = JSON.stringify({ connection: 'acme', by: client.keyId });
    expect(audit).toEqual([`connection paused ${who}`, `connection resumed ${who}`]);
  });

  it('needs no reason, nor any body', async () => {
    const client = await setUp({ config });
    const { body } = await client.call('POST', '/v1/connections/acme/pause');
    expect(body.paused).toEqual({ at: at(0), by: client.keyId });
  });

  it('may be asked for again: the first who did so stands, and nothing is written', async () => {
    const client = await setUp({ config });
    const { body: first } = await client.call('POST', '/v1/connections/acme/pause', { reason: 'first' });
    const state = await stateOf(client);
    client.world.advance(60_000);
    const again = await (await client.as({ scopes: SCOPES }))('POST', '/v1/connections/acme/pause', { reason: 'two' });
    expect([again.status, again.body]).toEqual([200, first]);
    expect(await stateOf(client)).toEqual(state);
    for (const _ of [1, 2]) expect((await client.call('POST', '/v1/connections/acme/resume', {})).status).toBe(200);
    expect((await stateOf(client)).version).toBe(state.version + 1);
    expect(client.world.logged.filter((line) => line.startsWith('connection '))).toHaveLength(2);
  });

  it('leaves alone what runs have learnt, before and during the pause', async () => {
    const client = await setUp({ config });
    await keep(client, 'acme', { failures: 10, circuit, toldToWaitUntil: at(90) });
    await client.call('POST', '/v1/connections/acme/pause');
    const { body } = await client.call('POST', '/v1/connections/acme/resume');
    expect(body).toMatchObject({ state: 'failing', breaker: { state: 'open', failures: 10 }, toldToWaitUntil: at(90) });
  });

  it('is not lost, and loses nothing, when a run writes at the same time', async () => {
    const client = await setUp({ config });
    const { states } = client.dependencies;
    const save = states.save.bind(states);
    let rivals = 3;
    Object.assign(states, {
      async save(id: string, state: ConnectionState) {
        if (rivals > 0) {
          rivals -= 1;
          const now = await states.getNow(id);
          await save(id, { ...now, version: now.version + 1, failures: now.failures + 1 });
        }
        return save(id, state);
      },
    });
    const { status, body } = await client.call('POST', '/v1/connections/acme/pause');
    expect([status, body]).toEqual([200, expect.objectContaining({ state: 'paused' })]);
    expect(await stateOf(client)).toMatchObject({ failures: 3, paused: { at: at(0) } });
  });

  it('gives up where others are always first, and says when to ask again', async () => {
    const client = await setUp({ config });
    Object.assign(client.dependencies.states, { save: async () => false });
    const { status, headers } = await client.call('POST', '/v1/connections/acme/pause');
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
  });

  it.each([
    [{ reason: 'x'.repeat(501) }, 'reason'],
    [{ reason: ' ' }, 'reason'],
    [{ reason: 1 }, 'reason'],
    [{ until: 'six' }, 'until'],
  ])('refuses %j by name', async (body, path) => {
    const client = await setUp({ config });
    const reply = await client.call('POST', '/v1/connections/acme/pause', body);
    expect([reply.status, reply.body.errors]).toEqual([400, [expect.objectContaining({ path })]]);
    expect((await stateOf(client)).version).toBe(0);
  });

  it('is for keys that see all flows of the connection; for others there is none of that name', async () => {
    const client = await setUp({ config });
    const all = await client.as({ scopes: ['fallout:resolve'], flows: ['onboard', 'offboard', 'bulk'] });
    const some = await client.as({ scopes: ['fallout:resolve'], flows: ['onboard', 'bulk'] });
    for (const decision of ['pause', 'resume']) {
      const none = await some('POST', `/v1/connections/nothing/${decision}`, {});
      expect(none.status).toBe(404);
      for (const id of ['acme', 'unused', 'constructor', '__proto__', 'x'.repeat(65)]) {
        const reply = await some('POST', `/v1/connections/${id}/${decision}`, {});
        expect([reply.status, reply.text]).toEqual([404, none.text]);
      }
      expect((await stateOf(client)).version).toBe(0);
      expect((await some('POST', `/v1/connections/busy/${decision}`, {})).status).toBe(200);
      expect((await all('POST', `/v1/connections/unused/${decision}`, {})).status).toBe(404);
      expect((await client.call('POST', `/v1/connections/unused/${decision}`, {})).status).toBe(200);
    }
    expect((await all('POST', '/v1/connections/acme/pause', {})).status).toBe(200);
  });
});
