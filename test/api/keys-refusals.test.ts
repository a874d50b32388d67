import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey, revokeKey } from '../../lib/api/keys.ts';
import { type KeyWorld, startKeyWorld, withChecksum, withId, withSecret } from './key-world.ts';

const cleanUps: (() => Promise<void>)[] = [];
let good: { readonly key: string; readonly keyId: string };
let world: KeyWorld;
beforeAll(async () => {
  world = await startKeyWorld((task) => cleanUps.push(task));
  good = await createKey(world.dependencies, 'test', { scopes: ['runs:read'] });
});
afterAll(async () => {
  for (const task of cleanUps) await task();
});

/** The same table seen by a container that remembers nothing yet. */
const freshContainer = () =>
  startKeyWorld(
    (task) => cleanUps.push(task),
    () => ({ keys: world.dependencies.keys }),
  );
const reads = () => world.operations.filter((name) => name === 'GetItem').length;
const guess = (index: number) => withSecret(good.key, `guess${index}x`);

describe('ten thousand guesses', () => {
  const cases: readonly (readonly [string, (index: number) => string, number])[] = [
    ['with a wrong checksum', (index) => `${guess(index).slice(0, -1)}-`, 0],
    ['of another checksum', (index) => `${guess(index).slice(0, -6)}000000`, 0],
    ['with ids that were made up, however well the rest is made', (index) => withId(good.key, `${index}nobody`), 0],
    ['of another environment', (index) => withChecksum(guess(index).slice(0, -6).replace('_test_', '_prod_')), 0],
    ['of the secret of a key that exists', guess, 1],
  ];
  it.each(cases)('%s cost the table next to nothing', async (_, attempt, expected) => {
    const container = await freshContainer();
    const before = reads();
    for (let index = 0; index < 10_000; index += 1)
      expect((await container.ask(attempt(index))).status, attempt(index)).toBe(401);
    expect(reads() - before).toBe(expected);
  });

  it('leave a valid key alone, behind the same address and of the same id, and cost it no time to wait', async () => {
    const container = await freshContainer();
    const other = await createKey(world.dependencies, 'test', { scopes: ['runs:read'] });
    const address = '203.0.113.7';
    for (let index = 0; index < 500; index += 1) await container.ask(guess(index), { address });
    expect((await container.ask(guess(501), { address })).status).toBe(429);
    for (const key of [good.key, other.key]) expect((await container.ask(key, { address })).status).toBe(200);
  });

  it('hide no revocation: what is remembered are wrong secrets, never right ones', async () => {
    const container = await freshContainer();
    const mine = await createKey(world.dependencies, 'test', { scopes: ['runs:read'] });
    expect((await container.ask(withSecret(mine.key, 'guess'))).status).toBe(401);
    expect((await container.ask(mine.key)).status).toBe(200);
    await revokeKey(world.dependencies, mine.keyId);
    expect((await container.ask(mine.key)).status).toBe(401);
  });
});

describe('an address from which many invalid keys come', () => {
  it('is told to wait, and for how long, until the minute is over', async () => {
    const container = await freshContainer();
    const address = '203.0.113.8';
    const statuses = [];
    for (let index = 0; index < 102; index += 1) {
      container.world.advance(100);
      statuses.push((await container.ask(guess(index), { address })).status);
    }
    expect(statuses).toEqual([...Array(100).fill(401), 429, 429]);
    const reply = await container.ask(guess(0), { address });
    expect(reply.headers.get('retry-after')).toBe('50');
    expect(await reply.json()).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect((await container.ask(guess(0), { address: '203.0.113.9' })).status).toBe(401);
    container.world.advance(50_000);
    expect((await container.ask(guess(0), { address })).status).toBe(401);
  });

  it('is not one where somebody mistyped a key or kept an old one', async () => {
    const container = await freshContainer();
    const old = await createKey(world.dependencies, 'test', { scopes: ['runs:read'] });
    await revokeKey(world.dependencies, old.keyId);
    const address = '203.0.113.10';
    for (let index = 0; index < 150; index += 1) {
      expect((await container.ask('mistyped', { address })).status).toBe(401);
      expect((await container.ask(old.key, { address })).status).toBe(401);
    }
  });

  it('is counted and logged without the key, and not for ever', async () => {
    const container = await freshContainer();
    const address = '203.0.113.11';
    for (let index = 0; index < 300; index += 1) await container.ask(guess(index), { address });
    expect(container.counted).toEqual(Array(100).fill({ metric: 'KeyRefused', fields: { reason: 'wrong' } }));
    const logged = container.world.logged.join('\n');
    expect(container.world.logged).toHaveLength(100);
    expect(logged).toContain('API key refused {"reason":"wrong"}');
    expect(logged).not.toContain('guess');
    expect(logged).not.toContain(good.keyId);
  });

  it('names a key that was one once, so that its owner can be found', async () => {
    const container = await freshContainer();
    const old = await createKey(world.dependencies, 'test', { scopes: ['runs:read'] });
    await revokeKey(world.dependencies, old.keyId);
    await container.ask(old.key);
    expect(container.world.logged).toEqual([`API key refused {"reason":"revoked","keyId":"${old.keyId}"}`]);
    expect(container.counted).toEqual([{ metric: 'KeyRefused', fields: { reason: 'revoked' } }]);
  });
});
