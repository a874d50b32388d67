/** Runs in a worker thread: loads one bundle and calls its handler, any number of times at once. */
import { openSync, writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Call, Reply } from './function-host.ts';
import { PRIVATE_FILE } from './private-files.ts';
import { shiftDate } from './shifted-date.ts';
import { installVirtualTimers, type OverMessage } from './virtual-timers.ts';

type Handler = (event: unknown, context: object) => unknown;

/** Whoever waits at the door is served before what came in is worked on, which then only begins a little later. */
const BACKGROUND = 10;

interface Data {
  readonly bundle: string;
  readonly name: string;
  readonly logFile: string;
  readonly clockOffset?: SharedArrayBuffer;
}

const { bundle, name, logFile, clockOffset } = workerData as Data;
/** Putting the runtime's clock forward uses up a call's time limit only where the call waits for that. */
const machineNow = Date.now;

/** Straight into the file: by way of the main thread, each line would wake two threads more. */
function logInto(file: string): void {
  const descriptor = openSync(file, 'a', PRIVATE_FILE);
  const write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    try {
      writeSync(descriptor, chunk as string);
    } catch {
      // A full disk must not end a function over a log line.
    }
    const callback = rest.at(-1);
    if (typeof callback === 'function') process.nextTick(callback as () => void);
    return true;
  };
  for (const stream of [process.stdout, process.stderr]) stream.write = write;
}

function contextOf(call: Call, spentMs: () => number): object {
  return {
    functionName: `errand-${name}`,
    functionVersion: '1',
    invokedFunctionArn: call.invokedFunctionArn,
    memoryLimitInMB: '1024',
    awsRequestId: call.id,
    logGroupName: `/aws/lambda/errand-${name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, call.limitMs - spentMs()),
  };
}

/** As Lambda's runtime words it: the error's own name, its message, the lines of its stack. */
function toReply(id: string, error: unknown): Reply {
  if (!(error instanceof Error))
    return { kind: 'reply', id, error: { errorType: typeof error, errorMessage: String(error) } };
  const trace = (error.stack ?? '').split('\n');
  return { kind: 'reply', id, error: { errorType: error.name, errorMessage: error.message, trace } };
}

async function answer(load: Promise<Handler>, call: Call, spentMs: () => number): Promise<Reply> {
  try {
    const handler = await load;
    const value = await handler(JSON.parse(call.payload), contextOf(call, spentMs));
    return { kind: 'reply', id: call.id, value: JSON.stringify(value) ?? 'null' };
  } catch (error) {
    return toReply(call.id, error);
  }
}

logInto(logFile);
if (clockOffset) shiftDate(clockOffset);
const timers = clockOffset && installVirtualTimers((message) => parentPort?.postMessage(message), machineNow);
// Somebody waits for each answer of the API, nobody for the others. Only Linux has priorities of single threads.
if (name !== 'api' && process.platform === 'linux') setPriority(BACKGROUND);

// As the functions' NODE_OPTIONS demand in the cloud: keys named `__proto__` in somebody's JSON reach nothing.
Reflect.deleteProperty(Object.prototype, '__proto__');

const load = import(pathToFileURL(bundle).href).then((module: { readonly handler: Handler }) => module.handler);
// The first call reports it.
load.catch(() => {});

async function take(call: Call): Promise<void> {
  const spentMs = () => machineNow() - call.sentAtMs;
  const reply = await (timers?.run(call.id, (own) => answer(load, call, own)) ?? answer(load, call, spentMs));
  parentPort?.postMessage(reply);
}

parentPort?.on('message', (message: Call | OverMessage) =>
  message.kind === 'over' ? timers?.over(message.wait) : void take(message),
);
