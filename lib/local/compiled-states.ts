/** The states of a definition, each made fit to be run by itself; checked and compiled once for each definition. */
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Definition, State } from './definition.ts';
import { LocalStartError } from './local-start-error.ts';
import { type PlainState, plainState } from './plain-states.ts';

/** The interpreter's own default of 60 s would cut long functions; theirs, and the function's own, decide. */
const NO_TASK_TIMEOUT_SECONDS = 2_000_000;
/** What the sentinels are called. */
export const NEXT = 'next:';
export const END = 'end';
const WAIT_VALUE = 'wait';

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

type Machines = ReadonlyMap<string, CompiledState>;

export interface CompiledState {
  readonly state: State;
  readonly plain: PlainState | undefined;
  readonly machine: StateMachine;
  /** With its `Catch`, where it has one. */
  readonly rescue?: StateMachine;
  readonly wait: StateMachine;
}

/** Checking and compiling takes many times as long as a short execution. */
const compiled = new WeakMap<Definition, Machines>();

/** @throws LocalStartError when the definition breaks the States Language. */
export function compileStates(original: Definition): Machines {
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
