import { type IRole, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allow } from '../permissions.ts';

const EVERYTHING = ['*'];

const SEND_TRACES = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];

const SAMPLE_TRACES = ['xray:GetSamplingRules', 'xray:GetSamplingTargets'];

const DELIVER_LOGS = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];

/** The permissions for which AWS knows no resource, kept apart so that no other statement needs a bare `*`. */
export class Telemetry extends Construct {
  private readonly ofFunctions: ManagedPolicy;
  private readonly ofMachines: ManagedPolicy;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.ofFunctions = new ManagedPolicy(this, 'OfFunctions', { statements: [allow(SEND_TRACES, EVERYTHING)] });
    this.ofMachines = new ManagedPolicy(this, 'OfMachines', {
      statements: [allow([...DELIVER_LOGS, ...SAMPLE_TRACES, ...SEND_TRACES], EVERYTHING)],
    });
  }

  /** X-Ray segments of a function. */
  allowFunction(role: IRole): void {
    role.addManagedPolicy(this.ofFunctions);
  }

  /** X-Ray segments of a state machine, and setting up the delivery of its log. */
  allowMachine(role: IRole): void {
    role.addManagedPolicy(this.ofMachines);
  }
}
