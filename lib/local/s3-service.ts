/** The part of S3 that the output store uses, over S3's wire protocol with path-style addresses. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { decodeAwsChunked, MalformedChunkError } from './aws-chunked.ts';
import { type LoopbackServer, listenOnLoopback } from './loopback.ts';
import type { ObjectFiles, ObjectMeta } from './object-files.ts';
import { S3Error, xml } from './s3-error.ts';
import { createUploads, type Uploads } from './s3-uploads.ts';
import { type AccessKey, checkSignature } from './sigv4.ts';

export interface S3Request {
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: AsyncIterable<Uint8Array>;
}

interface S3Options {
  readonly bucket: string;
  readonly files: ObjectFiles;
  readonly accessKey: AccessKey;
  /** @default the machine's time */
  readonly now?: () => number;
  readonly log: (line: string) => void;
  /** Hears of each request by its method. */
  readonly onRequest?: (method: string) => void;
}

const STORED_HEADERS = ['content-type', 'content-disposition', 'content-encoding', 'cache-control', 'content-language'];

function storedHeaders(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) => STORED_HEADERS.includes(name) || name.startsWith('x-amz-meta-'),
  );
  const entries = kept.map(([name, value]) => [name, String(value)] as const);
  // `aws-chunked` is how the bytes travelled, not what they are.
  return Object.fromEntries(entries.filter(([, value]) => value !== 'aws-chunked'));
}

function requireObject(files: ObjectFiles, key: string): ObjectMeta {
  const meta = files.find(key);
  if (!meta) throw new S3Error('NoSuchKey', 'The specified key does not exist.', 404);
  return meta;
}

function sendXml(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(text);
}

function parseRange(range: string | undefined, bytes: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (start > end) throw new S3Error('InvalidRange', 'The requested range is not satisfiable', 416);
  return { start, end };
}

function objectHeaders(meta: ObjectMeta, query: URLSearchParams): Record<string, string> {
  const overrides = [...query].filter(([name]) => name.startsWith('response-'));
  return {
    'content-type': 'application/octet-stream',
    ...meta.headers,
    ...Object.fromEntries(overrides.map(([name, value]) => [name.slice('response-'.length), value])),
    etag: `"${meta.etag}"`,
    'last-modified': new Date(meta.modifiedAtMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

async function getObject({ files }: S3Options, request: S3Request, response: ServerResponse, withBody: boolean) {
  const meta = requireObject(files, request.key);
  const range = parseRange(request.headers.range, meta.bytes);
  const length = range ? range.end - range.start + 1 : meta.bytes;
  response.writeHead(range ? 206 : 200, {
    ...objectHeaders(meta, request.query),
    'content-length': length,
    ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${meta.bytes}` }),
  });
  if (!withBody || length === 0) response.end();
  else await pipeline(files.read(meta, range), response);
}

const onlyIfAbsent = (headers: IncomingMessage['headers']) => headers['if-none-match'] === '*';

async function putObject({ files }: S3Options, request: S3Request, response: ServerResponse) {
  const staged = await files.stage(request.body);
  if (!(await files.publish(request.key, staged, storedHeaders(request.headers), onlyIfAbsent(request.headers)))) {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
  }
  response.writeHead(200, { etag: `"${staged.etag}"` }).end();
}

async function copyObject({ files, bucket }: S3Options, request: S3Request, response: ServerResponse) {
  const source = decodeURIComponent(String(request.headers['x-amz-copy-source'])).replace(/^\//, '');
  if (!source.startsWith(`${bucket}/`)) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', 404);
  const meta = requireObject(files, source.slice(bucket.length + 1));
  const replaces = request.headers['x-amz-metadata-directive'] === 'REPLACE';
  const staged = await files.copy(meta);
  await files.publish(request.key, staged, replaces ? storedHeaders(request.headers) : meta.headers, false);
  const LastModified = new Date(requireObject(files, request.key).modifiedAtMs).toISOString();
  sendXml(response, 200, xml('CopyObjectResult', { ETag: `"${meta.etag}"`, LastModified }));
}

async function deleteObject({ files }: S3Options, request: S3Request, response: ServerResponse) {
  await files.remove(request.key);
  response.writeHead(204).end();
}

async function multipart(
  { files, bucket }: S3Options,
  uploads: Uploads,
  method: string,
  request: S3Request,
  response: ServerResponse,
) {
  const uploadId = request.query.get('uploadId') ?? '';
  if (method === 'POST' && request.query.has('uploads')) {
    const UploadId = uploads.create(request.key, storedHeaders(request.headers));
    return sendXml(response, 200, xml('InitiateMultipartUploadResult', { Bucket: bucket, Key: request.key, UploadId }));
  }
  if (method === 'PUT') {
    const staged = await files.stage(request.body);
    await uploads.addPart(uploadId, Number(request.query.get('partNumber')), staged);
    return void response.writeHead(200, { etag: `"${staged.etag}"` }).end();
  }
  if (method === 'POST') {
    const list = (await buffer(request.body)).toString();
    const etag = await uploads.complete(uploadId, list, onlyIfAbsent(request.headers));
    const result = { Bucket: bucket, Key: request.key, ETag: `"${etag}"` };
    return sendXml(response, 200, xml('CompleteMultipartUploadResult', result));
  }
  await uploads.abort(uploadId);
  response.writeHead(204).end();
}

function route(options: S3Options, uploads: Uploads, method: string, request: S3Request, response: ServerResponse) {
  if (request.query.has('uploadId') || request.query.has('uploads')) {
    return multipart(options, uploads, method, request, response);
  }
  if (method === 'GET' || method === 'HEAD') return getObject(options, request, response, method === 'GET');
  if (method === 'PUT' && request.headers['x-amz-copy-source']) return copyObject(options, request, response);
  if (method === 'PUT') return putObject(options, request, response);
  if (method === 'DELETE') return deleteObject(options, request, response);
  throw new S3Error('NotImplemented', 'The local runtime does not offer this operation.', 501);
}

const SIGNATURE_ERRORS = {
  MissingAuthenticationToken: 'AccessDenied',
  InvalidAccessKeyId: 'InvalidAccessKeyId',
  SignatureDoesNotMatch: 'SignatureDoesNotMatch',
  Expired: 'AccessDenied',
} as const;

function parseRequest({ bucket, accessKey, now = Date.now }: S3Options, incoming: IncomingMessage): S3Request {
  const { method = '', url = '', headers } = incoming;
  const problem = checkSignature({ method, url, headers }, accessKey, now());
  if (problem) {
    const message =
      problem === 'Expired' ? 'Request has expired' : 'The request is not signed with this instance’s key.';
    throw new S3Error(SIGNATURE_ERRORS[problem], message, 403);
  }
  const [path = '', query = ''] = url.split('?', 2);
  const [, name = '', ...rest] = path.split('/');
  const key = decodeURIComponent(rest.join('/'));
  if (decodeURIComponent(name) !== bucket)
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (key === '') throw new S3Error('NotImplemented', 'The local runtime offers objects, not buckets.', 501);
  const chunked = String(headers['x-amz-content-sha256']).startsWith('STREAMING-');
  return { key, query: new URLSearchParams(query), headers, body: chunked ? decodeAwsChunked(incoming) : incoming };
}

function toS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  if (error instanceof MalformedChunkError) return new S3Error('IncompleteBody', error.message, 400);
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new S3Error('InsufficientStorage', 'The disk that holds the data directory is full. Free some space.', 507);
  }
  return new S3Error('InternalError', error instanceof Error ? error.message : String(error), 500);
}

function sendError(incoming: IncomingMessage, response: ServerResponse, error: S3Error): void {
  if (response.headersSent) return void response.destroy();
  const text = xml('Error', { Code: error.code, Message: error.message, RequestId: randomUUID() });
  incoming.resume();
  sendXml(response, error.httpStatus, incoming.method === 'HEAD' ? '' : text);
}

/** Serves objects until closed. */
export function serveS3(options: S3Options): Promise<LoopbackServer> {
  const uploads = createUploads(options.files);
  return listenOnLoopback((incoming, response) => {
    options.onRequest?.(incoming.method ?? '');
    const handle = async () =>
      route(options, uploads, incoming.method ?? '', parseRequest(options, incoming), response);
    handle().catch((error: unknown) => {
      const known = toS3Error(error);
      const clientLeft = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE' || incoming.destroyed;
      if (known.httpStatus >= 500 && !clientLeft) options.log(`s3: ${known.message}`);
      sendError(incoming, response, known);
    });
  });
}
