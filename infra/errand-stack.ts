import { ArnFormat, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ENV, type FunctionName } from '../lib/contract.ts';
import { acknowledge } from './acknowledgements.ts';
import { CONFIG_FILE, functionDir } from './bundle.ts';
import { ErrandFunction, type ErrandFunctionProps } from './constructs/errand-function.ts';
import { Repair } from './constructs/repair.ts';
import { RunApi } from './constructs/run-api.ts';
import { RunBucket } from './constructs/run-bucket.ts';
import { RunTable } from './constructs/run-table.ts';
import { RunWorkflow } from './constructs/run-workflow.ts';
import { Telemetry } from './constructs/telemetry.ts';
import { type Resources, statementsFor } from './permissions.ts';

/** Executions are named `<run id>-g<generation>`: 26 characters after `run_`, and up to three digits. */
const EXECUTION_NAMES = ['?', '??', '???'].map((generation) => `run_${'?'.repeat(26)}-g${generation}`);

export interface ErrandStackProps extends StackProps {
  /** Directory of the assembly, with the bundled functions. */
  readonly codeDir: string;
  /** Names of the secrets that the connections use. */
  readonly secretNames: readonly string[];
  /** Short name of the deployment, a part of every API key. */
  readonly environment: string;
  /**
   * Concurrency kept free for the function that ends records and for the one that repairs them. Off by default, because
   * a new account's limit of ten leaves nothing to reserve and the deployment would fail.
   * @default - none
   */
  readonly reservedConcurrency?: number;
}

/** Everything Errand needs in one account and region. */
export class ErrandStack extends Stack {
  private readonly store: RunTable;
  private readonly files: RunBucket;
  private readonly rootKey: Secret;
  private readonly telemetry: Telemetry;
  private readonly functions: Construct;
  private readonly settings: ErrandStackProps;

  constructor(scope: Construct, id: string, props: ErrandStackProps) {
    super(scope, id, { description: 'Errand: runs jobs on automation platforms.', ...props });
    this.settings = props;
    this.store = new RunTable(this, 'Runs');
    this.files = new RunBucket(this, 'Files');
    this.rootKey = this.createRootKey();
    this.telemetry = new Telemetry(this, 'Telemetry');
    this.functions = new Construct(this, 'Functions');

    const reserved = props.reservedConcurrency === undefined ? {} : { reservedConcurrency: props.reservedConcurrency };
    const tasks = {
      start: this.createFunction('start'),
      poll: this.createFunction('poll'),
      'fetch-output': this.createFunction('fetch-output', { memorySizeMb: 512 }),
      settle: this.createFunction('settle', reserved),
    };
    const aliases = {
      start: tasks.start.alias,
      poll: tasks.poll.alias,
      'fetch-output': tasks['fetch-output'].alias,
      settle: tasks.settle.alias,
    };
    const workflow = new RunWorkflow(this, 'Workflow', { functions: aliases, telemetry: this.telemetry });
    const { stateMachine, aliasArn } = workflow;
    const machine = { [ENV.stateMachine]: aliasArn };
    const executes = { executableArn: aliasArn, executionArns: this.executionArns(stateMachine.stateMachineName) };
    const api = this.createFunction('api', { memorySizeMb: 512, environment: machine }, executes);
    const sweep = this.createFunction('sweep', { ...reserved, environment: machine }, executes);
    const front = new RunApi(this, 'Api', { handler: api.alias });
    new Repair(this, 'Repair', { stateMachine, settle: tasks.settle.alias, sweep: sweep.alias });

    acknowledge({
      api: front,
      rootKey: this.rootKey,
      telemetry: this.telemetry,
      bucket: this.files.bucket,
      stack: this,
    });
    this.createOutputs({
      ApiUrl: front.url,
      StateMachineArn: aliasArn,
      TableName: this.store.table.tableName,
      BucketName: this.files.bucket.bucketName,
      RootKeySecret: this.rootKey.secretArn,
    });
  }

  /** Random, made once, and kept when the stack goes: without it nothing that was sealed can be opened again. */
  private createRootKey(): Secret {
    return new Secret(this, 'RootKey', {
      description: 'Root of the keys with which Errand seals inputs and hashes API keys. Do not change.',
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'rootKey',
        passwordLength: 64,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  private createFunction(
    name: FunctionName,
    props: Partial<ErrandFunctionProps> = {},
    executes: Pick<Resources, 'executableArn' | 'executionArns'> = { executableArn: '', executionArns: [] },
  ): ErrandFunction {
    const fn = new ErrandFunction(this.functions, pascalCase(name), {
      ...props,
      name,
      codeDir: functionDir(this.settings.codeDir, name),
      environment: { ...this.environmentOf(), ...props.environment },
      statements: statementsFor(name, { ...this.resources(), ...executes }),
    });
    this.telemetry.allowFunction(fn.role);
    return fn;
  }

  private environmentOf(): Readonly<Record<string, string>> {
    return {
      [ENV.config]: CONFIG_FILE,
      [ENV.table]: this.store.table.tableName,
      [ENV.bucket]: this.files.bucket.bucketName,
      [ENV.rootKeySecret]: this.rootKey.secretArn,
      [ENV.environment]: this.settings.environment,
      // Keys named `__proto__` in somebody's JSON reach nothing.
      NODE_OPTIONS: '--disable-proto=delete',
    };
  }

  private resources(): Omit<Resources, 'executableArn' | 'executionArns'> {
    return {
      tableArn: this.store.table.tableArn,
      bucketArn: this.files.bucket.bucketArn,
      rootKeyArn: this.rootKey.secretArn,
      connectionSecretArns: this.settings.secretNames.map((name) =>
        // Secrets Manager ends each ARN in a hyphen and six random characters.
        this.formatArn({
          service: 'secretsmanager',
          resource: 'secret',
          resourceName: `${name}-??????`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ),
    };
  }

  private executionArns(machineName: string): readonly string[] {
    return EXECUTION_NAMES.map((name) =>
      this.formatArn({
        service: 'states',
        resource: 'execution',
        resourceName: `${machineName}:${name}`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
  }

  private createOutputs(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value });
  }
}

/** `fetch-output` to `FetchOutput`. */
function pascalCase(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_match, _hyphen, letter: string) => letter.toUpperCase());
}
