/** Runs in a worker thread: dynalite behind a check of the signature. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { ClassicLevel } from 'classic-level';
import dynalite from 'dynalite';
import { AwsError, errorReply, requireSignature } from './aws-json.ts';
import { listenOnLoopback, readBody } from './loopback.ts';
import type { TableWorkerData, TableWorkerReport } from './table.ts';
import { tableDefinition } from './table-definition.ts';

const MAX_BODY_BYTES = 16_000_000;
const { directory, tableName, accessKey, port } = workerData as TableWorkerData;

/** dynalite throws when a request breaks off half way, so it only gets to see whole ones. */
function wholeRequest({ method, url, headers }: IncomingMessage, body: Buffer): IncomingMessage {
  return Object.assign(Readable.from([body]), { method, url, headers }) as unknown as IncomingMessage;
}

function guarded(inner: RequestListener): RequestListener {
  return (request, response) => {
    const handle = async () => {
      const body = await readBody(request, MAX_BODY_BYTES);
      if (!body) throw new AwsError('RequestEntityTooLargeException', 'The request is too large.', 413);
      requireSignature(request, body, accessKey);
      inner(wholeRequest(request, body) as never, response as never);
    };
    handle().catch((error: unknown) => {
      const { status, body } = errorReply(error);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    });
  };
}

/** Calls dynalite without a socket, from inside the wall. */
function callInside(inner: RequestListener, operation: string, input: object): Promise<{ readonly __type?: string }> {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    'x-amz-date': '20000101T000000Z',
    authorization: 'AWS4-HMAC-SHA256 Credential=inside, SignedHeaders=host, Signature=inside',
  };
  const request = { method: 'POST', url: '/', headers } as unknown as IncomingMessage;
  return new Promise((resolve) => {
    const response = { setHeader: () => {}, end: (text: string) => resolve(JSON.parse(text)) };
    inner(
      wholeRequest(request, Buffer.from(JSON.stringify(input))) as never,
      response as unknown as ServerResponse as never,
    );
  });
}

/** dynalite opens its files lazily and hides why that fails. */
async function checkFiles(): Promise<void> {
  const database = new ClassicLevel(directory);
  await database.open().catch((error: Error) => {
    throw error.cause ?? error;
  });
  await database.close();
}

async function run(): Promise<void> {
  await checkFiles();
  const server = dynalite({ path: directory, createTableMs: 0 });
  const [inner] = server.listeners('request') as RequestListener[];
  if (!inner) throw new Error('dynalite offers no listener');
  const created = await callInside(inner, 'CreateTable', tableDefinition(tableName));
  if (created.__type && !created.__type.endsWith('#ResourceInUseException')) throw new Error(created.__type);
  const { port: actualPort, close } = await listenOnLoopback(guarded(inner), port);
  parentPort?.once('message', async () => {
    await close();
    // Its database closes with its server, which has to have been open for that.
    server.listen(0, '127.0.0.1', () => server.close(() => process.exit(0)));
  });
  parentPort?.postMessage({ port: actualPort } satisfies TableWorkerReport);
}

run().catch((error: Error) => parentPort?.postMessage({ problem: error.message } satisfies TableWorkerReport));
