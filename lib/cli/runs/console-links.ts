/** Where people look at a run in a browser. Pure. */
import { executionPage } from '../../domain/execution-page.ts';
import { CommandError } from '../frame/command-error.ts';
import { placeOf } from '../target/errand-api.ts';

export function consolePage(apiUrl: string, runId: string): string {
  return placeOf(apiUrl, `/console/runs/${runId}`).href;
}

/** The execution in the console of Step Functions. @throws CommandError for one that AWS does not have. */
export function pageOfExecution(arn: string): string {
  const page = executionPage(arn);
  if (page !== undefined) return page;
  throw new CommandError('This run is on this machine: Step Functions has no page for it. Leave --execution out.');
}
