import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type IFunction,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionName, TIMEOUT_SECONDS } from '../../lib/contract.ts';

export interface ErrandFunctionProps {
  readonly name: FunctionName;
  /** Directory with `index.mjs` and the configuration. */
  readonly codeDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Everything the function may do, apart from writing its own log. */
  readonly statements: readonly PolicyStatement[];
  /** @default 256 */
  readonly memorySizeMb?: number;
  /** @default - shares the account's unreserved concurrency */
  readonly reservedConcurrency?: number;
}

/** One bundled function with a role, a log and a policy of its own, called through the alias `live` only. */
export class ErrandFunction extends Construct {
  readonly alias: IFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ErrandFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const writeLog = new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Own: new PolicyDocument({ statements: [writeLog, ...props.statements] }) },
    });
    const { reservedConcurrency } = props;
    const lambda = new LambdaFunction(this, 'Resource', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(props.codeDir),
      description: `Errand: ${props.name}`,
      timeout: Duration.seconds(TIMEOUT_SECONDS[props.name]),
      memorySize: props.memorySizeMb ?? 256,
      environment: { ...props.environment },
      tracing: Tracing.ACTIVE,
      logGroup,
      // Hand-written statements are all there is: nothing may widen the role behind them.
      role: this.role.withoutPolicyUpdates(),
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
    });
    // CDK's classes are looser about optional properties than its own interfaces.
    this.alias = lambda.addAlias('live') as IFunction;
  }
}
