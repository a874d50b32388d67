/** One file of unknown size into the bucket, hashed on the way. Nothing is published before its last byte was read. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { OBJECTS } from '../contract.ts';
import { OutputTooLargeError } from '../domain/errors.ts';
import type { BucketOptions } from './s3-objects.ts';
import { isStatus, toStoreError } from './service-errors.ts';

interface FileUploadOptions extends BucketOptions {
  readonly nonce: () => string;
  readonly maxFileBytes: number;
}

interface FileUploadRequest {
  readonly name: string;
  readonly mediaType: string;
  readonly source: AsyncIterable<Uint8Array>;
  /** Key under which the bytes are published. */
  readonly keyOf: (sha256: string) => string;
  readonly signal: AbortSignal;
}

export interface UploadedFile {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

const SERVICE = 'the bucket';
const PART_BYTES = 8 * 1_024 * 1_024;
/** Parts in flight: memory against speed. */
const PARTS_AT_ONCE = 2;

/** Counts and hashes what passes; remembers why the source broke off, because the uploader wraps and races errors. */
function meter({ name, source, signal }: FileUploadRequest, maxBytes: number) {
  const hash = createHash('sha256');
  const state: { bytes: number; failure?: { readonly error: unknown } } = { bytes: 0 };
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        signal.throwIfAborted();
        state.bytes += chunk.byteLength;
        if (state.bytes > maxBytes)
          throw new OutputTooLargeError(`file "${name.slice(0, 100)}" is larger than ${maxBytes} bytes`);
        hash.update(chunk);
        yield chunk;
      }
    } catch (error) {
      state.failure = { error };
      throw error;
    }
  };
  return { state, chunks: stream(), sha256: () => hash.digest('hex') };
}

/** Reads up to one part; `whole` when the source ended within it. */
async function readHead(chunks: AsyncGenerator<Uint8Array>): Promise<{ head: Uint8Array[]; whole: boolean }> {
  const head: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= PART_BYTES) {
    const { done, value } = await chunks.next();
    if (done) return { head, whole: true };
    head.push(value);
    bytes += value.byteLength;
  }
  return { head, whole: false };
}

async function* concat(head: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* head;
  yield* rest;
}

export function createFileUpload({ client, bucket, nonce, maxFileBytes }: FileUploadOptions) {
  /** The common case: the hash is known before the first byte is sent, so the object is its own proof. */
  const putWhole = async (key: string, body: Uint8Array, { mediaType, signal }: FileUploadRequest) => {
    const input = { Bucket: bucket, Key: key, Body: body, ContentType: mediaType, IfNoneMatch: '*' };
    try {
      await client.send(new PutObjectCommand(input), { abortSignal: signal });
    } catch (error) {
      // 412: the same bytes were published by an earlier try.
      if (!isStatus(error, 412)) throw error;
    }
  };

  const stage = async (body: AsyncIterable<Uint8Array>, { mediaType, signal }: FileUploadRequest) => {
    const key = `${OBJECTS.staging}${nonce()}`;
    const abortController = new AbortController();
    const abort = () => abortController.abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const params = { Bucket: bucket, Key: key, Body: Readable.from(body), ContentType: mediaType };
      const limits = { partSize: PART_BYTES, queueSize: PARTS_AT_ONCE };
      await new Upload({ client, params, abortController, ...limits }).done();
    } finally {
      signal.removeEventListener('abort', abort);
    }
    return key;
  };

  const publish = async (from: string, key: string, signal: AbortSignal) => {
    const input = { Bucket: bucket, Key: key, CopySource: `${bucket}/${from}` };
    await client.send(new CopyObjectCommand(input), { abortSignal: signal });
  };

  /**
   * @throws what the source threw; OutputTooLargeError; StoreUnavailableError.
   */
  return async (request: FileUploadRequest): Promise<UploadedFile> => {
    const { state, chunks, sha256: digest } = meter(request, maxFileBytes);
    try {
      request.signal.throwIfAborted();
      const { head, whole } = await readHead(chunks);
      // What is left over in the staging area when this fails expires by a rule of the bucket.
      const staged = whole ? undefined : await stage(concat(head, chunks), request);
      const sha256 = digest();
      const key = request.keyOf(sha256);
      if (staged === undefined) await putWhole(key, Buffer.concat(head), request);
      else await publish(staged, key, request.signal);
      return { key, bytes: state.bytes, sha256 };
    } catch (error) {
      if (state.failure !== undefined) throw state.failure.error;
      request.signal.throwIfAborted();
      throw toStoreError(SERVICE, `upload of "${request.name.slice(0, 100)}"`, error);
    } finally {
      await chunks.return(undefined).catch(() => undefined);
    }
  };
}
