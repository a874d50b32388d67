import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiKeyStore } from '../../lib/aws/dynamodb-api-key-store.ts';
import type { ApiKeyRecord } from '../../lib/workflow/ports.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';

let world: TestTable;
beforeAll(async () => {
  world = await startTable();
});
afterAll(() => world.close());

function keyOf(keyId: string, fields: Partial<ApiKeyRecord> = {}): ApiKeyRecord {
  return { keyId, digest: 'digest', scopes: ['runs:start'], createdAt: '2026-11-21T10:00:00.000Z', ...fields };
}

it('keeps, replaces and lists API keys', async () => {
  const store = createApiKeyStore(world);
  expect(await store.get('one')).toBeUndefined();
  await store.put(keyOf('one'));
  await store.put(keyOf('two', { flows: ['onboard'] }));
  await store.put(keyOf('one', { name: 'renamed' }));
  expect(await store.get('one')).toEqual(keyOf('one', { name: 'renamed' }));
  expect(await store.list()).toEqual([keyOf('one', { name: 'renamed' }), keyOf('two', { flows: ['onboard'] })]);
});

it('never takes a revocation back, whoever writes late', async () => {
  const store = createApiKeyStore(world);
  const revoked = keyOf('three', { revokedAt: '2026-11-21T11:00:00.000Z' });
  await store.put(keyOf('three'));
  await store.put(revoked);
  await store.put(revoked);
  await expect(store.put(keyOf('three'))).rejects.toMatchObject({ name: 'InvalidInputError' });
  expect(await store.get('three')).toEqual(revoked);
});
