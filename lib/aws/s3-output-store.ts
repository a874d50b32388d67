/** Outputs in the bucket. A file is named after its bytes and appears whole or not at all. */
import { createHash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { FILE_LINK_SECONDS, OBJECTS } from '../contract.ts';
import { StoreUnavailableError } from '../domain/errors.ts';
import { attachmentOf } from '../domain/file-name.ts';
import type { Json } from '../domain/json.ts';
import type { OutputFile, RunOutput } from '../domain/run.ts';
import type { ProviderFile, ProviderOutput } from '../providers/provider.ts';
import type { OutputStore } from '../workflow/ports.ts';
import { createFileUpload } from './s3-file-upload.ts';
import type { BucketOptions } from './s3-objects.ts';
import { isNamed, isStatus, toStoreError } from './service-errors.ts';

export interface OutputStoreOptions extends BucketOptions {
  readonly client: S3Client;
  /** Random text for names in the staging area. */
  readonly nonce: () => string;
  /** Largest file, in bytes. */
  readonly maxFileBytes?: number;
}

const SERVICE = 'the bucket';
const MAX_INLINE_VALUE_BYTES = 32_768;
const DEFAULT_MAX_FILE_BYTES = 512 * 1_024 * 1_024;
/** `type/subtype`, with nothing that could end a header. */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(; ?[\w-]+=[\w.-]+)?$/;

export function createOutputStore(options: OutputStoreOptions): OutputStore {
  const { client, bucket, maxFileBytes = DEFAULT_MAX_FILE_BYTES } = options;
  const upload = createFileUpload({ ...options, maxFileBytes });

  const storeFile = async (prefix: string, file: ProviderFile, index: number, signal: AbortSignal) => {
    const mediaType = MEDIA_TYPE.test(file.mediaType) ? file.mediaType : 'application/octet-stream';
    const source = await file.open({ signal });
    const keyOf = (sha256: string) => `${prefix}${index}-${sha256}`;
    return { name: file.name, mediaType, ...(await upload({ name: file.name, mediaType, source, keyOf, signal })) };
  };

  const storeValue = async (prefix: string, text: string, signal: AbortSignal): Promise<string> => {
    const key = `${prefix}value-${createHash('sha256').update(text).digest('hex')}`;
    const input = { Bucket: bucket, Key: key, Body: text, ContentType: 'application/json' };
    await client.send(new PutObjectCommand(input), { abortSignal: signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw toStoreError(SERVICE, 'PutObject', error);
    });
    return key;
  };

  const body = async (key: string) => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (Body !== undefined) return Body;
    } catch (error) {
      if (!isNamed(error, 'NoSuchKey') && !isStatus(error, 404)) throw toStoreError(SERVICE, 'GetObject', error);
    }
    throw new StoreUnavailableError('the bucket does not hold this output any more');
  };

  return {
    async store(runId, attempt, { value, files }: ProviderOutput, signal): Promise<RunOutput> {
      const prefix = `${OBJECTS.outputs}${runId}/${attempt}/`;
      const stored: OutputFile[] = [];
      // One after the other: memory stays at one file's parts.
      for (const [index, file] of files.entries()) stored.push(await storeFile(prefix, file, index, signal));
      const fileBytes = stored.reduce((sum, file) => sum + file.bytes, 0);
      if (value === undefined) return { files: stored, bytes: fileBytes };
      const text = JSON.stringify(value);
      const bytes = fileBytes + Buffer.byteLength(text);
      if (Buffer.byteLength(text) <= MAX_INLINE_VALUE_BYTES) return { value, files: stored, bytes };
      return { valueKey: await storeValue(prefix, text, signal), files: stored, bytes };
    },

    async value({ value, valueKey }): Promise<Json | undefined> {
      return valueKey === undefined ? value : JSON.parse(await (await body(valueKey)).transformToString());
    },

    async read({ key }) {
      return (await body(key)) as unknown as AsyncIterable<Uint8Array>;
    },

    async signedUrl({ key, name }) {
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ResponseContentDisposition: attachmentOf(name),
        ResponseCacheControl: 'private, no-store',
      });
      return getSignedUrl(client, command, { expiresIn: FILE_LINK_SECONDS });
    },
  };
}
