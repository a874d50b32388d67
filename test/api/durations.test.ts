import { describe, expect, it } from 'vitest';
import { configSchema } from '../../lib/domain/config.ts';
import { exactly } from '../helpers/took.ts';
import { type Client, setUp } from './client.ts';

const acme = { provider: 'bryter', baseUrl: 'https://acme.example.com', secret: 'errand/acme' } as const;
const flow = { connection: 'acme', target: {} };
const config = configSchema.parse({
  connections: { acme },
  flows: {
    onboard: flow,
    soon: { ...flow, looks: { noticeWithin: '5s' } },
    many: { ...flow, parameters: { office: { type: 'text' } }, looks: { historyBy: 'office' } },
  },
});

/** Runs of a flow that took these, one a minute. */
async function remembered({ dependencies, world }: Client, key: string, seconds: readonly number[]): Promise<void> {
  for (const second of seconds) {
    await dependencies.histories.remember(key, exactly(second * 1_000));
    world.advance(60_000);
  }
}

const MINUTES = [61, 59, 60, 62, 58, 60, 64, 57];

describe('how long the runs of a flow took', () => {
  it('is told one by one, with what follows: what is usual, and when the next run would be looked at', async () => {
    const client = await setUp({ config });
    await remembered(client, 'onboard/acme', MINUTES);
    const { body } = await client.call('GET', '/v1/flows/onboard/durations');
    expect(body.durationsMs).toEqual(MINUTES.map((seconds) => seconds * 1_000).sort());
    expect(body).toMatchObject({ runs: 8, p50Ms: 60_000 });
    expect(body.p05Ms).toBeLessThan(body.p50Ms);
    expect(body.p50Ms).toBeLessThan(body.p95Ms);
    expect(body.p95Ms).toBeLessThan(body.p99Ms);
    const looks: readonly number[] = body.plannedLooksMs;
    expect(looks).toEqual(looks.toSorted((a, b) => a - b));
    expect(looks.some((ms) => ms > 55_000 && ms < 70_000)).toBe(true);
    expect(body).not.toHaveProperty('historyBy');
    const { duration } = (await client.call('GET', '/v1/flows/onboard')).body;
    expect(body).toMatchObject(duration);
  });

  it('is an empty list while nothing is known, and says nothing of quantiles below five runs', async () => {
    const client = await setUp({ config });
    const nothing = { durationsMs: [], runs: 0, plannedLooksMs: [] };
    expect((await client.call('GET', '/v1/flows/onboard/durations')).body).toEqual(nothing);
    await remembered(client, 'onboard/acme', [60, 30]);
    const { body } = await client.call('GET', '/v1/flows/onboard/durations');
    expect(body).toEqual({ durationsMs: [30_000, 60_000], runs: 2, plannedLooksMs: expect.any(Array) });
    expect(body.plannedLooksMs.length).toBeGreaterThan(0);
  });

  it('has the looks that keep to the budget of the flow', async () => {
    const client = await setUp({ config });
    await remembered(client, 'onboard/acme', MINUTES);
    await remembered(client, 'soon/acme', MINUTES);
    const looksOf = async (id: string) => (await client.call('GET', `/v1/flows/${id}/durations`)).body.plannedLooksMs;
    expect(await looksOf('soon')).not.toEqual(await looksOf('onboard'));
  });

  it('is that of one value, where the duration depends on a parameter', async () => {
    const client = await setUp({ config });
    await remembered(client, 'many/acme/"north"', [60]);
    await remembered(client, 'many/acme/', [5]);
    const ask = async (query: string) => (await client.call('GET', `/v1/flows/many/durations${query}`)).body;
    expect(await ask('?value=%22north%22')).toMatchObject({ durationsMs: [60_000], historyBy: 'office' });
    expect(await ask('?value=%20%22north%22')).toMatchObject({ durationsMs: [60_000] });
    expect(await ask('?value=%22south%22')).toEqual({
      durationsMs: [],
      runs: 0,
      plannedLooksMs: [],
      historyBy: 'office',
    });
    // Runs that were started without it.
    expect(await ask('')).toMatchObject({ durationsMs: [5_000] });
  });

  it('is read under the key under which a run of that value was remembered', async () => {
    const client = await setUp({ config });
    const { world } = client;
    const run = await world.accept({ flowId: 'many', parameters: { office: 'ü "x"' } });
    await world.drive(run.id);
    const { historyKey } = await world.run(run.id);
    await remembered(client, historyKey ?? '', [7]);
    const value = encodeURIComponent(JSON.stringify('ü "x"'));
    const { body } = await client.call('GET', `/v1/flows/many/durations?value=${value}`);
    expect(body.durationsMs).toContain(7_000);
  });

  it.each([
    ['many', 'value=north', 'the JSON of "office"'],
    ['many', 'value=', 'the JSON of "office"'],
    ['onboard', 'value=1', 'depend on no parameter'],
    ['many', `value=%22${'x'.repeat(1_100)}%22`, ''],
    ['many', 'office=north', 'known are value'],
  ])('refuses of "%s" the query %s by name', async (id, query, message) => {
    const { call } = await setUp({ config });
    const { status, body } = await call('GET', `/v1/flows/${id}/durations?${query}`);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ path: query.split('=')[0], message: expect.stringContaining(message) }]);
  });

  it('is for those alone who may see the flow', async () => {
    const client = await setUp({ config });
    const limited = await client.as({ scopes: ['runs:read'], flows: ['soon'] });
    expect((await limited('GET', '/v1/flows/soon/durations')).status).toBe(200);
    for (const id of ['onboard', 'nothing', '__proto__'])
      expect((await limited('GET', `/v1/flows/${id}/durations`)).status, id).toBe(404);
    const starter = await client.as({ scopes: ['runs:start'] });
    expect((await starter('GET', '/v1/flows/soon/durations')).status).toBe(403);
  });
});
