import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey, listKeys, revokeKey, verifyKey } from '../../lib/api/keys.ts';
import { createInputVault } from '../../lib/aws/input-vault.ts';
import { SCOPES } from '../../lib/workflow/ports.ts';
import { type KeyWorld, startKeyWorld, withChecksum, withId, withSecret } from './key-world.ts';

let world: KeyWorld;
const cleanUps: (() => Promise<void>)[] = [];
beforeAll(async () => {
  world = await startKeyWorld((task) => cleanUps.push(task));
});
afterAll(async () => {
  for (const task of cleanUps) await task();
});

const create = (request: Partial<Parameters<typeof createKey>[2]> = {}) =>
  createKey(world.dependencies, 'test', { scopes: ['runs:read'], ...request });
const verify = (key: string, environment = 'test') => verifyKey(world.dependencies, environment, key);

describe('the text of a key', () => {
  it('tells by itself what it is, where it counts, whose it is, and whether it was copied well', async () => {
    const { key, keyId } = await create();
    const [prefix, environment, id, rest = ''] = key.split('_');
    expect([prefix, environment, id]).toEqual(['errand', 'test', keyId]);
    expect(rest).toMatch(/^[0-9A-Za-z]{36}$/);
    expect(withChecksum(key.slice(0, -6))).toBe(key);
  });

  it('ends in the very checksum that scanners for leaked keys compute', () => {
    expect(withChecksum('errand_prod_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz0123')).toBe(
      'errand_prod_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01233QTSxC',
    );
  });

  it('holds more chance than anybody can try: all characters everywhere, never the same twice', async () => {
    const made = await Promise.all(Array.from({ length: 400 }, () => create()));
    expect(new Set(made.map(({ keyId }) => keyId)).size).toBe(400);
    const secrets = made.map(({ key }) => key.slice(-36, -6));
    for (let place = 0; place < 30; place += 1)
      // 400 draws of 62: fewer than 50 different ones happen once in 10^20 files.
      expect(new Set(secrets.map((secret) => secret[place])).size).toBeGreaterThan(50);
  });
});

describe('what the table keeps of a key', () => {
  it('is a keyed hash: neither the key nor its secret, nor anything that another root key could check', async () => {
    const { key, keyId } = await create({ name: 'a name' });
    const { Items = [] } = await world.table.client.send(new ScanCommand({ TableName: world.table.table }));
    const text = JSON.stringify(Items);
    expect(text).toContain(keyId);
    expect(text).not.toContain(key);
    expect(text).not.toContain(key.slice(-36, -6));
    const vault = createInputVault({ rootKey: async () => Buffer.alloc(32, 8) });
    expect(await verifyKey({ ...world.dependencies, vault }, 'test', key)).toBeUndefined();
    expect(await verify(key)).toMatchObject({ keyId, name: 'a name', scopes: ['runs:read'] });
  });

  it('has each scope and flow once, and times in UTC', async () => {
    const { keyId } = await create({
      scopes: ['runs:read', 'runs:start', 'runs:read'],
      flows: ['onboard', 'onboard'],
      expiresAt: '2030-01-01T02:00:00+02:00',
    });
    expect(await world.dependencies.keys.get(keyId)).toMatchObject({
      scopes: ['runs:start', 'runs:read'],
      flows: ['onboard'],
      expiresAt: '2030-01-01T00:00:00.000Z',
    });
  });

  it.each(['2026-03-02T08:00:00Z', '1999-01-01T00:00:00Z', 'tomorrow', ''])(
    'is nothing where the end lies in the past or nowhere: %j',
    async (expiresAt) => {
      const before = (await world.dependencies.keys.list()).length;
      await expect(create({ expiresAt })).rejects.toMatchObject({
        name: 'InvalidInputError',
        issues: [{ path: 'expiresAt' }],
      });
      expect(await world.dependencies.keys.list()).toHaveLength(before);
    },
  );
});

describe('a key', () => {
  it('may have a second beside it, so that rotation needs no moment without one', async () => {
    const [old, fresh] = [await create({ name: 'billing' }), await create({ name: 'billing' })];
    expect(await Promise.all([old, fresh].map(({ key }) => verify(key)))).not.toContain(undefined);
    expect(await revokeKey(world.dependencies, old.keyId)).toBe(true);
    expect(await verify(old.key)).toBeUndefined();
    expect(await verify(fresh.key)).toMatchObject({ keyId: fresh.keyId });
  });

  it('is revoked for the very next request, also where it was used the moment before', async () => {
    const { key, keyId } = await create();
    expect((await world.ask(key)).status).toBe(200);
    await revokeKey(world.dependencies, keyId);
    expect((await world.ask(key)).status).toBe(401);
  });

  it('is revoked once, however often and by however many at once', async () => {
    const { keyId } = await create();
    let now = world.world.now();
    // Each at another moment, so that each would write something else.
    const clock = { ...world.dependencies.clock, now: () => now++ };
    const revoke = () => revokeKey({ ...world.dependencies, clock }, keyId);
    expect(await Promise.all(Array.from({ length: 8 }, revoke))).toEqual(Array(8).fill(true));
    const before = world.operations.length;
    const { revokedAt } = (await world.dependencies.keys.get(keyId)) ?? {};
    expect(await revoke()).toBe(true);
    expect(await world.dependencies.keys.get(keyId)).toMatchObject({ revokedAt });
    expect(world.operations.slice(before)).not.toContain('PutItem');
    expect(await revokeKey(world.dependencies, 'nobody')).toBe(false);
  });

  it('ends with the millisecond of its expiry', async () => {
    const expiresAt = new Date(world.world.now() + 1_000).toISOString();
    const { key } = await create({ expiresAt });
    world.world.advance(999);
    expect(await verify(key)).toBeDefined();
    world.world.advance(1);
    expect(await verify(key)).toBeUndefined();
  });

  it('counts in its own environment only', async () => {
    const { key } = await create();
    expect(await verify(key, 'prod')).toBeUndefined();
    expect(await verify(withChecksum(key.slice(0, -6).replace('_test_', '_prod_')), 'prod')).toBeUndefined();
  });

  it('is listed with those that ended, oldest first', async () => {
    const made: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      world.world.advance(1_000);
      made.push((await create({ name })).keyId);
    }
    await revokeKey(world.dependencies, made[1] ?? '');
    const listed = await listKeys(world.dependencies, ({ keyId }) => made.includes(keyId));
    expect(listed.map(({ name, revokedAt }) => [name, revokedAt !== undefined])).toEqual([
      ['first', false],
      ['second', true],
      ['third', false],
    ]);
  });
});

describe('every other key', () => {
  it('gets the same answer, whatever is wrong with it, so that nothing can be learned from it', async () => {
    const { key } = await create({ scopes: SCOPES });
    const revoked = await create();
    await revokeKey(world.dependencies, revoked.keyId);
    const bad = {
      nonsense: 'x',
      short: 'errand_test_1_2',
      'ten kilobytes': `errand_test_${'a'.repeat(10_240)}`,
      'a wrong checksum': `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`,
      'an unknown id': withId(key, 'nobody'),
      'a wrong secret': withSecret(key, 'guess'),
      'another environment': withChecksum(key.slice(0, -6).replace('_test_', '_prod_')),
      'a revoked key': revoked.key,
      'an object’s own word': '__proto__',
    };
    const answers = await Promise.all(
      Object.values(bad).map(async (presented) => {
        const reply = await world.ask(presented);
        return [reply.status, await reply.text(), reply.headers.get('www-authenticate')];
      }),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject([401, expect.stringContaining('"UNAUTHENTICATED"'), 'Bearer']);
  });
});

describe('where a key may stand', () => {
  const path = '/v1/keys/self';
  it('is one header or the other, or both with the same', async () => {
    const { key } = await create();
    expect((await world.ask(key)).status).toBe(200);
    expect((await world.ask(key, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    expect((await world.ask(key, { headers: { authorization: `bearer  ${key}` } })).status).toBe(200);
    expect((await world.ask(key, { headers: { authorization: 'Basic dTpw' } })).status).toBe(200);
  });

  it('is never two different headers, for nobody could say whose request it is', async () => {
    const [one, other] = [await create(), await create()];
    expect((await world.ask(one.key, { headers: { authorization: `Bearer ${other.key}` } })).status).toBe(401);
    expect((await world.ask(`${one.key}, ${other.key}`)).status).toBe(401);
  });

  it('is never the URL, which ends in logs', async () => {
    const { key } = await create();
    for (const name of ['x-api-key', 'api_key', 'key', 'access_token'])
      expect((await world.ask('', { path: `${path}?${name}=${key}` })).status).toBe(401);
    const reply = await world.ask(key, { path: `${path}?x-api-key=${key}` });
    expect(reply.status).toBe(400);
    expect(await reply.text()).not.toContain(key);
  });
});

describe('the last use of a key', () => {
  it('is noted once an hour, not with each request', async () => {
    const { key, keyId } = await create();
    const writes = () => world.operations.filter((name) => name === 'PutItem').length;
    const [before, at] = [writes(), new Date(world.world.now()).toISOString()];
    for (let count = 0; count < 5; count += 1) await world.ask(key);
    expect(writes() - before).toBe(1);
    expect(await world.dependencies.keys.get(keyId)).toMatchObject({ lastUsedAt: at });
    world.world.advance(3_600_000);
    await world.ask(key);
    expect(writes() - before).toBe(2);
  });

  it('never keeps a request from being served', async () => {
    const { key } = await create();
    const keys = { ...world.dependencies.keys, put: () => Promise.reject(new Error('away')) };
    const deaf = await startKeyWorld(
      (task) => cleanUps.push(task),
      () => ({ keys }),
    );
    expect((await deaf.ask(key)).status).toBe(200);
  });

  it('never brings a key back that was revoked meanwhile', async () => {
    const { key, keyId } = await create();
    const { keys } = world.dependencies;
    const late = await startKeyWorld(
      (task) => cleanUps.push(task),
      () => ({
        keys: {
          ...keys,
          async put(record) {
            await revokeKey(world.dependencies, keyId);
            await keys.put(record);
          },
        },
      }),
    );
    expect((await late.ask(key)).status).toBe(200);
    expect(await verify(key)).toBeUndefined();
    expect((await keys.get(keyId))?.revokedAt).toBeDefined();
  });
});
