import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface RepairProps {
  readonly stateMachine: IStateMachine;
  readonly settle: IFunction;
  readonly sweep: IFunction;
}

/** What nobody inside an execution can do: end the record of one that was stopped, and find what a crash left behind. */
export class Repair extends Construct {
  constructor(scope: Construct, id: string, { stateMachine, settle, sweep }: RepairProps) {
    super(scope, id);
    new Rule(this, 'EveryMinute', {
      description: 'Finds open runs that nothing carries on.',
      schedule: Schedule.rate(Duration.minutes(1)),
      // A missed minute is made up by the next one.
      targets: [new LambdaFunction(sweep, { retryAttempts: 0, event: RuleTargetInput.fromObject({}) })],
    });
    new Rule(this, 'ExecutionStopped', {
      description: 'Settles the record of an execution that was aborted, timed out or failed by itself.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachine.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [new LambdaFunction(settle, { event: stoppedExecution() })],
    });
  }
}

/** The execution's name carries run and generation; its input is text within text, which a target cannot take apart. */
function stoppedExecution(): RuleTargetInput {
  return RuleTargetInput.fromObject({
    execution: EventField.fromPath('$.detail.name'),
    failure: { Error: 'ExecutionStopped', Cause: EventField.fromPath('$.detail.status') },
  });
}
