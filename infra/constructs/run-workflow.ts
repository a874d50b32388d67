import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, Policy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachineAlias, CfnStateMachineVersion, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Telemetry } from './telemetry.ts';
import { type WorkflowFunctions, workflowDefinition } from './workflow-definition.ts';

export interface RunWorkflowProps {
  /** Aliases of the functions behind the tasks. */
  readonly functions: WorkflowFunctions;
  readonly telemetry: Telemetry;
}

/** The state machine: starts a run, looks until it ends, fetches its output; no execution ends with its run open. */
export class RunWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  /** Under this ARN executions are started; it names one version, so that a deployment can be taken back. */
  readonly aliasArn: string;

  constructor(scope: Construct, id: string, { functions, telemetry }: RunWorkflowProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: { InvokeFunctions: new PolicyDocument({ statements: [invoke(Object.values(functions))] }) },
    });
    telemetry.allowMachine(role);
    this.stateMachine = new StateMachine(this, 'Resource', {
      definitionBody: workflowDefinition(this, functions),
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Log', {
          // Step Functions lets logs only into groups of this prefix without counting them against a policy's size.
          logGroupName: `/aws/vendedlogs/states/${Stack.of(this).stackName}-runs`,
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    this.allowNextGeneration(role);
    this.aliasArn = this.live();
  }

  /** Apart from the role's own policy, because it names the machine, which waits for its role. */
  private allowNextGeneration(role: Role): void {
    const machineArn = this.stateMachine.stateMachineArn;
    new Policy(this, 'NextGeneration', {
      roles: [role],
      statements: [
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions: ['states:StartExecution'],
          // The context object may name the machine with or without the alias under which it was started.
          resources: [machineArn, `${machineArn}:live`],
        }),
      ],
    });
  }

  private live(): string {
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.stateMachine.stateMachineArn,
      // A new revision of the machine is a new version.
      stateMachineRevisionId: this.stateMachine.stateMachineRevisionId,
    });
    // Older versions stay for the executions that began with them.
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const alias = new CfnStateMachineAlias(this, 'Alias', {
      name: 'live',
      deploymentPreference: { stateMachineVersionArn: version.attrArn, type: 'ALL_AT_ONCE' },
    });
    return alias.attrArn;
  }
}

function invoke(aliases: readonly IFunction[]): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: ['lambda:InvokeFunction'],
    resources: aliases.map(({ functionArn }) => functionArn),
  });
}
