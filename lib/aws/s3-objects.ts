/** Small objects in the bucket, whole. Files of any size are `s3-output-store.ts`. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Objects } from './input-vault.ts';
import { toStoreError } from './service-errors.ts';

export interface BucketOptions {
  readonly client: S3Client;
  readonly bucket: string;
}

export function createObjects({ client, bucket }: BucketOptions): Objects {
  return {
    async put(key, text) {
      const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: 'text/plain' });
      await client.send(command).catch((error: unknown) => {
        throw toStoreError('the bucket', 'PutObject', error);
      });
    },

    async get(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return (await Body?.transformToString()) ?? '';
      } catch (error) {
        throw toStoreError('the bucket', 'GetObject', error);
      }
    },
  };
}
