/** Keys that are wrong cost the same work whatever is wrong with them, so that no time tells what is. */
import { describe, expect, it } from 'vitest';
import { createApi } from '../../lib/api/app.ts';
import { createKey, revokeKey } from '../../lib/api/keys.ts';
import { createInputVault } from '../../lib/aws/input-vault.ts';
import { setUp } from '../api/client.ts';
import { withId, withSecret } from '../api/key-edits.ts';

/** The API, and how often a refusal makes a digest and asks the table. */
async function house() {
  const vault = createInputVault({ rootKey: async () => Buffer.alloc(32, 7) });
  const counts = { digests: 0, reads: 0 };
  const { dependencies } = await setUp({ using: { vault } });
  const counted = {
    ...dependencies,
    vault: {
      ...vault,
      async digest(...args: Parameters<typeof vault.digest>) {
        counts.digests += 1;
        return vault.digest(...args);
      },
    },
    keys: {
      ...dependencies.keys,
      async get(keyId: string) {
        counts.reads += 1;
        return dependencies.keys.get(keyId);
      },
    },
  };
  const app = createApi(counted, { environment: 'test' });
  const { key } = await createKey(dependencies, 'test', { scopes: ['runs:read'] });
  const revoked = await createKey(dependencies, 'test', { scopes: ['runs:read'] });
  await revokeKey(dependencies, revoked.keyId);
  return {
    key,
    revoked: revoked.key,
    async costOf(presented: string) {
      Object.assign(counts, { digests: 0, reads: 0 });
      const reply = await app.request('/v1/keys/self', { headers: { 'x-api-key': presented } });
      return { status: reply.status, body: await reply.text(), ...counts };
    },
  };
}

describe('a key that is not valid', () => {
  it('costs two digests and, once its id was asked for, no read: whether the id is known, made up or revoked', async () => {
    const { key, revoked, costOf } = await house();
    const wrong = (secret: string) => withSecret(key, secret);
    await costOf(wrong('first'));
    const costs = [
      await costOf(wrong('second')),
      await costOf(withId(key, 'nobody')),
      await costOf(withId(key, 'no1')),
    ];
    expect(new Set(costs.map((cost) => JSON.stringify(cost))).size).toBe(1);
    expect(costs[0]).toMatchObject({ status: 401, digests: 2, reads: 0 });
    // Whoever has this one had it from us; it is read, so that its revocation counts.
    expect(await costOf(revoked)).toMatchObject({ status: 401, body: costs[0]?.body, digests: 2, reads: 1 });
  });

  it('costs nothing where its form alone tells that it is none, however short or long it is', async () => {
    const { key, costOf } = await house();
    const short = ['x', '', key.slice(0, -1), `${key}x`, `errand_test_${'a'.repeat(10_240)}`, 'ä'.repeat(36), '\u00ff'];
    for (const presented of short)
      expect(await costOf(presented), presented.slice(0, 40)).toMatchObject({ status: 401, digests: 0, reads: 0 });
  });
});
