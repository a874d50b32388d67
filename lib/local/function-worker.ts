/** Runs in a worker thread: loads one bundle and calls its handler, any number of times at once. */

import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Call, Reply } from './function-host.ts';

type Handler = (event: unknown, context: object) => unknown;

const { bundle, name } = workerData as { readonly bundle: string; readonly name: string };

function contextOf(call: Call): object {
  return {
    functionName: `errand-${name}`,
    functionVersion: '1',
    invokedFunctionArn: call.invokedFunctionArn,
    memoryLimitInMB: '1024',
    awsRequestId: call.id,
    logGroupName: `/aws/lambda/errand-${name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, call.deadlineMs - Date.now()),
  };
}

/** As Lambda's runtime words it: the error's own name, its message, the lines of its stack. */
function toReply(id: string, error: unknown): Reply {
  if (!(error instanceof Error)) return { id, error: { errorType: typeof error, errorMessage: String(error) } };
  const trace = (error.stack ?? '').split('\n');
  return { id, error: { errorType: error.name, errorMessage: error.message, trace } };
}

async function answer(load: Promise<Handler>, call: Call): Promise<Reply> {
  try {
    const handler = await load;
    const value = await handler(JSON.parse(call.payload), contextOf(call));
    return { id: call.id, value: JSON.stringify(value) ?? 'null' };
  } catch (error) {
    return toReply(call.id, error);
  }
}

// As the functions' NODE_OPTIONS demand in the cloud: keys named `__proto__` in somebody's JSON reach nothing.
Reflect.deleteProperty(Object.prototype, '__proto__');

const load = import(pathToFileURL(bundle).href).then((module: { readonly handler: Handler }) => module.handler);
// The first call reports it.
load.catch(() => {});
parentPort?.on('message', async (call: Call) => parentPort?.postMessage(await answer(load, call)));
