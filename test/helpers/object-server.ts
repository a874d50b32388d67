/** A bucket over HTTP in this process: the few S3 operations the output store uses, and a way to make them fail. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';

export interface StoredObject {
  readonly bytes: Buffer;
  readonly contentType: string;
}

export interface ObjectServer {
  readonly client: S3Client;
  readonly bucket: string;
  readonly objects: Map<string, StoredObject>;
  /** `PutObject`, `UploadPart`, … in the order they came. */
  readonly calls: string[];
  /** Uploads that were begun and neither completed nor aborted. */
  readonly unfinished: Map<string, Map<number, Buffer>>;
  /** Answers an operation with an error instead; undefined lets it through. */
  fail: (operation: string) => { readonly status: number; readonly code: string } | undefined;
  close(): Promise<void>;
}

interface Call {
  readonly operation: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

const BUCKET = 'outputs-of-tests';

function operationOf(method: string, query: URLSearchParams, headers: IncomingMessage['headers']): string {
  if (query.has('uploads')) return 'CreateMultipartUpload';
  if (query.has('partNumber')) return 'UploadPart';
  if (query.has('uploadId')) return method === 'DELETE' ? 'AbortMultipartUpload' : 'CompleteMultipartUpload';
  if (method === 'GET') return 'GetObject';
  return headers['x-amz-copy-source'] === undefined ? 'PutObject' : 'CopyObject';
}

function failure(status: number, code: string): Reply {
  return { status, body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>` };
}

function createHandlers({ objects, unfinished }: Pick<ObjectServer, 'objects' | 'unfinished'>) {
  const typeOf = (headers: IncomingMessage['headers']) => headers['content-type'] ?? 'application/octet-stream';
  const types = new Map<string, string>();
  const handlers: Readonly<Record<string, (call: Call) => Reply>> = {
    PutObject({ key, headers, body }) {
      if (headers['if-none-match'] === '*' && objects.has(key)) return failure(412, 'PreconditionFailed');
      objects.set(key, { bytes: body, contentType: typeOf(headers) });
      return { status: 200, headers: { etag: '"whole"' } };
    },
    CreateMultipartUpload({ key, headers }) {
      const id = `upload-${unfinished.size}-${key}`;
      unfinished.set(id, new Map());
      types.set(id, typeOf(headers));
      const xml = `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`;
      return { status: 200, body: xml };
    },
    UploadPart({ query, body }) {
      unfinished.get(query.get('uploadId') ?? '')?.set(Number(query.get('partNumber')), body);
      return { status: 200, headers: { etag: `"part-${query.get('partNumber')}"` } };
    },
    CompleteMultipartUpload({ key, query }) {
      const id = query.get('uploadId') ?? '';
      const parts = [...(unfinished.get(id) ?? [])].sort(([a], [b]) => a - b).map(([, part]) => part);
      unfinished.delete(id);
      objects.set(key, { bytes: Buffer.concat(parts), contentType: types.get(id) ?? '' });
      return { status: 200, body: '<CompleteMultipartUploadResult><ETag>"all"</ETag></CompleteMultipartUploadResult>' };
    },
    AbortMultipartUpload({ query }) {
      unfinished.delete(query.get('uploadId') ?? '');
      return { status: 204 };
    },
    CopyObject({ key, headers }) {
      const source = objects.get(String(headers['x-amz-copy-source']).replace(`${BUCKET}/`, ''));
      if (source === undefined) return failure(404, 'NoSuchKey');
      objects.set(key, source);
      return { status: 200, body: '<CopyObjectResult><ETag>"copy"</ETag></CopyObjectResult>' };
    },
    GetObject({ key, query }) {
      const found = objects.get(key);
      if (found === undefined) return failure(404, 'NoSuchKey');
      const disposition = query.get('response-content-disposition');
      return {
        status: 200,
        headers: {
          'content-type': found.contentType,
          ...(disposition === null ? {} : { 'content-disposition': disposition }),
        },
        body: found.bytes,
      };
    },
  };
  return handlers;
}

export async function startObjectServer(): Promise<ObjectServer> {
  const state = { objects: new Map(), unfinished: new Map(), calls: [] as string[] };
  const handlers = createHandlers(state);
  const http = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const operation = operationOf(request.method ?? '', url.searchParams, request.headers);
    const key = decodeURIComponent(url.pathname).replace(`/${BUCKET}/`, '');
    // A client that breaks off a request leaves nothing to answer.
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    state.calls.push(operation);
    const failing = server.fail(operation);
    const call = { operation, key, query: url.searchParams, headers: request.headers, body };
    const reply = failing === undefined ? handlers[operation]?.(call) : failure(failing.status, failing.code);
    response.writeHead(reply?.status ?? 501, reply?.headers).end(reply?.body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const server: ObjectServer = {
    ...state,
    client,
    bucket: BUCKET,
    fail: () => undefined,
    async close() {
      client.destroy();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}
