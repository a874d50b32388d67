import { isObject, readFields, text } from './fields.ts';
import { FAILURE, type Failure, parseSettleInput, type SettleInput } from './machine-state.ts';

const NAME = /^(?<runId>run_[0-9A-HJKMNP-TV-Z]{26})-g(?<generation>[1-9]\d{0,5})$/;

/** What the rule for stopped executions hands over: an execution's name, which is made of run and generation. */
function parseStoppedExecution(event: unknown): SettleInput {
  const { execution, failure } = readFields<{ readonly execution: string; readonly failure: Failure }>(event, {
    execution: text(NAME, 'the name of an execution'),
    failure: FAILURE,
  });
  const { runId = '', generation } = NAME.exec(execution)?.groups ?? {};
  return { runId, generation: Number(generation), lap: 0, failure };
}

/** Input of the settle function, from the machine's catch-all or from the rule for stopped executions. */
export function parseSettleEvent(event: unknown): SettleInput {
  return isObject(event) && 'execution' in event ? parseStoppedExecution(event) : parseSettleInput(event);
}
