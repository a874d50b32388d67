import { describe, expect, it } from 'vitest';
import { configSchema } from '../../lib/domain/config.ts';
import type { Run } from '../../lib/domain/run.ts';
import { isTerminal, STATUSES } from '../../lib/domain/status.ts';
import { nextRunId } from '../helpers/runs.ts';
import { exactly } from '../helpers/took.ts';
import { START_OF_TIME } from '../helpers/world.ts';
import { type Client, given, setUp } from './client.ts';

const acme = { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } as const;
const parameters = { office: { type: 'text' } };
const config = configSchema.parse({
  connections: { acme: { ...acme, limits: { inFlight: 2 } }, free: acme },
  flows: {
    onboard: { connection: 'acme', target: {} },
    many: { connection: 'acme', target: {}, parameters, looks: { historyBy: 'office' } },
    other: { connection: 'free', target: {} },
  },
});

const at = (seconds: number) => new Date(START_OF_TIME + seconds * 1_000).toISOString();
const usual = { p50Ms: 60_000.4, p95Ms: 90_000.6, p99Ms: 95_000, runs: 64 };

/** So many runs of a flow that took this long. */
async function remembered({ dependencies, world }: Client, key: string, durationMs: number, runs = 8): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    await dependencies.histories.remember(key, exactly(durationMs));
    world.advance(1_000);
  }
}

/** Puts runs into the line of `acme`. */
async function enqueued({ dependencies }: Client, ...runIds: readonly string[]): Promise<void> {
  for (const runId of runIds)
    await dependencies.inFlight.enqueue('acme', { runId, flowId: 'onboard', startBy: at(86_400) });
}

describe('a run that waits for a place at its platform', () => {
  it('says where it stands in line, and when it may be started if runs take as long as they usually do', async () => {
    const client = await setUp({ config });
    await remembered(client, 'onboard/acme', 60_000);
    const before = [nextRunId(), nextRunId()];
    const heldBack = { why: 'in-flight', since: at(1), times: 3 } as const;
    const id = await given(client, { status: 'ACCEPTED', queuedAt: at(1), heldBack });
    await enqueued(client, ...before, id);
    const { body, headers } = await client.call('GET', `/v1/runs/${id}`);
    const expectedMs = client.world.now() + (3 * 60_000) / 2;
    expect(body.queue).toMatchObject({ position: 3, since: at(1) });
    expect(Math.abs(Date.parse(body.queue.expectedStartAt) - expectedMs)).toBeLessThan(5_000);
    expect(body.heldBack).toEqual({ why: 'in-flight', since: at(1) });

    const tag = headers.get('etag') ?? '';
    const again = () => client.call('GET', `/v1/runs/${id}`, undefined, { 'if-none-match': tag });
    expect((await again()).status).toBe(304);
    await client.dependencies.inFlight.dequeue('acme', before[0] ?? '');
    const moved = await again();
    expect([moved.status, moved.body.queue.position]).toEqual([200, 2]);
  });

  it('reckons with runs of the same value, where the duration depends on one', async () => {
    const client = await setUp({ config });
    await remembered(client, 'many/acme/"west"', 60_000);
    const input = { parameters: { office: 'west' }, sensitive: [] };
    const id = await given(client, { flowId: 'many', status: 'ACCEPTED', queuedAt: at(1), input });
    await enqueued(client, id);
    const { queue } = (await client.call('GET', `/v1/runs/${id}`)).body;
    expect(Math.abs(Date.parse(queue.expectedStartAt) - client.world.now() - 30_000)).toBeLessThan(5_000);
  });

  it('promises no time where durations are not known', async () => {
    const client = await setUp({ config });
    await remembered(client, 'many/acme', 60_000);
    for (const flowId of ['onboard', 'many', 'gone']) {
      const id = await given(client, { flowId, status: 'ACCEPTED', queuedAt: at(1) });
      await enqueued(client, id);
      const { queue } = (await client.call('GET', `/v1/runs/${id}`)).body;
      expect(queue, flowId).toEqual({ position: expect.any(Number), since: at(1) });
    }
  });

  it('says in lists only what its record holds, for which nothing more is read', async () => {
    const client = await setUp({ config });
    const id = await given(client, { status: 'ACCEPTED', queuedAt: at(1) });
    const never = () => Promise.reject(new Error('read'));
    Object.assign(client.dependencies.inFlight, { ahead: never });
    Object.assign(client.dependencies.histories, { get: never, getMany: never });
    const { items } = (await client.call('GET', '/v1/runs')).body;
    expect(items).toEqual([expect.objectContaining({ id, queue: { since: at(1) } })]);
  });
});

describe('a run that waits for its moment in the request budget', () => {
  const fields: Partial<Run> = { flowId: 'other', connection: 'free', turnAt: at(40), createdAt: at(0) };

  it('says when that is, also in lists', async () => {
    const client = await setUp({ config });
    const heldBack = { why: 'busy', since: at(2), times: 1 } as const;
    const id = await given(client, { ...fields, status: 'COOLING_OFF', heldBack });
    const queue = { since: at(2), expectedStartAt: at(40) };
    expect((await client.call('GET', `/v1/runs/${id}`)).body).toMatchObject({ queue, heldBack: { why: 'busy' } });
    expect((await client.call('GET', '/v1/runs')).body.items).toEqual([expect.objectContaining({ id, queue })]);
  });

  it.each(STATUSES)(
    'is in no line once it is being started, and not held back once it has ended: %s',
    async (status) => {
      const client = await setUp({ config });
      const heldBack = { why: 'paused', since: at(0), times: 1 } as const;
      const id = await given(client, { ...fields, status, heldBack });
      const { body } = await client.call('GET', `/v1/runs/${id}`);
      const waits = status === 'ACCEPTED' || status === 'COOLING_OFF';
      expect(body.queue).toEqual(waits ? { since: at(0), expectedStartAt: at(40) } : undefined);
      expect(body.heldBack).toEqual(isTerminal(status) ? undefined : { why: 'paused', since: at(0) });
    },
  );
});

describe('a run under way', () => {
  it('says how long such runs take, and since when it takes longer', async () => {
    const client = await setUp({ config });
    const plan = { atSeconds: [55], lookCostSeconds: 4, usual };
    const id = await given(client, { status: 'RUNNING', plan, slowSince: at(99), historyKey: 'onboard/acme' });
    const expected = { duration: { p50Ms: 60_000, p95Ms: 90_001, runs: 64 }, slowSince: at(99) };
    const { body } = await client.call('GET', `/v1/runs/${id}`);
    expect(body).toMatchObject(expected);
    for (const ours of ['plan', 'historyKey', 'queue']) expect(body).not.toHaveProperty(ours);
    expect((await client.call('GET', '/v1/runs')).body.items[0]).toMatchObject(expected);
  });

  it('says the short end of them, too, and why the next look is when it is, where its record is new enough', async () => {
    const client = await setUp({ config });
    const plan = { atSeconds: [55], lookCostSeconds: 4, usual: { p05Ms: 50_000.4, ...usual } };
    const next = { nextLookAt: at(60), nextLookWhy: 'usual' } as const;
    const id = await given(client, { status: 'RUNNING', plan, ...next });
    const { body } = await client.call('GET', `/v1/runs/${id}`);
    expect(body).toMatchObject({ ...next, duration: { p05Ms: 50_000, p50Ms: 60_000, p95Ms: 90_001, runs: 64 } });
    const older = await given(client, { status: 'RUNNING', nextLookAt: at(60) });
    expect((await client.call('GET', `/v1/runs/${older}`)).body).not.toHaveProperty('nextLookWhy');
  });

  it('says nothing of durations that are not known yet', async () => {
    const client = await setUp({ config });
    const id = await given(client, { status: 'RUNNING', plan: { atSeconds: [1], lookCostSeconds: 4 } });
    const { body } = await client.call('GET', `/v1/runs/${id}`);
    for (const name of ['duration', 'slowSince', 'heldBack']) expect(body).not.toHaveProperty(name);
  });
});

describe('a flow', () => {
  it('says how long its runs take, once that is known and if it is one number, in one read for all flows', async () => {
    const client = await setUp({ config });
    await remembered(client, 'onboard/acme', 60_000, 8);
    await remembered(client, 'other/free', 1_000, 2);
    await remembered(client, 'many/acme', 5_000, 8);
    const { histories } = client.dependencies;
    const getMany = histories.getMany.bind(histories);
    const reads: (readonly string[])[] = [];
    Object.assign(histories, {
      getMany(keys: readonly string[]) {
        reads.push(keys);
        return getMany(keys);
      },
    });
    const { items } = (await client.call('GET', '/v1/flows')).body;
    const known = { p05Ms: expect.any(Number), p50Ms: expect.any(Number), p95Ms: expect.any(Number), runs: 8 };
    expect(items.map(({ duration }: { readonly duration: object }) => duration)).toEqual([known, {}, {}]);
    expect(Math.abs(items[0].duration.p50Ms - 60_000)).toBeLessThan(3_000);
    expect(reads).toEqual([['onboard/acme', 'other/free']]);
    for (const item of items) expect((await client.call('GET', `/v1/flows/${item.id}`)).body).toEqual(item);
  });

  it('says what is set of when to look at its runs', async () => {
    const { connections } = config;
    const flow = (looks: object) => ({ connection: 'acme', target: {}, parameters, looks });
    const client = await setUp({
      config: configSchema.parse({
        connections,
        flows: {
          plain: flow({}),
          soon: flow({ noticeWithin: '5% or 30s' }),
          split: flow({ historyBy: 'office', trustProgress: true }),
        },
      }),
    });
    const { items } = (await client.call('GET', '/v1/flows')).body;
    expect(items.map(({ looks }: { readonly looks?: object }) => looks)).toEqual([
      undefined,
      { noticeWithin: { share: 0.05, ms: 30_000 } },
      { historyBy: 'office', trustProgress: true },
    ]);
  });
});
