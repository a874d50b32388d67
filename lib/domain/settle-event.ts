import { isObject, readFields, text } from './fields.ts';
import { FAILURE, type Failure, parseSettleInput, type SettleInput } from './machine-state.ts';

const NAME = /^(?<runId>run_[0-9A-HJKMNP-TV-Z]{26})-g(?<generation>[1-9]\d{0,5})$/;

/** An execution that ended by itself or was stopped, as the rule of the stack tells it. */
export interface StoppedExecution {
  readonly execution: string;
  /** Undefined for an execution that a person started and named; its run is the one that it was accepted for. */
  readonly run?: { readonly runId: string; readonly generation: number };
  readonly failure: Failure;
}

/** The failure's cause where somebody stopped the execution by hand. */
export const ABORTED = 'ABORTED';

export type SettleEvent = SettleInput | StoppedExecution;

function parseStoppedExecution(event: unknown): StoppedExecution {
  const { execution, failure } = readFields<{ readonly execution: string; readonly failure: Failure }>(event, {
    execution: text(/^[^\s]{1,80}$/, 'the name of an execution'),
    failure: FAILURE,
  });
  const { runId, generation } = NAME.exec(execution)?.groups ?? {};
  if (runId === undefined) return { execution, failure };
  return { execution, run: { runId, generation: Number(generation) }, failure };
}

/** Input of the settle function, from the machine's catch-all or from the rule for stopped executions. */
export function parseSettleEvent(event: unknown): SettleEvent {
  return isObject(event) && 'execution' in event ? parseStoppedExecution(event) : parseSettleInput(event);
}
