/** What travels between the states of one execution: ids, an enum, a few numbers and short words. Budget 4 KiB. */
import type { NEXT } from '../contract.ts';
import { type Field, isObject, readFields, text, wholeNumber } from './fields.ts';

/** Input of an execution: the run, and nothing volatile, so that the same start is the same input. */
export interface ExecutionInput {
  readonly runId: string;
  /** The first is 1. */
  readonly generation: number;
}

/** What a task reads of the state it is given. */
export interface TaskInput extends ExecutionInput {
  readonly lap: number;
}

/** Output of every task. `status`, `remoteStatus` and `reason` are there for whoever reads the execution. */
export interface MachineState extends TaskInput {
  readonly next: (typeof NEXT)[keyof typeof NEXT];
  readonly waitSeconds: number;
  readonly status: string;
  readonly remoteStatus?: string;
  readonly reason: string;
  /** Code under which a failed execution ends. */
  readonly error?: string;
}

/** What Step Functions caught. */
export interface Failure {
  readonly Error: string;
  readonly Cause?: string;
}

/** What the catch-all state hands over: the last state, and what was caught. */
export interface SettleInput extends TaskInput {
  readonly failure: Failure;
}

const TASK_FIELDS = {
  runId: text(/^run_[0-9A-HJKMNP-TV-Z]{26}$/, 'a run id'),
  generation: wholeNumber(1, 1),
  lap: wholeNumber(0, 0),
};

const isOptionalText = (value: unknown) => value === undefined || typeof value === 'string';

export const FAILURE: Field<Failure> = {
  expected: 'an object with the text `Error`, perhaps the text `Cause`',
  fits: (value) => isObject(value) && typeof value.Error === 'string' && isOptionalText(value.Cause),
};

/** @throws InvalidInputError naming each field that does not fit. */
export function parseTaskInput(event: unknown): TaskInput {
  return readFields<TaskInput>(event, TASK_FIELDS);
}

/** @throws InvalidInputError naming each field that does not fit. */
export function parseSettleInput(event: unknown): SettleInput {
  return readFields<SettleInput>(event, { ...TASK_FIELDS, failure: FAILURE });
}
