import { App, CfnRule, Fn, type Stack, Tags, Validations } from 'aws-cdk-lib';
import type { FlowSchedule } from './constructs/schedules.ts';
import { ErrandStack } from './errand-stack.ts';

/** Behaviours of the CDK that every synthesis uses, with or without `cdk.json`, so that all templates are equal. */
const FEATURES = {
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-lambda:recognizeLayerVersion': true,
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:enablePartitionLiterals': false,
} as const;

export interface CreateAppProps {
  /** Where the assembly goes; holds the bundled functions already. */
  readonly outdir: string;
  readonly secretNames: readonly string[];
  /**
   * When flows are run by themselves.
   * @default - never
   */
  readonly schedules?: readonly FlowSchedule[];
  /**
   * Connections that only this machine can reach; with any, the template can be looked at but not deployed.
   * @default - none
   */
  readonly loopback?: readonly string[];
  /**
   * Context values, as `cdk.json` and `cdk -c` give them.
   * @default - only theirs
   */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * Checks the template against CloudFormation's rules and cdk-nag's AwsSolutions pack; takes some seconds.
   * @default true
   */
  readonly validate?: boolean;
}

/**
 * The application with its one stack, for any account and region. Context values, all optional: `environment` (a part of
 * API keys, `prod`), `stackName` (`Errand`), `keyRequestsPerSecond` (of one API key, 100), `apiRequestsPerSecond` and
 * `apiRequestsAtOnce` (of all, 500 and 1000), `reservedConcurrency`, `alarmTopicArn`.
 */
export async function createApp(props: CreateAppProps): Promise<App> {
  const { outdir, secretNames, schedules = [], loopback = [], context, validate = true } = props;
  const app = new App({ outdir, context: { ...FEATURES, ...context }, builtinCloudFormationValidation: validate });
  const reservedConcurrency = wholeNumber(app, 'reservedConcurrency');
  const alarmTopicArn: unknown = app.node.tryGetContext('alarmTopicArn');
  const stack = new ErrandStack(app, 'Errand', {
    codeDir: outdir,
    secretNames,
    schedules,
    environment: environmentName(app.node.tryGetContext('environment') ?? 'prod'),
    stackName: stackName(app.node.tryGetContext('stackName') ?? 'Errand'),
    keyRequestsPerSecond: wholeNumber(app, 'keyRequestsPerSecond') ?? 100,
    throttle: {
      throttlingRateLimit: wholeNumber(app, 'apiRequestsPerSecond') ?? 500,
      throttlingBurstLimit: wholeNumber(app, 'apiRequestsAtOnce') ?? 1_000,
    },
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
    ...(alarmTopicArn === undefined ? {} : { alarmTopicArn: topicArn(alarmTopicArn) }),
  });
  if (loopback.length > 0) refuseDeployment(stack, loopback);
  Tags.of(stack).add('application', 'errand');
  if (validate) {
    // Loaded only where it is used: a development dependency with hundreds of rules.
    const { AwsSolutionsChecks } = await import('cdk-nag');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  }
  return app;
}

function refuseDeployment(stack: Stack, connections: readonly string[]): void {
  new CfnRule(stack, 'LoopbackConnections', {
    assertions: [
      {
        assert: Fn.conditionEquals('deployable', 'loopback'),
        assertDescription: `These connections lead to the laptop itself: ${connections.join(', ')}. Give them https URLs.`,
      },
    ],
  });
}

function environmentName(value: unknown): string {
  if (typeof value === 'string' && /^[a-z][a-z0-9]{0,15}$/.test(value)) return value;
  throw new Error(`Context "environment" is ${JSON.stringify(value)}; give 1 to 16 small letters and digits.`);
}

/** Names of the machine, the bus and the group of schedules are made of it; the shortest limit is 64 characters. */
function stackName(value: unknown): string {
  if (typeof value === 'string' && /^[A-Za-z][A-Za-z0-9-]{0,59}$/.test(value)) return value;
  throw new Error(`Context "stackName" is ${JSON.stringify(value)}; give 1 to 60 letters, digits and hyphens.`);
}

function topicArn(value: unknown): string {
  if (typeof value === 'string' && /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/.test(value)) return value;
  throw new Error(`Context "alarmTopicArn" is ${JSON.stringify(value)}; give the ARN of an SNS topic.`);
}

function wholeNumber(app: App, name: string): number | undefined {
  const value: unknown = app.node.tryGetContext(name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`Context "${name}" is ${JSON.stringify(value)}; give a whole number above 0.`);
}
