/** Executions of the state machine. The name is derived from the run, so asking twice starts once. */
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Executed, Executions } from '../workflow/ports.ts';
import { isNamed, toStoreError } from './service-errors.ts';

export interface ExecutionsOptions {
  readonly client: SFNClient;
  /** ARN of the machine, with or without a version or alias. */
  readonly stateMachineArn: string;
}

const SERVICE = 'Step Functions';

function nameOf(runId: string, generation: number): string {
  return `${runId}-g${generation}`;
}

function presentName({ id, generation, executionName }: Executed): string {
  return generation === 1 && executionName !== undefined ? executionName : nameOf(id, generation);
}

/** `arn:aws:states:<region>:<account>:stateMachine:<machine>[:<alias>]` names the executions of the machine as well. */
function executionArn(stateMachineArn: string, name: string): string {
  const [arn, partition, service, region, account, , machine] = stateMachineArn.split(':');
  return [arn, partition, service, region, account, 'execution', machine, name].join(':');
}

export function createExecutions({ client, stateMachineArn }: ExecutionsOptions): Executions {
  const arnNamed = (name: string) => executionArn(stateMachineArn, name);
  return {
    arnOf: (run) => arnNamed(presentName(run)),

    async start(runId, generation) {
      // Nothing volatile in here: the same name with another input would be refused.
      const input = JSON.stringify(generation === 1 ? { runId } : { runId, generation });
      const name = nameOf(runId, generation);
      try {
        const reply = await client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
        return reply.executionArn ?? arnNamed(name);
      } catch (error) {
        // Running or ended: either way this generation has been started.
        if (isNamed(error, 'ExecutionAlreadyExists')) return arnNamed(name);
        throw toStoreError(SERVICE, 'StartExecution', error);
      }
    },

    async isRunning(run) {
      // Named by a person, so no permission covers it; that it is overdue is reason enough to carry the run on.
      if (presentName(run) === run.executionName) return false;
      try {
        const command = new DescribeExecutionCommand({ executionArn: arnNamed(presentName(run)) });
        const { status } = await client.send(command);
        return status === 'RUNNING' || status === 'PENDING_REDRIVE';
      } catch (error) {
        if (isNamed(error, 'ExecutionDoesNotExist')) return false;
        throw toStoreError(SERVICE, 'DescribeExecution', error);
      }
    },
  };
}
