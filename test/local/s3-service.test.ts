import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openObjectFiles } from '../../lib/local/object-files.ts';
import { serveS3 } from '../../lib/local/s3-service.ts';
import { ACCESS_KEY, CLIENT } from './helpers/local-step-functions.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const Bucket = 'errand-files';

async function bucket(wrap = (files: ReturnType<typeof openObjectFiles>) => files) {
  const directory = temporaryDirectory();
  const files = openObjectFiles(directory, () => Date.now());
  const service = await serveS3({ bucket: Bucket, files: wrap(files), accessKey: ACCESS_KEY, log: () => {} });
  const client = new S3Client({ ...CLIENT, endpoint: service.url });
  onTestFinished(async () => {
    client.destroy();
    await service.close();
  });
  const put = (Key: string, Body: string | Uint8Array, more: object = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const get = async (Key: string, more: object = {}) => {
    const reply = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
    return { reply, bytes: Buffer.from((await reply.Body?.transformToByteArray()) ?? []) };
  };
  return { client, directory, put, get, url: service.url };
}

const filesIn = (directory: string) => readdirSync(join(directory, 'data'));

describe('the local bucket', () => {
  it('gives back bytes and headers as they were put', async () => {
    const { put, get, client } = await bucket();
    const body = randomBytes(100_000);
    await put('outputs/a b/ü?.pdf', body, { ContentType: 'application/pdf', Metadata: { run: '1' } });
    const { reply, bytes } = await get('outputs/a b/ü?.pdf');
    expect(bytes.equals(body)).toBe(true);
    expect(reply).toMatchObject({ ContentType: 'application/pdf', ContentLength: 100_000, Metadata: { run: '1' } });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'outputs/a b/ü?.pdf' }));
    expect(head).toMatchObject({ ContentLength: 100_000, ETag: reply.ETag });
  });

  it('gives a part of an object', async () => {
    const { put, get } = await bucket();
    await put('a', '0123456789');
    const { reply, bytes } = await get('a', { Range: 'bytes=2-4' });
    expect([bytes.toString(), reply.ContentRange]).toEqual(['234', 'bytes 2-4/10']);
    expect((await get('a', { Range: 'bytes=-3' })).bytes.toString()).toBe('789');
    await expect(get('a', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  it('keeps no key outside its directory, whatever the key looks like', async () => {
    const { put, get, directory } = await bucket();
    const key = '../../../escaped\u0000/%2e%2e/x';
    await put(key, 'inside');
    expect((await get(key)).bytes.toString()).toBe('inside');
    expect(readdirSync(directory).sort()).toEqual(['data', 'meta']);
    expect(filesIn(directory)).toHaveLength(1);
  });

  it('takes streams of unknown length in many parts', async () => {
    const { client, get, directory } = await bucket();
    const body = randomBytes(20 * 1_048_576);
    const Body = Readable.from(
      (function* () {
        for (let i = 0; i < body.length; i += 300_000) yield body.subarray(i, i + 300_000);
      })(),
    );
    await new Upload({ client, params: { Bucket, Key: 'big', Body, ContentType: 'video/mp4' } }).done();
    const { reply, bytes } = await get('big');
    expect(bytes.equals(body)).toBe(true);
    expect(reply.ContentType).toBe('video/mp4');
    expect(reply.ETag).toMatch(/-4"$/);
    expect(filesIn(directory)).toHaveLength(1);
  });

  it('drops the parts of an upload that is given up', async () => {
    const { client, directory } = await bucket();
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a' }));
    const part = { Bucket, Key: 'a', UploadId, PartNumber: 1, Body: 'x' };
    await client.send(new UploadPartCommand(part));
    expect(filesIn(directory)).toHaveLength(1);
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'a', UploadId }));
    expect(filesIn(directory)).toHaveLength(0);
    await expect(client.send(new UploadPartCommand(part))).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('publishes once under If-None-Match, however many race', async () => {
    const { put, get } = await bucket();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => put('once', `body ${i}`, { IfNoneMatch: '*' })),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(9);
    expect(refused[0]?.reason).toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    const winner = results.findIndex((result) => result.status === 'fulfilled');
    expect((await get('once')).bytes.toString()).toBe(`body ${winner}`);
  });

  it('copies, replaces and deletes', async () => {
    const { client, put, get, directory } = await bucket();
    await put('staging/a', 'one', { ContentType: 'text/x' });
    await client.send(new CopyObjectCommand({ Bucket, Key: 'outputs/b', CopySource: `${Bucket}/staging/a` }));
    await put('staging/a', 'two');
    const copied = await get('outputs/b');
    expect([copied.bytes.toString(), copied.reply.ContentType]).toEqual(['one', 'text/x']);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'staging/a' }));
    await expect(get('staging/a')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(filesIn(directory)).toHaveLength(1);
  });

  it('says what is not there in the words of the cloud', async () => {
    const { client, get } = await bucket();
    await expect(get('none')).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    const head = client.send(new HeadObjectCommand({ Bucket, Key: 'none' }));
    await expect(head).rejects.toMatchObject({ name: 'NotFound' });
    const elsewhere = client.send(new GetObjectCommand({ Bucket: 'other', Key: 'a' }));
    await expect(elsewhere).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('says that the disk is full', async () => {
    const { put } = await bucket((files) => ({
      ...files,
      stage: () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
    }));
    await expect(put('a', 'x')).rejects.toMatchObject({
      name: 'InsufficientStorage',
      message: expect.stringContaining('full'),
      $metadata: { httpStatusCode: 507 },
    });
  });

  it('forgets what a crash left unfinished, and nothing else', async () => {
    const { put, directory } = await bucket();
    await put('kept', 'x');
    const reopened = openObjectFiles(directory, () => 0);
    const orphan = await reopened.stage(Readable.from([Buffer.from('half')]));
    expect(filesIn(directory)).toContain(orphan.file);
    openObjectFiles(directory, () => 0);
    expect(filesIn(directory)).toHaveLength(1);
    expect(reopened.find('kept')?.bytes).toBe(1);
  });
});

describe('a presigned link', () => {
  const sign = (client: S3Client, more: object = {}, expiresIn = 300) =>
    getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'a', ...more }), { expiresIn });

  it('opens the object, as the attachment it names', async () => {
    const { client, put } = await bucket();
    await put('a', 'content');
    const reply = await fetch(
      await sign(client, {
        ResponseContentDisposition: 'attachment; filename="a (1).pdf"',
        ResponseContentType: 'x/y',
      }),
    );
    expect([reply.status, await reply.text()]).toEqual([200, 'content']);
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename="a (1).pdf"');
    expect(reply.headers.get('content-type')).toBe('x/y');
  });

  it('opens nothing once a letter of it is changed', async () => {
    const { client, put } = await bucket();
    await put('a', 'content');
    await put('b', 'other');
    const link = await sign(client);
    const tampered = [
      link.replace('/a?', '/b?'),
      link.replace('Expires=300', 'Expires=9999'),
      link.replace(/Signature=[0-9a-f]/, (text) => text.replace(/.$/, (c) => (c === '0' ? '1' : '0'))),
      link.replace(/X-Amz-Signature=[^&]*/, 'X-Amz-Signature=é'),
      `${link}&response-content-type=text/html`,
      link.split('?')[0] ?? '',
    ];
    for (const url of tampered) expect((await fetch(url)).status, url).toBe(403);
    expect((await fetch(link, { method: 'DELETE' })).status).toBe(403);
  });

  it('expires', async () => {
    const { client, put } = await bucket();
    await put('a', 'content');
    const signedLongAgo = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'a' }), {
      expiresIn: 300,
      signingDate: new Date(Date.now() - 301_000),
    });
    const reply = await fetch(signedLongAgo);
    expect([reply.status, await reply.text()]).toEqual([403, expect.stringContaining('expired')]);
  });
});
