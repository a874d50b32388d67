/** Runs in a worker thread: the table's operations on HTTP, behind a check of the signature. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { AwsError, errorReply, parseInput, requireSignature, sendJson } from './aws-json.ts';
import { listenOnLoopback, readBody } from './loopback.ts';
import type { TableUse } from './meter.ts';
import type { TableWorkerData, TableWorkerReport } from './table.ts';
import { tableDefinition } from './table-definition.ts';
import { openTableEngine, type TableEngine, type TableReply } from './table-engine.ts';
import { meterTable } from './table-meter.ts';
import { answerStreamCall, type StreamCall, type StreamMessage } from './table-stream.ts';

const MAX_BODY_BYTES = 16_000_000;
const TARGET = 'DynamoDB_20120810.';
const CONTENT_TYPE = 'application/x-amz-json-1.0';
const { directory, tableName, accessKey, port, isMetered } = workerData as TableWorkerData;

async function answer(engine: Pick<TableEngine, 'call'>, request: IncomingMessage): Promise<TableReply> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (!body) throw new AwsError('RequestEntityTooLargeException', 'The request is too large.', 413);
  requireSignature(request, body, accessKey);
  const target = String(request.headers['x-amz-target'] ?? '');
  const reply = target.startsWith(TARGET) ? engine.call(target.slice(TARGET.length), parseInput(body)) : undefined;
  if (reply) return reply;
  throw new AwsError('UnknownOperationException', `The local runtime does not offer ${target}.`);
}

function serve(engine: Pick<TableEngine, 'call'>) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const send = ({ status, body }: TableReply) => sendJson(response, CONTENT_TYPE, status, body);
    answer(engine, request).then(send, (error: unknown) => send(errorReply(error)));
  };
}

/** A table that is being created refuses everything. */
async function untilActive(engine: TableEngine): Promise<void> {
  for (;;) {
    const described = await engine.call('DescribeTable', { TableName: tableName });
    const { Table }: { readonly Table?: { readonly TableStatus?: string } } = described?.body ?? {};
    if (Table?.TableStatus === 'ACTIVE') return;
    await pause(1);
  }
}

const tell = (message: StreamMessage | TableUse) => parentPort?.postMessage(message);

async function run(): Promise<void> {
  const engine = await openTableEngine(directory, () => tell({ kind: 'news' }));
  const created = await engine.call('CreateTable', tableDefinition(tableName));
  const { __type: problem }: { readonly __type?: string } = created?.body ?? {};
  if (problem && !problem.endsWith('#ResourceInUseException')) throw new Error(problem);
  await untilActive(engine);
  const { port: actualPort, close } = await listenOnLoopback(
    serve(isMetered ? meterTable(engine, tell) : engine),
    port,
  );
  parentPort?.on('message', async (message: StreamCall | 'close') => {
    if (message !== 'close') return tell(await answerStreamCall(engine, message));
    await close();
    await engine.close();
    process.exit(0);
  });
  parentPort?.postMessage({ port: actualPort } satisfies TableWorkerReport);
}

run().catch((error: Error) => parentPort?.postMessage({ problem: error.message } satisfies TableWorkerReport));
