/** Where people look at a run in a browser. Pure. */
import { CommandError } from '../frame/command-error.ts';
import { placeOf } from '../target/errand-api.ts';

export function consolePage(apiUrl: string, runId: string): string {
  return placeOf(apiUrl, `/console/runs/${runId}`).href;
}

const EXECUTION = /^arn:(aws[a-z-]*):states:([a-z0-9-]+):(\d{12}):execution:[\w-]+:[\w.-]+$/;
const HOSTS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-cn': 'console.amazonaws.cn',
};

/** The execution in the console of Step Functions. @throws CommandError for one that AWS does not have. */
export function executionPage(arn: string): string {
  const [, partition = '', region, account] = EXECUTION.exec(arn) ?? [];
  const host = HOSTS[partition];
  if (region === undefined || host === undefined || account === '000000000000')
    throw new CommandError('This run is on this machine: Step Functions has no page for it. Leave --execution out.');
  return `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${arn}`;
}
