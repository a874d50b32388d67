/**
 * Executes one state at a time with the interpreter, so that the runtime can write down where an execution is between
 * any two of them, and keeps nothing in memory while one waits.
 */
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Definition, State } from './definition.ts';
import type { Failure } from './history.ts';
import { LocalStartError } from './local-start-error.ts';
import { type PlainState, plainState, valueAt } from './plain-states.ts';
import { createRetries } from './retries.ts';

export type StepOutcome =
  | { readonly kind: 'next'; readonly state: string; readonly output: Json }
  | { readonly kind: 'end'; readonly output: Json }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Step {
  readonly state: string;
  readonly input: Json;
  /** Makes the context object, `$$`. */
  readonly context: () => JsonObject;
  /** Does the work of a Task state. */
  readonly task: (state: string, parameters: Json) => Promise<Json>;
  readonly signal?: AbortSignal;
}

interface Attempt {
  readonly outcome: StepOutcome;
  /** Why it failed, for the rules that go by its name. */
  readonly error?: Error;
}

export interface Stepper {
  run(step: Step): Promise<StepOutcome>;
  /** How long a Wait state waits, in milliseconds from `nowMs`; a failure where its path leads nowhere. */
  waitMs(step: Omit<Step, 'task'>, nowMs: number): Promise<number | Failure>;
  typeOf(state: string): string;
}

export interface StepperOptions {
  /** Replaces every pause before a retry; for tests. */
  readonly retryPauseMs?: number;
  /** Lets the time between two attempts pass. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The interpreter's own default of 60 s would cut long functions; theirs, and the function's own, decide. */
const NO_TASK_TIMEOUT_SECONDS = 2_000_000;
const NEXT = 'next:';
const END = 'end';
const WAIT_VALUE = 'wait';

/** An error that neither Retry nor Catch may match. */
export class FinalError extends Error {
  readonly isRetryable = false;
  readonly isCatchable = false;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const sentinel: State = { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:000000000000:function:next', End: true };

/**
 * The interpreter makes `$$.Execution` of what it runs, here one state; the names below are filled with what they mean
 * in the whole execution.
 */
function renameContext(definition: Definition): Definition {
  // A function, because in a replacement text `$$` stands for one `$`.
  const renamed = JSON.stringify(definition).replaceAll('$$.Execution.', () => '$$.ThisExecution.');
  return JSON.parse(renamed) as Definition;
}

const redirect = (target: Json | undefined) => `${NEXT}${String(target)}`;
const redirectAll = (rules: Json | undefined) =>
  Array.isArray(rules) ? rules.map((rule: JsonObject) => ({ ...rule, Next: redirect(rule.Next) })) : [];

/**
 * The state with every way out leading to a sentinel that tells which way was taken. Retries are not the interpreter's
 * business: its pauses go by the machine's clock.
 */
function isolate(state: State): State {
  const { End, Next, Retry, ...rest } = state;
  if (state.Type === 'Fail') return state;
  return {
    ...rest,
    ...(state.Type === 'Task' && { TimeoutSeconds: NO_TASK_TIMEOUT_SECONDS, ...timeoutOf(state) }),
    ...((state.Type === 'Succeed' || state.Type === 'Wait') && { Type: 'Pass' }),
    ...(state.Choices !== undefined && { Choices: redirectAll(state.Choices) }),
    ...(state.Catch !== undefined && { Catch: redirectAll(state.Catch) }),
    ...(state.Default !== undefined && { Default: redirect(state.Default) }),
    ...(state.Type === 'Choice' ? {} : { Next: Next === undefined ? END : redirect(Next) }),
  };
}

function withoutCatch({ Catch: _, ...state }: State): State {
  return state as State;
}

function timeoutOf({ TimeoutSeconds, TimeoutSecondsPath }: State): JsonObject {
  if (TimeoutSecondsPath !== undefined) return { TimeoutSeconds: 0, TimeoutSecondsPath };
  return TimeoutSeconds === undefined ? {} : { TimeoutSeconds };
}

/** Evaluates the path of a Wait state the way every other path is evaluated. */
function waitValueState({ InputPath, SecondsPath, TimestampPath }: State): State {
  const path = SecondsPath ?? TimestampPath ?? '$';
  return {
    Type: 'Pass',
    ...(InputPath !== undefined && { InputPath }),
    Parameters: { 'value.$': path },
    Next: END,
  };
}

function machineOf(states: Readonly<Record<string, State>>, startAt: string): StateMachine {
  const definition = { StartAt: startAt, States: states } as unknown as StateMachineDefinition;
  return new StateMachine(definition, { validationOptions: { noValidate: true } });
}

/** What went wrong inside, without the interpreter's wrapping. */
function originOf(error: unknown): Error {
  if (!(error instanceof Error)) return new FinalError('States.Runtime', String(error));
  return error.cause instanceof Error ? error.cause : error;
}

function toFailure(known: Error): Failure {
  const isPlainFail = known.name === 'FailStateError';
  return { error: isPlainFail ? undefined : known.name, cause: isPlainFail ? undefined : known.message };
}

function toWaitMs(state: State, value: unknown, nowMs: number): number | Failure {
  if (state.Seconds !== undefined || state.SecondsPath !== undefined) {
    const seconds = state.Seconds ?? value;
    if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 0) return seconds * 1_000;
    return { error: 'States.Runtime', cause: 'The seconds of a Wait state must be a whole number, zero or more.' };
  }
  const atMs = Date.parse(String(state.Timestamp ?? value));
  if (Number.isNaN(atMs)) return { error: 'States.Runtime', cause: 'The timestamp of a Wait state is none.' };
  return Math.max(0, atMs - nowMs);
}

type Machines = ReadonlyMap<string, CompiledState>;

interface CompiledState {
  readonly state: State;
  readonly plain: PlainState | undefined;
  readonly machine: StateMachine;
  /** With its `Catch`, where it has one. */
  readonly rescue?: StateMachine;
  readonly wait: StateMachine;
}

/** Checking and compiling takes many times as long as a short execution. */
const compiled = new WeakMap<Definition, Machines>();

function compile(original: Definition): Machines {
  const known = compiled.get(original);
  if (known) return known;
  validate(original);
  const { States: states } = renameContext(original);
  const names = Object.keys(states);
  const sentinels = Object.fromEntries([END, ...names.map((name) => NEXT + name)].map((name) => [name, sentinel]));
  const machines = new Map(
    Object.entries(states).map(([name, state]): [string, CompiledState] => {
      const extra = { ...sentinels, [WAIT_VALUE]: waitValueState(state) };
      const parts = {
        state,
        plain: plainState(state),
        machine: machineOf({ ...extra, [name]: isolate(withoutCatch(state)) }, name),
        wait: machineOf(extra, WAIT_VALUE),
      };
      const isCaught = state.Catch !== undefined;
      return [name, isCaught ? { ...parts, rescue: machineOf({ ...extra, [name]: isolate(state) }, name) } : parts];
    }),
  );
  compiled.set(original, machines);
  return machines;
}

/** @throws LocalStartError when the definition breaks the States Language. */
export function createStepper(original: Definition, options: StepperOptions): Stepper {
  const machines = compile(original);
  const names = [...machines.keys()];

  function find(name: string) {
    const found = machines.get(name);
    if (!found) throw new FinalError('States.Runtime', `The definition has no state ${name}.`);
    return found;
  }

  const way = Object.fromEntries([
    [END, (output: unknown) => ({ kind: 'end', output })],
    ...names.map((state) => [NEXT + state, (output: unknown) => ({ kind: 'next', state, output })] as const),
  ]);

  async function interpret(machine: StateMachine, step: Step): Promise<Attempt> {
    const own = (parameters: unknown) => step.task(step.state, parameters as Json);
    const handlers = Object.assign(Object.create(way) as object, { [step.state]: own });
    const run = machine.run(step.input as never, {
      context: step.context(),
      overrides: { taskResourceLocalHandlers: handlers as never },
    });
    step.signal?.addEventListener('abort', run.abort);
    try {
      return { outcome: (await run.result) as unknown as StepOutcome };
    } catch (thrown) {
      const error = originOf(thrown);
      return { outcome: { kind: 'failed', failure: toFailure(error) }, error };
    } finally {
      step.signal?.removeEventListener('abort', run.abort);
    }
  }

  /** Attempt after attempt, until one succeeds or no rule asks for another; then `Catch` has its say. */
  async function persist({ state, machine, rescue }: CompiledState, step: Step): Promise<StepOutcome> {
    const retries = createRetries(state.Retry, Math.random);
    for (;;) {
      const { outcome, error } = await interpret(machine, step);
      if (!error || step.signal?.aborted) return outcome;
      const pauseMs = retries.next(error);
      if (pauseMs !== undefined) await options.pause(options.retryPauseMs ?? pauseMs, step.signal);
      else if (rescue) return (await interpret(rescue, { ...step, task: () => Promise.reject(error) })).outcome;
      else return outcome;
    }
  }

  return {
    async run(step) {
      const found = find(step.state);
      const { plain } = found;
      return plain?.(step.input) ?? persist(found, step);
    },
    async waitMs(step, nowMs) {
      const { state, plain, wait } = find(step.state);
      const known = plain && valueAt(step.input, state.SecondsPath);
      if (known !== undefined) return toWaitMs(state, known, nowMs);
      const { outcome } = await interpret(wait, {
        ...step,
        task: () => Promise.reject(new Error('a wait calls nothing')),
      });
      if (outcome.kind === 'failed') return outcome.failure;
      return toWaitMs(state, (outcome.output as JsonObject).value, nowMs);
    },
    typeOf: (name) => find(name).state.Type,
  };
}

function validate(definition: Definition): void {
  const nested = Object.entries(definition.States).find(([, { Type }]) => Type === 'Map' || Type === 'Parallel');
  if (nested)
    throw new LocalStartError(`State ${nested[0]} is a ${nested[1].Type}, which the local runtime does not offer.`);
  try {
    new StateMachine(definition as unknown as StateMachineDefinition);
  } catch (error) {
    throw new LocalStartError(`The state machine's definition is invalid: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
