import { describe, expect, it } from 'vitest';
import { expectedKeyId, keyIdOf, newKeyId, newKeyText } from '../../lib/api/key-text.ts';
import { checkKey, createKey, type KnownDigests, listKeys, revokeKey, verifyKey } from '../../lib/api/keys.ts';
import { type ApiKeyRecord, SCOPES } from '../../lib/workflow/ports.ts';
import { createWorld, START_OF_TIME, type World } from '../helpers/world.ts';
import { withChecksum, withId, withSecret } from './key-edits.ts';

const session = { start: () => Promise.reject(new Error('not called')) };
const iso = (ms: number) => new Date(START_OF_TIME + ms).toISOString();

async function keyWorld(request: Partial<Parameters<typeof createKey>[2]> = {}) {
  const world = createWorld({ session });
  const { dependencies } = world;
  const reads: string[] = [];
  const { get } = dependencies.keys;
  const keys = {
    ...dependencies.keys,
    get(keyId: string) {
      reads.push(keyId);
      return get(keyId);
    },
  };
  Object.assign(dependencies, { keys });
  const made = await createKey(dependencies, 'test', { scopes: ['runs:read'], ...request });
  const check = (text: string, known?: KnownDigests) => checkKey(dependencies, 'test', text, known);
  const change = async (fields: Partial<ApiKeyRecord>) => {
    const record = await get(made.keyId);
    if (record !== undefined) await keys.put({ ...record, ...fields });
  };
  return { world, dependencies, reads, check, change, ...made };
}

const sign = async (text: string) => `signed ${text}`;

describe('the text of a key', () => {
  it('is of one form: its environment, its id, its secret and a checksum', async () => {
    const keyId = await newKeyId(sign);
    expect(keyId).toMatch(/^[0-9A-Za-z]{16}$/);
    const text = newKeyText('test', keyId);
    expect(text).toMatch(new RegExp(`^errand_test_${keyId}_[0-9A-Za-z]{36}$`));
    expect(keyIdOf(text, 'test')).toBe(keyId);
    expect(withChecksum(text.slice(0, -6))).toBe(text);
    expect(newKeyText('test', keyId)).not.toBe(text);
  });

  it('uses every letter and digit, and no two are alike', () => {
    const secrets = Array.from({ length: 200 }, () => newKeyText('test', 'x').slice('errand_test_x_'.length, -6));
    expect(new Set(secrets.join('')).size).toBe(62);
    expect(new Set(secrets).size).toBe(200);
    expect(secrets.every(({ length }) => length === 30)).toBe(true);
  });

  it('has an id that only the root key could have made, which is told by the id alone', async () => {
    const keyId = await newKeyId(sign);
    expect(await expectedKeyId(keyId, sign)).toBe(keyId);
    expect(await expectedKeyId(keyId, async (text) => `other ${text}`)).not.toBe(keyId);
    const signed: string[] = [];
    const told = await expectedKeyId(`${'0'.repeat(10)}xxxxxx`, async (text) => {
      signed.push(text);
      return text;
    });
    expect(signed).toEqual(['keyId 0000000000']);
    expect(told).toMatch(/^0000000000[0-9A-Za-z]{6}$/);
    expect(told).not.toBe('0000000000xxxxxx');
    expect((await newKeyId(sign)).slice(0, 10)).not.toBe(keyId.slice(0, 10));
  });

  it('is none of another environment, form, length or checksum', () => {
    const body = `errand_test_${'A'.repeat(16)}_${'b'.repeat(30)}`;
    const text = withChecksum(body);
    expect(keyIdOf(text, 'test')).toBe('A'.repeat(16));
    for (const [other, environment] of [
      [text, 'prod'],
      [text, ''],
      [`x${text}`, 'test'],
      [`${text}x`, 'test'],
      [`${text.slice(0, -1)}${text.endsWith('a') ? 'b' : 'a'}`, 'test'],
      [withChecksum(`errand_test_${'A'.repeat(15)}_${'b'.repeat(30)}`), 'test'],
      [withChecksum(`errand_test_${'A'.repeat(17)}_${'b'.repeat(30)}`), 'test'],
      [withChecksum(`errand_test_${'A'.repeat(16)}_${'b'.repeat(29)}`), 'test'],
      [withChecksum(`errand_test_${'A'.repeat(16)}_${'b'.repeat(31)}`), 'test'],
      [withChecksum(`errand_test_${'-'.repeat(16)}_${'b'.repeat(30)}`), 'test'],
      [withChecksum(`errand_test_${'A'.repeat(16)}_${'-'.repeat(30)}`), 'test'],
      [withChecksum(`x\nerrand_test_${'A'.repeat(16)}_${'b'.repeat(30)}`), 'test'],
      [withChecksum(`errand__${'A'.repeat(16)}_${'b'.repeat(30)}`), ''],
      [withChecksum(`errand_TEST_${'A'.repeat(16)}_${'b'.repeat(30)}`), 'TEST'],
      [withChecksum(`errand_${'e'.repeat(21)}_${'A'.repeat(16)}_${'b'.repeat(30)}`), 'e'.repeat(21)],
      ['', 'test'],
    ] as const)
      expect(keyIdOf(other, environment), other).toBeUndefined();
    const longest = `${'e-1'.repeat(6)}ab`;
    expect(keyIdOf(withChecksum(`errand_${longest}_${'A'.repeat(16)}_${'b'.repeat(30)}`), longest)).toBe(
      'A'.repeat(16),
    );
  });
});

describe('making a key', () => {
  it('keeps what it may do, each once and in one order, and of the key itself a hash', async () => {
    const expiresAt = '2030-01-01T02:00:00+02:00';
    const { dependencies, key, keyId } = await keyWorld({
      scopes: ['runs:read', 'runs:start', 'runs:read'],
      flows: ['b', 'a', 'b'],
      name: 'desk',
      expiresAt,
    });
    expect(await dependencies.keys.list()).toEqual([
      {
        keyId,
        digest: `api-key:${key}`,
        scopes: ['runs:start', 'runs:read'],
        flows: ['b', 'a'],
        name: 'desk',
        createdAt: iso(0),
        expiresAt: '2030-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('keeps nothing that was not asked for', async () => {
    const { dependencies, key, keyId } = await keyWorld();
    const [record] = await dependencies.keys.list();
    expect(record).toStrictEqual({ keyId, digest: `api-key:${key}`, scopes: ['runs:read'], createdAt: iso(0) });
  });

  it.each([iso(0), iso(-1), 'tomorrow', ''])(
    'is refused with the end %j, of which none lies ahead',
    async (expiresAt) => {
      await expect(keyWorld({ expiresAt })).rejects.toMatchObject({
        name: 'InvalidInputError',
        issues: [{ path: 'expiresAt', message: `expected a time to come, after ${iso(0)}` }],
      });
      expect((await keyWorld({ expiresAt: iso(1) })).key).toBeDefined();
    },
  );
});

describe('a key that is presented', () => {
  it('is valid as it was made, and what it may do is what its record says', async () => {
    const { dependencies, check, key, keyId } = await keyWorld();
    expect(await check(key)).toEqual({ kind: 'valid', record: await dependencies.keys.get(keyId) });
    expect(await verifyKey(dependencies, 'test', key)).toMatchObject({ keyId });
    expect(await verifyKey(dependencies, 'prod', key)).toBeUndefined();
  });

  it('is wrong with another secret or another id, and malformed when it is no key at all', async () => {
    const { dependencies, check, reads, key, keyId } = await keyWorld();
    expect(await check('x')).toEqual({ kind: 'malformed' });
    expect(await check(`${key}x`)).toEqual({ kind: 'malformed' });
    expect(await check(withId(key, 'nobody'))).toEqual({ kind: 'wrong' });
    expect(reads).toEqual([]);
    expect(await check(withSecret(key, 'guess'))).toEqual({ kind: 'wrong' });
    expect(reads).toEqual([keyId]);
    expect(await verifyKey(dependencies, 'test', withSecret(key, 'guess'))).toBeUndefined();
  });

  it('is wrong when its record is gone, also for whoever remembers', async () => {
    const { dependencies, check, reads, key } = await keyWorld();
    Object.assign(dependencies.keys, { get: async (keyId: string) => void reads.push(keyId) });
    const memory = new Map<string, string>();
    for (let round = 0; round < 3; round += 1) expect(await check(key, memory)).toEqual({ kind: 'wrong' });
    expect(reads).toHaveLength(1);
  });

  it('is looked up once for all wrong secrets of an id, and each time for the right one', async () => {
    const { check, reads, key, keyId } = await keyWorld();
    const memory = new Map<string, string>();
    for (let round = 0; round < 3; round += 1)
      expect(await check(withSecret(key, `guess${round}`), memory)).toEqual({ kind: 'wrong' });
    expect(reads).toHaveLength(1);
    expect([...memory]).toEqual([[keyId, `api-key:${key}`]]);
    for (let round = 0; round < 2; round += 1) expect(await check(key, memory)).toMatchObject({ kind: 'valid' });
    expect(reads).toHaveLength(3);
  });

  it('ends with the millisecond of its expiry, and at once when it is revoked', async () => {
    const { world, check, change, key, keyId } = await keyWorld({ expiresAt: iso(1_000) });
    world.advance(999);
    expect(await check(key)).toMatchObject({ kind: 'valid' });
    world.advance(1);
    expect(await check(key)).toEqual({ kind: 'expired', keyId });
    await change({ revokedAt: iso(0) });
    expect(await check(key)).toEqual({ kind: 'revoked', keyId });
  });
});

describe('revoking a key', () => {
  it('holds from its first moment on, however often it is said', async () => {
    const { world, dependencies, keyId } = await keyWorld();
    world.advance(500);
    expect(await revokeKey(dependencies, keyId)).toBe(true);
    world.advance(500);
    expect(await revokeKey(dependencies, keyId)).toBe(true);
    expect(await dependencies.keys.get(keyId)).toMatchObject({ revokedAt: iso(500) });
  });

  it('is nobody’s who may not see it, nor of a key that there is not', async () => {
    const { dependencies, check, key, keyId } = await keyWorld();
    expect(await revokeKey(dependencies, keyId, () => false)).toBe(false);
    expect(await revokeKey(dependencies, 'nobody')).toBe(false);
    expect(await check(key)).toMatchObject({ kind: 'valid' });
  });

  it('has succeeded when somebody else did it at that moment, and only then', async () => {
    const away = () => Promise.reject(new Error('written by somebody else'));
    const lost = await keyWorld();
    const { put } = lost.dependencies.keys;
    Object.assign(lost.dependencies.keys, {
      async put(record: ApiKeyRecord) {
        await put({ ...record, revokedAt: iso(-1) });
        return away();
      },
    });
    expect(await revokeKey(lost.dependencies, lost.keyId)).toBe(true);
    expect(await lost.dependencies.keys.get(lost.keyId)).toMatchObject({ revokedAt: iso(-1) });
    const failed = await keyWorld();
    Object.assign(failed.dependencies.keys, { put: away });
    await expect(revokeKey(failed.dependencies, failed.keyId)).rejects.toThrow('somebody else');
    const gone = await keyWorld();
    const { get } = gone.dependencies.keys;
    let first = true;
    const once = async (keyId: string) => {
      const record = first ? await get(keyId) : undefined;
      first = false;
      return record;
    };
    Object.assign(gone.dependencies.keys, { put: away, get: once });
    await expect(revokeKey(gone.dependencies, gone.keyId)).rejects.toThrow('somebody else');
  });
});

describe('the list of keys', () => {
  const listed = async (world: World, mayManage?: (record: ApiKeyRecord) => boolean) =>
    (await listKeys(world.dependencies, mayManage)).map(({ name }) => name);

  it('has those that the caller may see, oldest first', async () => {
    const { world, dependencies } = await keyWorld({ name: 'second' });
    const make = (name: string) => createKey(dependencies, 'test', { scopes: SCOPES, name });
    world.advance(-1_000);
    await make('first');
    world.advance(2_000);
    await make('third');
    expect(await listed(world)).toEqual(['first', 'second', 'third']);
    expect(await listed(world, ({ name }) => name !== 'second')).toEqual(['first', 'third']);
  });
});
