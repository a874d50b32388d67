import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutputStore } from '../../lib/aws/s3-output-store.ts';
import { HandlerTimeoutError, ReplyLostError } from '../../lib/domain/errors.ts';
import type { OutputFile } from '../../lib/domain/run.ts';
import type { ProviderFile } from '../../lib/providers/provider.ts';
import { type ObjectServer, startObjectServer } from '../helpers/object-server.ts';

const RUN = 'run_00000000000000000000000001';
const MIB = 1_024 * 1_024;
const { signal } = new AbortController();

let server: ObjectServer;
let nonces = 0;
beforeEach(async () => {
  server = await startObjectServer();
});
afterEach(() => server.close());

function createStore(maxFileBytes?: number) {
  const nonce = () => `nonce-${nonces++}`;
  return createOutputStore({ ...server, nonce, ...(maxFileBytes === undefined ? {} : { maxFileBytes }) });
}

function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 31 + (at >> 8)) & 255;
  return bytes;
}

async function* inChunks(bytes: Uint8Array, size = 65_521): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* breaksOff(bytes: Uint8Array, error: unknown): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes);
  throw error;
}

function fileOf(source: AsyncIterable<Uint8Array>, fields: Partial<ProviderFile> = {}): ProviderFile {
  return { name: 'report.pdf', mediaType: 'application/pdf', open: async () => source, ...fields };
}

function published(): string[] {
  return [...server.objects.keys()].filter((key) => key.startsWith('outputs/'));
}

async function readAll(store: ReturnType<typeof createStore>, file: OutputFile | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  if (file !== undefined) for await (const chunk of await store.read(file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const SIZES = [0, 1, 262_143, 262_144, 262_145, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 8 * MIB, 8 * MIB + 1, 20 * MIB + 7];

describe('the output store', () => {
  it.each(SIZES)('gives back %i bytes as they came, named after them', async (size) => {
    const bytes = bytesOf(size);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const store = createStore();
    const output = await store.store(RUN, 2, { files: [fileOf(inChunks(bytes))] }, signal);
    const key = `outputs/${RUN}/2/0-${sha256}`;
    expect(output).toEqual({
      files: [{ name: 'report.pdf', mediaType: 'application/pdf', bytes: size, sha256, key }],
      bytes: size,
    });
    expect(published()).toEqual([key]);
    expect(server.objects.get(key)?.contentType).toBe('application/pdf');
    expect((await readAll(store, output.files[0])).equals(bytes)).toBe(true);
    expect(server.unfinished.size).toBe(0);
  });

  it('stores a small file with one request, and the same bytes again as the same object', async () => {
    const store = createStore();
    const once = await store.store(RUN, 1, { files: [fileOf(inChunks(bytesOf(100)))] }, signal);
    expect(server.calls).toEqual(['PutObject']);
    expect(await store.store(RUN, 1, { files: [fileOf(inChunks(bytesOf(100)))] }, signal)).toEqual(once);
    expect(published()).toHaveLength(1);
  });

  it.each([0, 1, 5 * MIB, 9 * MIB, 30 * MIB])(
    'publishes nothing when the source breaks off after %i bytes',
    async (size) => {
      const error = new ReplyLostError('the connection broke');
      const stored = createStore().store(RUN, 1, { files: [fileOf(breaksOff(bytesOf(size), error))] }, signal);
      await expect(stored).rejects.toBe(error);
      expect(published()).toEqual([]);
      expect(server.unfinished.size).toBe(0);
    },
  );

  it.each([1_000, 9 * MIB])('takes a file of exactly the limit of %i bytes and not one byte more', async (limit) => {
    const store = createStore(limit);
    await store.store(RUN, 1, { files: [fileOf(inChunks(bytesOf(limit)))] }, signal);
    const tooLarge = store.store(RUN, 2, { files: [fileOf(inChunks(bytesOf(limit + 1)))] }, signal);
    await expect(tooLarge).rejects.toMatchObject({ name: 'OutputTooLargeError' });
    expect(published()).toHaveLength(1);
  });

  it('stops asking the source once a file is too large', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1_000;
        yield bytesOf(1_000);
      }
    }
    const stored = createStore(50_000).store(RUN, 1, { files: [fileOf(endless())] }, signal);
    await expect(stored).rejects.toMatchObject({ name: 'OutputTooLargeError' });
    expect(given).toBeLessThanOrEqual(51_000);
  });

  it.each([
    ['PutObject', 100, 503, 'SlowDown', 'did not serve us'],
    ['PutObject', 100, 507, 'InsufficientStorage', 'is out of space'],
    ['CreateMultipartUpload', 9 * MIB, 500, 'InternalError', 'did not serve us'],
    ['UploadPart', 9 * MIB, 507, 'InsufficientStorage', 'is out of space'],
    ['CompleteMultipartUpload', 9 * MIB, 503, 'ServiceUnavailable', 'did not serve us'],
    ['CopyObject', 9 * MIB, 500, 'InternalError', 'did not serve us'],
  ])('says that the bucket failed when %s of %i bytes answers %i, so the output is tried again', async (...row) => {
    const [operation, size, status, code, words] = row;
    server.fail = (asked) => (asked === operation ? { status, code } : undefined);
    const stored = createStore().store(RUN, 1, { files: [fileOf(inChunks(bytesOf(size)))] }, signal);
    await expect(stored).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      message: expect.stringContaining(words),
    });
    expect(published()).toEqual([]);
    server.fail = () => undefined;
    const again = await createStore().store(RUN, 1, { files: [fileOf(inChunks(bytesOf(size)))] }, signal);
    expect(published()).toEqual([again.files[0]?.key]);
  });

  it.each([100, 20 * MIB])('ends with the reason of the signal when time runs out within %i bytes', async (size) => {
    const controller = new AbortController();
    const reason = new HandlerTimeoutError('time is up');
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield* inChunks(bytesOf(size));
      controller.abort(reason);
      yield bytesOf(1);
    }
    const stored = createStore().store(RUN, 1, { files: [fileOf(slow())] }, controller.signal);
    await expect(stored).rejects.toBe(reason);
    expect(published()).toEqual([]);
  });

  it('keeps a small value in the record and a large one in the bucket', async () => {
    const store = createStore();
    const small = { text: 'x'.repeat(32_000) };
    expect(await store.store(RUN, 1, { value: small, files: [] }, signal)).toMatchObject({ value: small, files: [] });
    const large = { text: 'ü'.repeat(32_000) };
    const output = await store.store(RUN, 1, { value: large, files: [] }, signal);
    expect(output).toEqual({
      valueKey: expect.stringMatching(/^outputs\/.*\/1\/value-[0-9a-f]{64}$/),
      files: [],
      bytes: 64_011,
    });
    expect(await store.value(output)).toEqual({ text: large.text });
    expect(await store.value({ value: null, files: [], bytes: 4 })).toBeNull();
    expect(await store.value({ files: [], bytes: 0 })).toBeUndefined();
  });

  it('keeps files of equal names and equal bytes apart by their place', async () => {
    const files = [fileOf(inChunks(bytesOf(9))), fileOf(inChunks(bytesOf(9)))];
    const output = await createStore().store(RUN, 1, { files }, signal);
    expect(new Set(output.files.map(({ key }) => key)).size).toBe(2);
  });

  it('does not pass on a media type that could end a header', async () => {
    const file = fileOf(inChunks(bytesOf(9)), { mediaType: 'text/html\r\nset-cookie: a=b' });
    const output = await createStore().store(RUN, 1, { files: [file] }, signal);
    expect(output.files[0]?.mediaType).toBe('application/octet-stream');
  });

  it('says so when an output has gone from the bucket', async () => {
    const file = { name: 'a', mediaType: 'text/plain', bytes: 1, sha256: '', key: 'outputs/gone' };
    await expect(createStore().read(file)).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  });

  it('signs links for five minutes that always download, under the name the file came with', async () => {
    const store = createStore();
    const name = '../übersicht "2026".html';
    const { files } = await store.store(
      RUN,
      1,
      { files: [fileOf(inChunks(bytesOf(9)), { name, mediaType: 'text/html' })] },
      signal,
    );
    const [file] = files;
    const link = file === undefined ? '' : await store.signedUrl(file);
    expect(new URL(link).searchParams.get('X-Amz-Expires')).toBe('300');
    const reply = await fetch(link);
    expect(reply.headers.get('content-disposition')).toBe(
      `attachment; filename="_bersicht _2026_.html"; filename*=UTF-8''%C3%BCbersicht%20%222026%22.html`,
    );
    expect(Buffer.from(await reply.arrayBuffer()).equals(bytesOf(9))).toBe(true);
  });
});
