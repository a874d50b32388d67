import { once } from './assemble.ts';
import type { Bucket, BucketProps } from './bucket.ts';

/** Loads the bucket's client, the largest of all, not before something is too large for the table, or is output. */
export function lazyBucket(options: BucketProps): Bucket {
  const load = once(async () => (await import('./bucket.ts')).openBucket(options));
  return {
    objects: {
      put: async (...what) => (await load()).objects.put(...what),
      get: async (key) => (await load()).objects.get(key),
    },
    outputs: {
      store: async (...what) => (await load()).outputs.store(...what),
      value: async (output) => (await load()).outputs.value(output),
      read: async (file) => (await load()).outputs.read(file),
      signedUrl: async (file) => (await load()).outputs.signedUrl(file),
    },
  };
}
