import { describe, expect, it, onTestFinished } from 'vitest';
import { createKey } from '../../lib/api/keys.ts';
import { createRequestBuckets } from '../../lib/aws/dynamodb-request-buckets.ts';
import { SCOPES, type Taken } from '../../lib/workflow/ports.ts';
import { setUp } from './client.ts';
import { type KeyWorld, startKeyWorld } from './key-world.ts';

const RATE = 20;

/** The API with the bucket of each key in a real table, in virtual time. */
async function limited(): Promise<KeyWorld> {
  const cleanUps: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    for (const task of cleanUps) await task();
  });
  return startKeyWorld(
    (task) => cleanUps.push(task),
    (table, world) => {
      const { clock, ids } = world.dependencies;
      return { buckets: createRequestBuckets({ ...table, clock, nonce: ids.nonce, requestsPerSecond: RATE }) };
    },
  );
}

const keyOf = async ({ dependencies }: KeyWorld) => (await createKey(dependencies, 'test', { scopes: SCOPES })).key;

/** So many requests at once; how many were served. */
async function burst(world: KeyWorld, key: string, count: number): Promise<number> {
  const replies = await Promise.all(Array.from({ length: count }, () => world.ask(key)));
  expect(new Set([200, 429, ...replies.map(({ status }) => status)]).size).toBe(2);
  return replies.filter(({ status }) => status === 200).length;
}

const refusing = (taken: Taken) => setUp({ using: { buckets: { take: async () => taken } } });

describe('a key that asks too often', () => {
  it.each([
    [1, '1'],
    [999, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [59_001, '60'],
  ])('is told when to ask again, in whole seconds: %d ms', async (retryAfterMs, header) => {
    const { call, world } = await refusing({ ok: false, retryAfterMs });
    const reply = await call('POST', '/v1/flows/onboard/runs', {});
    expect(reply.status).toBe(429);
    expect(reply.headers.get('retry-after')).toBe(header);
    expect(reply.body).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      detail: expect.stringContaining('Nothing was done'),
    });
    expect(world.store.all()).toEqual([]);
  });

  it('is refused before its body is read and whatever its scopes are', async () => {
    const { as } = await refusing({ ok: false, retryAfterMs: 1 });
    const weak = await as({ scopes: ['runs:read'] });
    expect((await weak('POST', '/v1/flows/onboard/runs', '{broken')).status).toBe(429);
  });

  it('takes nothing from what needs no key, and nothing is taken for a key that is not valid', async () => {
    const taken: string[] = [];
    const { app, call, keyId } = await setUp({
      using: {
        buckets: {
          async take(id) {
            taken.push(id);
            return { ok: true };
          },
        },
      },
    });
    expect((await app.request('/health')).status).toBe(200);
    expect((await app.request('/v1/runs', { headers: { 'x-api-key': 'x' } })).status).toBe(401);
    expect(taken).toEqual([]);
    await call('GET', '/v1/runs');
    expect(taken).toEqual([keyId]);
  });

  it('has two seconds’ worth at once, then its rate for long', async () => {
    const world = await limited();
    const key = await keyOf(world);
    expect(await burst(world, key, 100)).toBe(2 * RATE);
    world.world.advance(1_000);
    expect(await burst(world, key, 100)).toBe(RATE);
  });

  it('costs another key nothing, at fifty times its own rate', async () => {
    const world = await limited();
    const [greedy, modest] = [await keyOf(world), await keyOf(world)];
    await Promise.all([world.ask(greedy), world.ask(modest)]);
    const alone = await costOf(world, modest);
    let served = 0;
    for (let step = 0; step < 20; step += 1) {
      world.world.advance(100);
      const flood = burst(world, greedy, (50 * RATE) / 10);
      expect((await world.ask(modest)).status).toBe(200);
      served += await flood;
    }
    expect(served).toBeLessThanOrEqual(2 * RATE + 2 * RATE);
    expect(await costOf(world, modest)).toBe(alone);
  });
});

/** Operations on the table for ten requests at a modest rate. */
async function costOf(world: KeyWorld, key: string): Promise<number> {
  const before = world.operations.length;
  for (let count = 0; count < 10; count += 1) {
    world.world.advance(1_000);
    expect((await world.ask(key)).status).toBe(200);
  }
  return world.operations.length - before;
}
