/** One function in one worker thread; calls run side by side in it. A worker that hangs or dies is replaced. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { FunctionName } from '../contract.ts';
import type { Json } from '../domain/json.ts';
import { type LocalClock, systemClock } from './clock.ts';
import { functionArn } from './definition.ts';
import type { FunctionError, InvokeResult } from './functions.ts';
import { createInvocationWaits, type InvocationWaits, type Rest } from './invocation-waits.ts';
import type { OverMessage, WaitMessage } from './virtual-timers.ts';

export interface FunctionHostOptions {
  readonly name: FunctionName;
  readonly bundlesDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Where its own log lines go. */
  readonly logFile: string;
  /** The function sees its time; where it can be put forward, the function waits by it. @default the machine's */
  readonly clock?: LocalClock | undefined;
  /** Hears how long each call took. */
  readonly onEnded?: ((durationMs: number) => void) | undefined;
}

export interface FunctionHost {
  /**
   * Never rejects.
   * @param rest in which the call is while it only waits. @default - nobody wants to know
   */
  invoke(payload: Json, rest?: Rest): Promise<InvokeResult>;
  close(): Promise<void>;
}

/** To the worker. */
export interface Call {
  readonly kind: 'call';
  readonly id: string;
  readonly payload: string;
  readonly limitMs: number;
  /** By the machine's clock, wherever the runtime's may be. */
  readonly sentAtMs: number;
  readonly invokedFunctionArn: string;
}

/** From the worker. */
export interface Reply {
  readonly kind: 'reply';
  readonly id: string;
  readonly value?: string;
  readonly error?: FunctionError;
}

/** Of one synchronous call, both ways. */
const MAX_PAYLOAD_BYTES = 6_291_556;
/** Lambda, too, refuses what is more than so many at once. */
const MAX_CONCURRENCY = 1_000;
/**
 * Of a thread's heap. Without them V8 goes by the machine's memory: ten heaps then keep whatever their busiest moment
 * took. The young part only decides how often garbage is looked for; past the other the thread ends, as in Lambda.
 */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 1_024 } as const;
/** For a start whose answer is on its way: were it cut off, nobody would know what became of it. */
const LAST_MOMENT_MS = 2_000;

interface Asked {
  readonly settle: (result: InvokeResult) => void;
  readonly waits: InvocationWaits;
}

interface Crew {
  readonly worker: Worker;
  readonly waiting: Map<string, Asked>;
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

function hear({ waiting }: Crew, message: Reply | WaitMessage): void {
  const asked = waiting.get(message.id);
  if (message.kind === 'reply') asked?.settle(toResult(message));
  else if (message.kind === 'wait') asked?.waits.begin(message.wait, message.dueMs);
  else asked?.waits.callOff(message.wait);
}

/** Starts no worker before the first call. */
export function createFunctionHost(options: FunctionHostOptions): FunctionHost {
  const { name, timeoutMs, logFile, clock = systemClock, onEnded = () => {} } = options;
  const all = new Set<Crew>();
  let current: Crew | undefined;
  let isClosed = false;

  function hire(): Crew {
    const worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
      env: { ...options.environment },
      workerData: { bundle: join(options.bundlesDir, name, 'index.mjs'), name, logFile, clockOffset: clock.offset },
      resourceLimits: HEAP_LIMITS,
      // Nobody reads these: the worker writes its log itself.
      stdout: true,
      stderr: true,
    });
    const crew: Crew = { worker, waiting: new Map(), isRetiring: false };
    worker.on('message', (message: Reply | WaitMessage) => hear(crew, message));
    let reason = 'Runtime exited';
    worker.on('error', (error: Error) => {
      reason = `Runtime exited with ${error.name}: ${error.message}`;
    });
    worker.on('exit', (code) => {
      all.delete(crew);
      if (current === crew) current = undefined;
      const text = reason === 'Runtime exited' ? `Runtime exited with error: exit status ${code}` : reason;
      for (const [id, { settle }] of crew.waiting) settle(crashed(id, text));
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

  function call(crew: Crew, payload: string, rest: Rest): Promise<InvokeResult> {
    const id = randomUUID();
    return new Promise((resolve) => {
      const settle = (result: InvokeResult) => {
        onEnded(waits.spentMs());
        waits.close();
        crew.waiting.delete(id);
        release(crew);
        resolve(result);
      };
      const onTimeUp = () => {
        retire(crew);
        const seconds = (timeoutMs / 1_000).toFixed(2);
        settle(refused('Sandbox.Timedout', `RequestId: ${id} Error: Task timed out after ${seconds} seconds`));
      };
      const onOver = (wait: number) => crew.worker.postMessage({ kind: 'over', wait } satisfies OverMessage);
      const waits = createInvocationWaits({ clock, limitMs: timeoutMs, onTimeUp, rest, onOver });
      crew.waiting.set(id, { settle, waits });
      const own = { limitMs: timeoutMs, sentAtMs: Date.now(), invokedFunctionArn: functionArn(name) };
      crew.worker.postMessage({ kind: 'call', id, payload, ...own } satisfies Call);
    });
  }

  return {
    async invoke(payload, rest = (wait) => wait()) {
      const text = JSON.stringify(payload);
      if (isClosed) return refused('Lambda.ServiceException', 'The local runtime is stopping.');
      if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
        return refused('Lambda.RequestTooLargeException', `Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes.`);
      }
      current ??= hire();
      if (current.waiting.size >= MAX_CONCURRENCY) {
        return refused('Lambda.TooManyRequestsException', 'Rate exceeded: too many calls of this function at once.');
      }
      return call(current, text, rest);
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
