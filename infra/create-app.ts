import { App, CfnRule, Fn, type Stack, Tags, Validations } from 'aws-cdk-lib';
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
   * Connections that only this machine can reach; with any, the template can be looked at but not deployed.
   * @default - none
   */
  readonly loopback?: readonly string[];
  /**
   * Checks the template against CloudFormation's rules and cdk-nag's AwsSolutions pack; takes some seconds.
   * @default true
   */
  readonly validate?: boolean;
}

/**
 * The application with its one stack, for any account and region. Context values, all optional: `environment` (a part of
 * API keys, `prod`), `stackName` (`Errand`), `reservedConcurrency`.
 */
export async function createApp({ outdir, secretNames, loopback = [], validate = true }: CreateAppProps): Promise<App> {
  const app = new App({ outdir, context: FEATURES, builtinCloudFormationValidation: validate });
  const reservedConcurrency: unknown = app.node.tryGetContext('reservedConcurrency');
  const stack = new ErrandStack(app, 'Errand', {
    codeDir: outdir,
    secretNames,
    environment: environmentName(app.node.tryGetContext('environment') ?? 'prod'),
    stackName: String(app.node.tryGetContext('stackName') ?? 'Errand'),
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency: positiveInteger(reservedConcurrency) }),
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

function positiveInteger(value: unknown): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`Context "reservedConcurrency" is ${JSON.stringify(value)}; give a whole number above 0.`);
}
