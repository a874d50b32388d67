import { ArnFormat, type Stack } from 'aws-cdk-lib';

/** Alias under which executions are started. */
export const MACHINE_ALIAS = 'live';

/** Of a generation: each answer and each repair begins one. The function that settles reads as many. */
const MAX_DIGITS = 6;
/** Executions of ours are named `<run id>-g<generation>`: 26 characters after `run_`. */
const EXECUTION_NAMES = Array.from(
  { length: MAX_DIGITS },
  (_, digits) => `run_${'?'.repeat(26)}-g${'?'.repeat(digits + 1)}`,
);

/** Where the state machine will be. */
export interface MachineAddress {
  readonly name: string;
  readonly arn: string;
  readonly aliasArn: string;
  /** Executions of our own naming, as patterns. */
  readonly executionArns: readonly string[];
}

/**
 * By name and not by reference: the machine calls functions that start its executions, so that neither could be created
 * before the other.
 */
export function machineAddress(stack: Stack): MachineAddress {
  const name = `${stack.stackName}-runs`;
  const arnOf = (resource: string, resourceName: string) =>
    stack.formatArn({ service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  return {
    name,
    arn: arnOf('stateMachine', name),
    aliasArn: arnOf('stateMachine', `${name}:${MACHINE_ALIAS}`),
    executionArns: EXECUTION_NAMES.map((execution) => arnOf('execution', `${name}:${execution}`)),
  };
}
