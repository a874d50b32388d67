/** All that uses S3, in a part of its own: its client is the largest, and most invocations never need it. */
import { S3Client } from '@aws-sdk/client-s3';
import type { OutputStore } from '../workflow/ports.ts';
import { CLIENT } from './client-options.ts';
import type { Objects } from './input-vault.ts';
import { createObjects } from './s3-objects.ts';
import { createOutputStore } from './s3-output-store.ts';

const S3_CLIENT = {
  ...CLIENT,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 30_000,
    socketTimeout: 30_000,
    throwOnRequestTimeout: true,
  },
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const;

export interface Bucket {
  readonly objects: Objects;
  readonly outputs: OutputStore;
}

export interface BucketProps {
  readonly bucket: string;
  readonly nonce: () => string;
  /** @default - one of its own */
  readonly client?: S3Client | undefined;
}

export function openBucket({ bucket, nonce, client = new S3Client(S3_CLIENT) }: BucketProps): Bucket {
  return { objects: createObjects({ client, bucket }), outputs: createOutputStore({ client, bucket, nonce }) };
}
