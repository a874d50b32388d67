/** Step Functions' rules for names, inputs and ARNs of executions. */
import { AwsError } from './aws-json.ts';
import { LOCAL } from './definition.ts';

export const STATE_MACHINE_NAME = 'errand';
export const STATE_MACHINE_ARN = `arn:aws:states:${LOCAL.region}:${LOCAL.account}:stateMachine:${STATE_MACHINE_NAME}`;
const EXECUTION_PREFIX = `arn:aws:states:${LOCAL.region}:${LOCAL.account}:execution:${STATE_MACHINE_NAME}:`;

/** Bytes of UTF-8 that the input or output of a state may have. */
export const MAX_DATA_BYTES = 262_144;

// Spaces, brackets, wildcards, the listed signs, control characters, surrogates and non-characters.
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

export const executionArn = (name: string) => EXECUTION_PREFIX + name;

/** @throws AwsError InvalidName */
export function checkName(name: string): void {
  if (name.length >= 1 && name.length <= 80 && !FORBIDDEN.test(name)) return;
  throw new AwsError('InvalidName', `Invalid Name: '${name.slice(0, 100)}'`);
}

/** @throws AwsError when the input is too large or not JSON. */
export function checkInput(input: string): void {
  if (Buffer.byteLength(input) > MAX_DATA_BYTES) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${MAX_DATA_BYTES}`,
    );
  }
  try {
    JSON.parse(input);
  } catch {
    throw new AwsError('InvalidExecutionInput', 'Invalid State Machine Execution Input: the input is not JSON');
  }
}

/** Accepts our machine with or without alias or version. @throws AwsError InvalidArn, StateMachineDoesNotExist */
export function checkStateMachine(arn: string): void {
  if (arn === STATE_MACHINE_ARN || arn.startsWith(`${STATE_MACHINE_ARN}:`)) return;
  if (!/^arn:aws:states:[^:]+:\d{12}:stateMachine:[^:]+/.test(arn)) {
    throw new AwsError('InvalidArn', `Invalid Arn: '${arn.slice(0, 300)}'`);
  }
  throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn.slice(0, 300)}'`);
}

/** @throws AwsError InvalidArn, ExecutionDoesNotExist */
export function nameOfExecution(arn: string): string {
  if (arn.startsWith(EXECUTION_PREFIX)) return arn.slice(EXECUTION_PREFIX.length);
  if (!/^arn:aws:states:[^:]+:\d{12}:execution:[^:]+:[^:]+/.test(arn)) {
    throw new AwsError('InvalidArn', `Invalid Arn: '${arn.slice(0, 300)}'`);
  }
  throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn.slice(0, 300)}'`);
}
