/** Carries executions through the synthesised definition in virtual time, and counts the events of their histories. */
import type { FunctionName } from '../../lib/contract.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import type { MachineState } from '../../lib/domain/machine-state.ts';
import { type Definition, functionOfArn, readTemplate } from '../../lib/local/definition.ts';
import { fetchOutput } from '../../lib/workflow/fetch-output.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import { releaseSlot } from '../../lib/workflow/release-slot.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import type { VirtualTime } from '../helpers/virtual-time.ts';
import type { World } from '../helpers/world.ts';
import { synthesise } from '../infra/assembly.ts';

export interface CountedExecution {
  readonly runId: string;
  readonly generation: number;
  readonly startedMs: number;
  endedMs?: number;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  events: number;
  /** How often each state was entered. */
  readonly entered: Record<string, number>;
}

export type Functions = Readonly<Partial<Record<FunctionName, (input: JsonObject) => Promise<unknown>>>>;

export interface Hooks {
  /** Called before a task is tried; what it throws is what the task failed with. */
  before?(state: string): void;
  /** Called when a task has done its work and before the machine hears of it. */
  after?(state: string): void;
  /** What the machine goes on with, instead of what a task has answered. */
  answer?(state: string, value: JsonObject): JsonObject;
}

/** The definition that the template deploys. */
export async function deployedDefinition(): Promise<Definition> {
  return readTemplate((await synthesise()) as unknown as Parameters<typeof readTemplate>[0]).definition;
}

interface Rule {
  readonly ErrorEquals: readonly string[];
  readonly MaxAttempts?: number;
  readonly ResultPath?: string;
  readonly Next?: string;
}

interface Left {
  readonly next: string;
  readonly value: JsonObject;
}

const listOf = (value: unknown) => (Array.isArray(value) ? (value as readonly Rule[]) : []);
const field = (value: JsonObject, path: unknown) => value[String(path).replace('$.', '')];

/** Follows one execution from a state on. Everything in it counts as Step Functions documents. */
export async function follow(
  definition: Definition,
  execution: CountedExecution,
  functions: Functions,
  context: {
    readonly sleep: (ms: number) => Promise<void>;
    readonly startExecution: (runId: string, generation: number) => Promise<void>;
    readonly hooks?: Hooks;
  },
  from: Left,
): Promise<void> {
  const { sleep, startExecution, hooks = {} } = context;
  let { next, value } = from;
  const count = (events: number) => {
    execution.events += events;
  };

  async function attempt(state: string, resource: string): Promise<JsonObject> {
    hooks.before?.(state);
    const name = functionOfArn(resource);
    if (name === undefined) await startExecution(String(value.runId), Number(value.generation) + 1);
    const result = name === undefined ? value : await functions[name]?.(value);
    hooks.after?.(state);
    const plain = JSON.parse(JSON.stringify(result));
    return hooks.answer?.(state, plain) ?? plain;
  }

  async function task(state: string, { Resource, Retry, Catch, Next }: JsonObject): Promise<Left> {
    const tries = new Map<Rule, number>();
    for (;;) {
      // Scheduled and started, then succeeded or failed.
      count(3);
      try {
        return { next: String(Next), value: await attempt(state, String(Resource)) };
      } catch (error) {
        const { name, message } = error as Error;
        const isMatch = ({ ErrorEquals }: Rule) => ErrorEquals.includes(name) || ErrorEquals.includes('States.ALL');
        const retrier = listOf(Retry).find(isMatch);
        const tried = retrier === undefined ? 0 : (tries.get(retrier) ?? 0);
        if (retrier !== undefined && tried < (retrier.MaxAttempts ?? 3)) {
          tries.set(retrier, tried + 1);
          continue;
        }
        const catcher = listOf(Catch).find(isMatch);
        if (catcher === undefined) throw error;
        return { next: String(catcher.Next), value: { ...value, failure: { Error: name, Cause: message } } };
      }
    }
  }

  const leave: Readonly<Record<string, (state: string, rules: JsonObject) => Promise<Left | undefined>>> = {
    Choice: async (_state, { Choices, Default }) => {
      const rules = Choices as readonly JsonObject[];
      const rule = rules.find(({ Variable, StringEquals, IsPresent }) =>
        IsPresent === undefined ? field(value, Variable) === StringEquals : field(value, Variable) !== undefined,
      );
      return { next: String(rule?.Next ?? Default), value };
    },
    Wait: async (_state, { SecondsPath, Next }) => {
      await sleep(Number(field(value, SecondsPath)) * 1_000);
      return { next: String(Next), value };
    },
    Pass: async (_state, { Result, Next }) => ({ next: String(Next), value: { ...value, failure: Result ?? null } }),
    Task: task,
    Succeed: async () => undefined,
  };

  for (;;) {
    const rules = definition.States[next];
    if (rules === undefined) throw new Error(`no state ${next}`);
    execution.entered[next] = (execution.entered[next] ?? 0) + 1;
    count(1);
    if (rules.Type === 'Fail') return end(execution, 'FAILED');
    const left = await leave[rules.Type]?.(next, rules);
    count(1);
    if (left === undefined) return end(execution, 'SUCCEEDED');
    ({ next, value } = left);
  }
}

function end(execution: CountedExecution, status: CountedExecution['status']): void {
  execution.events += 1;
  execution.status = status;
}

/** All executions of a world, side by side, as they begin. Pauses between tries take no time. */
export function createCountedMachine(
  world: World,
  time: VirtualTime,
  definition: Definition,
  hooks: Hooks = {},
): readonly CountedExecution[] {
  const executions: CountedExecution[] = [];
  const { signal } = new AbortController();
  const { dependencies } = world;
  let admitted = 0;

  Object.assign(dependencies.clock, { now: time.now, sleep: time.sleep });
  time.onMove = (now) => world.advance(now - world.now());
  time.onIdle = () => {
    for (; admitted < world.started.length; admitted += 1) {
      const { runId, generation } = world.started[admitted] ?? { runId: '', generation: 0 };
      begin(runId, generation, { next: definition.StartAt, value: { runId, generation } });
    }
  };

  const functions: Functions = {
    start: (input) => startRun(dependencies, input as unknown as MachineState, { signal }),
    poll: (input) => pollRun(dependencies, input as unknown as MachineState, { signal }),
    'fetch-output': (input) => fetchOutput(dependencies, input as unknown as MachineState, { signal }),
    release: (input) => releaseSlot(dependencies, input as unknown as MachineState),
    settle: (input) => settleRun(dependencies, input as unknown as Parameters<typeof settleRun>[1]),
  };

  function begin(runId: string, generation: number, from: Left): void {
    const startedMs = time.now();
    const execution: CountedExecution = { runId, generation, startedMs, status: 'RUNNING', events: 1, entered: {} };
    executions.push(execution);
    const startExecution = async (id: string, next: number) => {
      // Step Functions may let a second start pass while the first runs; it need not.
      if (world.started.some((one) => one.runId === id && one.generation === next))
        throw Object.assign(new Error('it is there already'), {
          name: 'StepFunctions.ExecutionAlreadyExistsException',
        });
      await dependencies.executions.start(id, next);
    };
    time.background(async () => {
      // Known to the time before it does anything.
      await time.sleep(0);
      await follow(definition, execution, functions, { sleep: time.sleep, startExecution, hooks }, from);
      execution.endedMs = time.now();
      world.endExecution(runId, generation);
    });
  }

  return executions;
}
