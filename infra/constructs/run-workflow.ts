import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachineAlias, CfnStateMachineVersion, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { MACHINE_ALIAS, type MachineAddress } from '../machine-address.ts';
import { allow } from '../permissions.ts';
import type { Telemetry } from './telemetry.ts';
import { type WorkflowFunctions, workflowDefinition } from './workflow-definition.ts';

export interface RunWorkflowProps {
  /** Aliases of the functions behind the tasks. */
  readonly functions: WorkflowFunctions;
  readonly address: MachineAddress;
  readonly telemetry: Telemetry;
}

/** The state machine: starts a run, looks until it ends, fetches its output; no execution ends with its run open. */
export class RunWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { functions, address, telemetry }: RunWorkflowProps) {
    super(scope, id);
    const role = this.createRole(functions, address);
    telemetry.allowMachine(role);
    this.stateMachine = new StateMachine(this, 'Resource', {
      stateMachineName: address.name,
      definitionBody: workflowDefinition(this, functions),
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Log', {
          // Step Functions lets logs only into groups of this prefix without counting them against a policy's size.
          logGroupName: `/aws/vendedlogs/states/${address.name}`,
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    this.createAlias();
  }

  private createRole(functions: WorkflowFunctions, { arn, aliasArn }: MachineAddress): Role {
    const statements = [
      allow(
        ['lambda:InvokeFunction'],
        Object.values(functions).map(({ functionArn }) => functionArn),
      ),
      // The context object may name the machine with or without the alias under which it was started.
      allow(['states:StartExecution'], [arn, aliasArn]),
    ];
    // Step Functions acts for many accounts; under this role for machines of ours alone.
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com', { conditions }),
      inlinePolicies: { Run: new PolicyDocument({ statements }) },
    });
  }

  /** It names one version, so that a deployment can be taken back. */
  private createAlias(): void {
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.stateMachine.stateMachineArn,
      // A new revision of the machine is a new version.
      stateMachineRevisionId: this.stateMachine.stateMachineRevisionId,
    });
    // Older versions stay for the executions that began with them.
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnStateMachineAlias(this, 'Alias', {
      name: MACHINE_ALIAS,
      deploymentPreference: { stateMachineVersionArn: version.attrArn, type: 'ALL_AT_ONCE' },
    });
  }
}
