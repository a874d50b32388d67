/** Executions of the state machine by name, under Step Functions' rules of idempotency. */
import { randomUUID } from 'node:crypto';
import { type Activity, createActivity } from './activity.ts';
import { AwsError } from './aws-json.ts';
import { type LocalClock, pauseOn } from './clock.ts';
import type { Definition } from './definition.ts';
import { checkInput, checkName, executionArn } from './execution-names.ts';
import { createRunner } from './execution-runner.ts';
import type { ExecutionRecord, ExecutionStatus, ExecutionStore } from './execution-store.ts';
import type { LocalFunctions } from './functions.ts';
import type { Failure } from './history.ts';
import { createStepper, type StepperOptions } from './state-stepper.ts';
import { createTasks, type StartedExecution } from './tasks.ts';

export interface ExecutionsOptions extends Pick<StepperOptions, 'retryPauseMs'> {
  readonly definition: Definition;
  readonly store: ExecutionStore;
  readonly functions: LocalFunctions;
  readonly clock: LocalClock;
  /** Counts the steps under way. @default - nobody wants to know */
  readonly activity?: Activity;
  readonly log: (line: string) => void;
  /** Hears of each execution that ended in any way but success. */
  readonly onFailed?: (name: string, status: ExecutionStatus) => void;
}

export interface Executions {
  /** As `StartExecution`: durable before it resolves. @throws AwsError */
  start(name: string | undefined, input: string): Promise<StartedExecution>;
  /** As `StopExecution`; what has ended stays as it ended. Undefined when there is no such execution. */
  stop(name: string, failure: Failure): Promise<ExecutionRecord | undefined>;
  /** Goes on with everything that ran when the process before this one ended; says how many that is. */
  resume(): Promise<number>;
  countRunning(): number;
  /** Stops where everything is; the next process goes on from there. */
  close(): Promise<void>;
}

/** As in the cloud: so long a name counts as taken and a history can be read. */
const REMEMBERED_FOR_MS = 90 * 24 * 3_600_000;

/** @throws LocalStartError when the definition cannot be run here. */
export function createExecutions({ functions, ...options }: ExecutionsOptions): Executions {
  const { definition, store, clock, onFailed = () => {}, activity = createActivity() } = options;
  const pause = (ms: number, signal?: AbortSignal) => activity.rest(() => pauseOn(clock, ms, signal));
  const stepper = createStepper(definition, { ...options, pause });
  const tasks = createTasks(definition, { functions, startExecution: start });
  const runner = createRunner({ ...options, stepper, tasks, activity, onFailed });
  const starting = new Map<string, Promise<StartedExecution>>();

  async function startOnce(name: string, input: string): Promise<StartedExecution> {
    const existing = await store.find(name);
    if (existing && (existing.status !== 'RUNNING' || existing.input !== input)) {
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn(name)}'`);
    }
    if (existing) return { executionArn: executionArn(name), startedAtMs: existing.startedAtMs };
    const startedAtMs = clock.now();
    await runner.begin({ name, status: 'RUNNING', input, startedAtMs });
    return { executionArn: executionArn(name), startedAtMs };
  }

  /** One at a time for each name, so that of two equal starts one finds the other. */
  async function start(given: string | undefined, input: string): Promise<StartedExecution> {
    const name = given ?? randomUUID();
    checkName(name);
    checkInput(input);
    const before = starting.get(name) ?? Promise.resolve();
    const started = before.then(
      () => startOnce(name, input),
      () => startOnce(name, input),
    );
    starting.set(name, started);
    try {
      return await started;
    } finally {
      if (starting.get(name) === started) starting.delete(name);
    }
  }

  return {
    start,
    async stop(name, failure) {
      const execution = runner.live.get(name);
      if (execution && !execution.hasEnded) await runner.end(execution, 'ABORTED', failure);
      return store.find(name);
    },
    async resume() {
      await store.forget(clock.now() - REMEMBERED_FOR_MS);
      const names = await store.running();
      await Promise.all(
        names.map(async (name) => {
          const record = await store.find(name);
          if (record) await runner.carryOn(record);
        }),
      );
      return names.length;
    },
    countRunning: () => runner.live.size,
    async close() {
      runner.close();
      await store.settled();
    },
  };
}
