/** One function in one worker thread; calls run side by side in it. A worker that hangs or dies is replaced. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { FunctionName } from '../contract.ts';
import type { Json } from '../domain/json.ts';
import { functionArn } from './definition.ts';
import type { FunctionError, InvokeResult } from './functions.ts';

export interface FunctionHostOptions {
  readonly name: FunctionName;
  readonly bundlesDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Where its own log lines go. */
  readonly logFile: string;
  /** As of the runtime's clock. @default - the machine's time */
  readonly clockOffset?: SharedArrayBuffer | undefined;
}

export interface FunctionHost {
  /** Never rejects. */
  invoke(payload: Json): Promise<InvokeResult>;
  close(): Promise<void>;
}

/** To the worker. */
export interface Call {
  readonly id: string;
  readonly payload: string;
  /** By the machine's clock, wherever the runtime's may be. */
  readonly deadlineMs: number;
  readonly invokedFunctionArn: string;
}

/** From the worker. */
export interface Reply {
  readonly id: string;
  readonly value?: string;
  readonly error?: FunctionError;
}

/** Of one synchronous call, both ways. */
const MAX_PAYLOAD_BYTES = 6_291_556;
/** Lambda, too, refuses what is more than so many at once. */
const MAX_CONCURRENCY = 1_000;
/** For a start whose answer is on its way: were it cut off, nobody would know what became of it. */
const LAST_MOMENT_MS = 2_000;

interface Crew {
  readonly worker: Worker;
  readonly waiting: Map<string, (result: InvokeResult) => void>;
  /** No new calls: it goes once those it has are done. */
  isRetiring: boolean;
}

const failed = (error: FunctionError, cause?: FunctionError): InvokeResult => ({
  ok: false,
  error,
  ...(cause && { cause }),
});

const refused = (errorType: string, errorMessage: string) => failed({ errorType, errorMessage });

/** Lambda's runtime names what ended it; Step Functions knows it as `Lambda.Unknown`. */
const crashed = (requestId: string, reason: string): InvokeResult => {
  const cause = { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${reason}` };
  return failed({ errorType: 'Lambda.Unknown', errorMessage: cause.errorMessage }, cause);
};

function toResult(reply: Reply): InvokeResult {
  if (reply.error) return failed(reply.error);
  const value = reply.value ?? 'null';
  if (Buffer.byteLength(value) <= MAX_PAYLOAD_BYTES) return { ok: true, value: JSON.parse(value) as Json };
  return refused(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
  );
}

/** Starts no worker before the first call. */
export function createFunctionHost(options: FunctionHostOptions): FunctionHost {
  const { name, timeoutMs, logFile, clockOffset } = options;
  const all = new Set<Crew>();
  let current: Crew | undefined;
  let isClosed = false;

  function hire(): Crew {
    const worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
      env: { ...options.environment },
      workerData: { bundle: join(options.bundlesDir, name, 'index.mjs'), name, logFile, clockOffset },
      // Nobody reads these: the worker writes its log itself.
      stdout: true,
      stderr: true,
    });
    const crew: Crew = { worker, waiting: new Map(), isRetiring: false };
    worker.on('message', (reply: Reply) => crew.waiting.get(reply.id)?.(toResult(reply)));
    let reason = 'Runtime exited';
    worker.on('error', (error: Error) => {
      reason = `Runtime exited with ${error.name}: ${error.message}`;
    });
    worker.on('exit', (code) => {
      all.delete(crew);
      if (current === crew) current = undefined;
      const text = reason === 'Runtime exited' ? `Runtime exited with error: exit status ${code}` : reason;
      for (const [id, settle] of crew.waiting) settle(crashed(id, text));
    });
    all.add(crew);
    return crew;
  }

  function release(crew: Crew): void {
    if (crew.isRetiring && crew.waiting.size === 0) void crew.worker.terminate();
  }

  /** Others may still be at work in that thread; they get to finish, within their own limits. */
  function retire(crew: Crew): void {
    crew.isRetiring = true;
    if (current === crew) current = undefined;
  }

  function call(crew: Crew, id: string, payload: string): Promise<InvokeResult> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        retire(crew);
        const seconds = (timeoutMs / 1_000).toFixed(2);
        settle(refused('Sandbox.Timedout', `RequestId: ${id} Error: Task timed out after ${seconds} seconds`));
      }, timeoutMs);
      const settle = (result: InvokeResult) => {
        clearTimeout(deadline);
        crew.waiting.delete(id);
        release(crew);
        resolve(result);
      };
      crew.waiting.set(id, settle);
      const message: Call = { id, payload, deadlineMs: Date.now() + timeoutMs, invokedFunctionArn: functionArn(name) };
      crew.worker.postMessage(message);
    });
  }

  return {
    async invoke(payload) {
      const text = JSON.stringify(payload);
      if (isClosed) return refused('Lambda.ServiceException', 'The local runtime is stopping.');
      if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
        return refused('Lambda.RequestTooLargeException', `Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes.`);
      }
      current ??= hire();
      if (current.waiting.size >= MAX_CONCURRENCY) {
        return refused('Lambda.TooManyRequestsException', 'Rate exceeded: too many calls of this function at once.');
      }
      return call(current, randomUUID(), text);
    },
    async close() {
      isClosed = true;
      const until = Date.now() + LAST_MOMENT_MS;
      const isBusy = () => [...all].some(({ waiting }) => waiting.size > 0);
      while (isBusy() && Date.now() < until) await pause(20);
      await Promise.all([...all].map(({ worker }) => worker.terminate()));
    },
  };
}
