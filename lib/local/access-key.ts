/** The key that AWS's clients sign with here: random, and the same for a data directory as long as that exists. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { makePrivate, readIfPresent, writePrivateFile } from './private-files.ts';
import type { AccessKey } from './sigv4.ts';

const keySchema = z.object({
  accessKeyId: z.string().regex(/^LOCAL[0-9A-F]{20}$/),
  secretAccessKey: z.string().regex(/^[\w-]{40}$/),
});

function read(text: string | undefined): AccessKey | undefined {
  try {
    return keySchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

/** Made at the first start. Nothing is lost with it, so what cannot be read is replaced. */
export function accessKeyOf(dataDir: string): AccessKey {
  const path = join(dataDir, 'access-key');
  const known = read(readIfPresent(path));
  if (known) {
    makePrivate(path);
    return known;
  }
  const created = {
    accessKeyId: `LOCAL${randomBytes(10).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  writePrivateFile(path, JSON.stringify(created));
  return created;
}
