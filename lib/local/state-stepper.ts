/**
 * Executes one state at a time with the interpreter, so that the runtime can write down where an execution is between
 * any two of them, and keeps nothing in memory while one waits.
 */
import type { StateMachine } from 'aws-local-stepfunctions';
import type { Json, JsonObject } from '../domain/json.ts';
import { type CompiledState, compileStates, END, NEXT } from './compiled-states.ts';
import type { Definition, State } from './definition.ts';
import type { Failure } from './history.ts';
import { valueAt } from './plain-states.ts';
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

/** An error that neither Retry nor Catch may match. */
export class FinalError extends Error {
  readonly isRetryable = false;
  readonly isCatchable = false;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
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

/** @throws LocalStartError when the definition breaks the States Language. */
export function createStepper(original: Definition, options: StepperOptions): Stepper {
  const machines = compileStates(original);
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
