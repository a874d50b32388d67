/** Lambda: each function's real handler on the real use cases, in containers that may die, be late or be called twice. */
import { createApi } from '../../lib/api/app.ts';
import {
  apiDependencies,
  fetchOutputDependencies,
  intakeDependencies,
  pollDependencies,
  releaseDependencies,
  settleDependencies,
  startDependencies,
  sweepDependencies,
} from '../../lib/aws/dependencies.ts';
import type { Effects } from '../../lib/aws/effects.ts';
import { intake, parseIntakeEvent } from '../../lib/aws/intake.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { type FunctionName, TIMEOUT_SECONDS } from '../../lib/contract.ts';
import type { Json } from '../../lib/domain/json.ts';
import { parseTaskInput } from '../../lib/domain/machine-state.ts';
import { parseSettleEvent } from '../../lib/domain/settle-event.ts';
import type { FunctionError, InvokeResult } from '../../lib/local/functions.ts';
import { fetchOutput } from '../../lib/workflow/fetch-output.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import { releaseSlot } from '../../lib/workflow/release-slot.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { parseSweepInput, sweep } from '../../lib/workflow/sweep.ts';
import type { Invocation, Stage } from './stage.ts';
import type { Strikes } from './strikes.ts';

interface Context {
  readonly functionName: string;
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

type Handler = (event: never, context: Context) => Promise<unknown>;

/** What `functions/<name>/handler.ts` exports, in a world of ours. */
const HANDLERS: Readonly<Partial<Record<FunctionName, (effects: Effects) => Handler>>> = {
  start: (effects) => taskHandler(parseTaskInput, () => startDependencies(effects), startRun) as unknown as Handler,
  poll: (effects) => taskHandler(parseTaskInput, () => pollDependencies(effects), pollRun) as unknown as Handler,
  'fetch-output': (effects) =>
    taskHandler(parseTaskInput, () => fetchOutputDependencies(effects), fetchOutput) as unknown as Handler,
  release: (effects) =>
    taskHandler(parseTaskInput, () => releaseDependencies(effects), releaseSlot) as unknown as Handler,
  settle: (effects) =>
    taskHandler(parseSettleEvent, () => settleDependencies(effects), settleRun) as unknown as Handler,
  intake: (effects) => taskHandler(parseIntakeEvent, () => intakeDependencies(effects), intake) as unknown as Handler,
  sweep: (effects) => taskHandler(parseSweepInput, () => sweepDependencies(effects), sweep) as unknown as Handler,
  api(effects) {
    const app = createApi(apiDependencies(effects), { environment: 'test' });
    return (async (request: Request) => app.fetch(request)) as unknown as Handler;
  },
};

export interface FunctionsWorld {
  invoke(name: FunctionName, payload: Json): Promise<InvokeResult>;
  /** A request over HTTP; undefined when no answer comes. */
  request(request: Request): Promise<Response | undefined>;
  /** Every container is replaced once it is idle. */
  deploy(): void;
  /** Hears of what every function answers. */
  onAnswer: (invocation: Invocation, answer: Json) => void;
  readonly invocations: number;
}

const failed = (errorType: string, errorMessage = ''): InvokeResult => ({
  ok: false,
  error: { errorType, errorMessage },
});

function toError(thrown: unknown): FunctionError {
  const { name, message } = thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
  return { errorType: name, errorMessage: message };
}

function runIdIn(payload: unknown): string | undefined {
  const { runId } = (payload ?? {}) as { readonly runId?: unknown };
  return typeof runId === 'string' ? runId : undefined;
}

export function createFunctionsWorld(stage: Stage, strikes: Strikes, effects: Effects): FunctionsWorld {
  const { thread } = stage;
  const idle = new Map<FunctionName, Handler[]>();
  let release = 0;
  let serial = 0;

  /** Runs it in a container of its own; what becomes of it is the caller's to race. */
  function begin(name: FunctionName, payload: unknown) {
    const compose = HANDLERS[name];
    if (compose === undefined) throw new Error(`The function ${name} has no part in this.`);
    const handler = idle.get(name)?.pop() ?? compose(effects);
    const bornIn = release;
    const killed = Promise.withResolvers<'dead'>();
    const invocation: Invocation = {
      name,
      runId: runIdIn(payload),
      begunAtMs: thread.now(),
      isDead: false,
      kill() {
        invocation.isDead = true;
        killed.resolve('dead');
      },
    };
    const untilMs = thread.now() + TIMEOUT_SECONDS[name] * 1_000;
    serial += 1;
    const context = {
      functionName: name,
      awsRequestId: `request-${serial}`,
      getRemainingTimeInMillis: () => untilMs - thread.now(),
    };
    const work = stage.current.run(invocation, async () => handler(payload as never, context));
    const settled = work.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    let hasAnswered = false;
    void settled.then(() => {
      hasAnswered = true;
      if (!invocation.isDead && bornIn === release) idle.set(name, [...(idle.get(name) ?? []), handler]);
    });
    const timedOut = thread.sleep(untilMs - thread.now()).then(() => {
      // A container that has answered lives on, and what it left undone goes on with it.
      if (!hasAnswered) invocation.isDead = true;
      return 'late' as const;
    });
    return { invocation, settled, ended: Promise.race([settled, killed.promise, timedOut]) };
  }

  const world: FunctionsWorld = {
    onAnswer: () => {},
    get invocations() {
      return serial;
    },
    deploy() {
      release += 1;
      idle.clear();
    },
    async invoke(name, payload) {
      // JSON in, JSON out, as over the wire.
      const given = JSON.parse(JSON.stringify(payload)) as Json;
      const struck = strikes.at('invoke', name);
      await thread.sleep(1 + thread.random() * 5);
      if (struck === 'function-throttled') return failed('Lambda.TooManyRequestsException', 'Rate exceeded');
      const { invocation, settled, ended } = begin(name, given);
      if (struck === 'overlap') {
        await Promise.race([settled, thread.sleep(thread.random() * 3_000)]);
        return failed('Lambda.ClientExecutionTimeoutException');
      }
      const came = await ended;
      if (struck === 'reinvoked') return failed('Lambda.ServiceException');
      if (came === 'dead') return failed('Lambda.Unknown', 'Runtime exited');
      if (came === 'late') return failed('Sandbox.Timedout', 'Task timed out');
      if ('error' in came) return { ok: false, error: toError(came.error) };
      const answer = JSON.parse(JSON.stringify(came.value ?? null)) as Json;
      world.onAnswer(invocation, answer);
      return { ok: true, value: answer };
    },
    async request(request) {
      const struck = strikes.at('invoke', 'api');
      await thread.sleep(1 + thread.random() * 5);
      if (struck === 'function-throttled') return new Response(null, { status: 503 });
      const came = await begin('api', request).ended;
      if (came === 'dead' || came === 'late') return undefined;
      if ('error' in came) throw came.error;
      return came.value as Response;
    },
  };
  return world;
}
