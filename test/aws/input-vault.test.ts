import { beforeEach, describe, expect, it } from 'vitest';
import { createInputVault, type Objects } from '../../lib/aws/input-vault.ts';
import type { StoredInput } from '../../lib/domain/run.ts';
import type { PlainInput } from '../../lib/workflow/ports.ts';

const RUN = 'run_00000000000000000000000001';
const OTHER = 'run_00000000000000000000000002';
const rootKey = async () => Buffer.from('a root key that is long enough to be one');
const INPUT: PlainInput = { parameters: { name: 'Ada', email: 'ada@example.com' }, sensitive: ['email'] };
const BODY: PlainInput = { parameters: {}, sensitive: [], rawBody: '<secret>värde</secret>' };
const LARGE: PlainInput = {
  parameters: { name: 'Ada', email: 'ada@example.com', notes: 'canary '.repeat(10_000) },
  sensitive: ['email'],
};

const stored = new Map<string, string>();
const objects: Objects = {
  put: async (key, text) => void stored.set(key, text),
  get: async (key) => stored.get(key) ?? '',
};
beforeEach(() => stored.clear());

const vault = createInputVault({ rootKey, objects });
const refused = { name: 'InvalidInputError', message: expect.not.stringContaining('ada@') };

describe('the input vault', () => {
  it('shows what is not sensitive and seals the rest', async () => {
    const sealed = await vault.seal(RUN, INPUT);
    expect(sealed).toEqual({
      parameters: { name: 'Ada' },
      sensitive: ['email'],
      sealed: expect.stringMatching(/^v1\./),
    });
    expect(await vault.open(RUN, sealed)).toEqual(INPUT);
    expect(await vault.sensitiveValues(RUN, sealed)).toEqual({ email: 'ada@example.com' });
  });

  it('seals a raw body whole', async () => {
    const sealed = await vault.seal(RUN, BODY);
    expect(JSON.stringify(sealed)).not.toContain('secret');
    expect(await vault.open(RUN, sealed)).toEqual(BODY);
    expect(await vault.sensitiveValues(RUN, sealed)).toEqual({});
  });

  it('seals nothing when there is nothing to seal', async () => {
    const plain = { parameters: { name: 'Ada' }, sensitive: [] };
    expect(await vault.seal(RUN, plain)).toEqual(plain);
    expect(await vault.open(RUN, plain)).toEqual(plain);
  });

  it('moves what is large to the bucket, sealed, and keeps at hand what replies are scrubbed of', async () => {
    const sealed = await vault.seal(RUN, LARGE);
    expect(sealed).toMatchObject({ parameters: {}, sensitive: ['email'], key: `inputs/${RUN}` });
    expect(JSON.stringify(sealed).length).toBeLessThan(1_000);
    expect(JSON.stringify([...stored.values()])).not.toMatch(/canary|ada@/);
    expect(await vault.open(RUN, sealed)).toEqual(LARGE);
    const withoutBucket = createInputVault({ rootKey });
    expect(await withoutBucket.sensitiveValues(RUN, sealed)).toEqual({ email: 'ada@example.com' });
    await expect(withoutBucket.open(RUN, sealed)).rejects.toMatchObject(refused);
  });

  it('draws the line at 64 KiB of JSON, counted in bytes', async () => {
    const frame = JSON.stringify({ parameters: {}, rawBody: '' }).length;
    const fits = { ...BODY, rawBody: 'ü'.repeat((65_536 - frame) / 2) };
    expect(await vault.seal(RUN, fits)).not.toHaveProperty('key');
    expect(await vault.seal(RUN, { ...fits, rawBody: `${fits.rawBody}x` })).toHaveProperty('key');
  });

  it('gives the same input another ciphertext each time', async () => {
    expect((await vault.seal(RUN, INPUT)).sealed).not.toBe((await vault.seal(RUN, INPUT)).sealed);
  });

  it('opens nothing that was sealed for another run, so nobody reads an input by moving it', async () => {
    const sealed = await vault.seal(RUN, INPUT);
    await expect(vault.open(OTHER, sealed)).rejects.toMatchObject(refused);
    await expect(vault.sensitiveValues(OTHER, sealed)).rejects.toMatchObject(refused);
  });

  it('opens nothing under another root key', async () => {
    const sealed = await vault.seal(RUN, INPUT);
    const other = createInputVault({ rootKey: async () => Buffer.from('another key'), objects });
    await expect(other.open(RUN, sealed)).rejects.toMatchObject(refused);
  });

  it('opens nothing of which any byte was changed, cut off or is of another version', async () => {
    const sealed = await vault.seal(RUN, INPUT);
    const text = sealed.sealed ?? '';
    const bytes = Buffer.from(text.slice(3), 'base64url');
    const flipped = Array.from({ length: bytes.length }, (_, at) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return `v1.${copy.toString('base64url')}`;
    });
    for (const broken of [...flipped, text.slice(0, -4), 'v1.', 'v1.AAAA', text.replace('v1.', 'v2.'), '']) {
      const input: StoredInput = { ...sealed, sealed: broken };
      await expect(vault.open(RUN, input)).rejects.toMatchObject(refused);
    }
  });

  it('digests by purpose, repeatably, and never the same as another root key would', async () => {
    const digest = await vault.digest('fingerprint', 'text');
    expect(digest).toMatch(/^[\w-]{43}$/);
    expect(await createInputVault({ rootKey }).digest('fingerprint', 'text')).toBe(digest);
    expect(await vault.digest('api-key', 'text')).not.toBe(digest);
    const other = createInputVault({ rootKey: async () => Buffer.from('another key') });
    expect(await other.digest('fingerprint', 'text')).not.toBe(digest);
  });

  it('asks for the root key again after a failure, and never after a success', async () => {
    let asked = 0;
    const flaky = createInputVault({
      rootKey: async () => {
        asked += 1;
        if (asked === 1) throw new Error('not now');
        return rootKey();
      },
    });
    await expect(flaky.digest('api-key', 'a')).rejects.toThrow('not now');
    await flaky.digest('api-key', 'a');
    await flaky.digest('api-key', 'b');
    expect(asked).toBe(2);
  });
});
