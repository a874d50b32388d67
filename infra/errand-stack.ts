import { ArnFormat, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV, FUNCTIONS, type FunctionName } from '../lib/contract.ts';
import { acknowledge } from './acknowledgements.ts';
import { CONFIG_FILE, functionDir } from './bundle.ts';
import { Alarms } from './constructs/alarms.ts';
import { ErrandFunction, type ErrandFunctionProps } from './constructs/errand-function.ts';
import { EventsOut } from './constructs/events-out.ts';
import { FalloutQueue } from './constructs/fallout-queue.ts';
import { IntakeQueue } from './constructs/intake-queue.ts';
import { OwnKeys } from './constructs/own-keys.ts';
import { privateQueue } from './constructs/private-queue.ts';
import { Repair } from './constructs/repair.ts';
import { RunApi, type RunApiProps } from './constructs/run-api.ts';
import { RunBucket } from './constructs/run-bucket.ts';
import { RunTable } from './constructs/run-table.ts';
import { RunWorkflow } from './constructs/run-workflow.ts';
import { type FlowSchedule, Schedules } from './constructs/schedules.ts';
import { Telemetry } from './constructs/telemetry.ts';
import { type MachineAddress, machineAddress } from './machine-address.ts';
import { type Resources, statementsFor } from './permissions.ts';

export interface ErrandStackProps extends StackProps {
  /** Directory of the assembly, with the bundled functions. */
  readonly codeDir: string;
  /** Names of the secrets that the connections use. */
  readonly secretNames: readonly string[];
  readonly schedules: readonly FlowSchedule[];
  /** Short name of the deployment, a part of every API key. */
  readonly environment: string;
  /** Requests a second that one API key may make for long. */
  readonly keyRequestsPerSecond: number;
  /** What the API takes of all keys together. */
  readonly throttle: Omit<RunApiProps, 'handler'>;
  /**
   * Concurrency kept free for the function that ends records and for the one that repairs them. Off by default, because
   * a new account's limit of ten leaves nothing to reserve and the deployment would fail.
   * @default - none
   */
  readonly reservedConcurrency?: number;
  /**
   * Topic that is told when an alarm goes off.
   * @default - nobody is told
   */
  readonly alarmTopicArn?: string;
}

type Functions = Readonly<Record<FunctionName, ErrandFunction>>;

/** What tells one function from the others; all else is the same. */
type FunctionSettings = Partial<Pick<ErrandFunctionProps, 'memorySizeMb' | 'reservedConcurrency' | 'environment'>>;

/** Everything Errand needs in one account and region. */
export class ErrandStack extends Stack {
  private readonly settings: ErrandStackProps;
  private readonly machine: MachineAddress;
  private readonly store: RunTable;
  private readonly files: RunBucket;
  private readonly keys: OwnKeys;
  /** For notices of what did not get through; what they tell of is in the table. */
  private readonly undelivered: Queue;
  private readonly intake: IntakeQueue;
  private readonly fallout: FalloutQueue;
  private readonly telemetry: Telemetry;

  constructor(scope: Construct, id: string, props: ErrandStackProps) {
    super(scope, id, { description: 'Errand: runs jobs on automation platforms.', ...props });
    this.settings = props;
    this.machine = machineAddress(this);
    this.store = new RunTable(this, 'Runs');
    this.files = new RunBucket(this, 'Files');
    this.keys = new OwnKeys(this, 'Keys');
    this.undelivered = privateQueue(this, 'Undelivered');
    this.intake = new IntakeQueue(this, 'Intake');
    this.fallout = new FalloutQueue(this, 'Fallout', { undelivered: this.undelivered as IQueue });
    this.telemetry = new Telemetry(this, 'Telemetry');

    const functions = this.createFunctions();
    const front = new RunApi(this, 'Api', { handler: functions.api.alias, ...props.throttle });
    this.createWorkflow(functions);
    const events = this.createTriggers(functions);
    this.createAlarms(functions, events.pipeName);
    const { keys, telemetry } = this;
    acknowledge({ api: front, keys, telemetry, bucket: this.files.bucket, stack: this });
    this.createOutputs({
      ApiUrl: front.url,
      ConsoleUrl: `${front.url}console`,
      StateMachineArn: this.machine.aliasArn,
      TableName: this.store.table.tableName,
      BucketName: this.files.bucket.bucketName,
      RootKeySecret: keys.root.secretArn,
      EventKeySecret: keys.events.secretArn,
      RequestsQueueUrl: this.intake.queue.queueUrl,
      FalloutQueueUrl: this.fallout.queue.queueUrl,
      EventBusName: events.bus.eventBusName,
      Environment: props.environment,
    });
  }

  private createFunctions(): Functions {
    const { reservedConcurrency, keyRequestsPerSecond } = this.settings;
    const reserved = reservedConcurrency === undefined ? {} : { reservedConcurrency };
    const machine = { [ENV.stateMachine]: this.machine.aliasArn };
    const requestsPerSecond = { [ENV.requestsPerSecond]: String(keyRequestsPerSecond) };
    const falloutQueue = { [ENV.falloutQueue]: this.fallout.queue.queueUrl };
    const eventKey = { [ENV.eventKeySecret]: this.keys.events.secretArn };
    const settings: Readonly<Record<FunctionName, FunctionSettings>> = {
      start: {},
      poll: {},
      'fetch-output': { memorySizeMb: 512 },
      release: { environment: machine },
      settle: { ...reserved, environment: machine },
      api: { memorySizeMb: 512, environment: { ...machine, ...requestsPerSecond } },
      intake: { memorySizeMb: 512, environment: machine },
      sweep: { ...reserved, environment: { ...machine, ...falloutQueue } },
      announce: { environment: eventKey },
    };
    const scope = new Construct(this, 'Functions');
    const created = FUNCTIONS.map((name) => [name, this.createFunction(scope, name, settings[name])]);
    return Object.fromEntries(created);
  }

  private createFunction(scope: Construct, name: FunctionName, settings: FunctionSettings): ErrandFunction {
    const fn = new ErrandFunction(scope, pascalCase(name), {
      ...settings,
      name,
      codeDir: functionDir(this.settings.codeDir, name),
      environment: { ...this.environmentOf(), ...settings.environment },
      statements: statementsFor(name, this.resources()),
    });
    this.telemetry.allowFunction(fn.role);
    return fn;
  }

  private createWorkflow(functions: Functions): void {
    const { start, poll, release, settle, intake } = functions;
    const { stateMachine } = new RunWorkflow(this, 'Workflow', {
      functions: {
        start: start.alias,
        poll: poll.alias,
        'fetch-output': functions['fetch-output'].alias,
        release: release.alias,
        settle: settle.alias,
        intake: intake.alias,
      },
      address: this.machine,
      telemetry: this.telemetry,
    });
    new Repair(this, 'Repair', { stateMachine, settle: settle.alias, sweep: functions.sweep.alias });
  }

  /** What sets functions going besides the API and the machine. */
  private createTriggers({ intake, announce }: Functions): EventsOut {
    const undelivered = this.undelivered as IQueue;
    this.intake.feed(intake.alias);
    new Schedules(this, 'Schedules', {
      schedules: this.settings.schedules,
      requests: this.intake.queue as IQueue,
      undelivered,
    });
    return new EventsOut(this, 'Events', { streamArn: this.store.streamArn, announce: announce.alias, undelivered });
  }

  private createAlarms({ sweep }: Functions, pipeName: string): void {
    const { alarmTopicArn } = this.settings;
    new Alarms(this, 'Alarms', {
      sweep: sweep.alias,
      requests: this.intake.queue as IQueue,
      requestsDeadLetters: this.intake.deadLetters as IQueue,
      fallout: this.fallout.queue as IQueue,
      undelivered: this.undelivered as IQueue,
      pipeName,
      metricsNamespace: this.stackName,
      ...(alarmTopicArn === undefined ? {} : { topicArn: alarmTopicArn }),
    });
  }

  private environmentOf(): Readonly<Record<string, string>> {
    return {
      [ENV.config]: CONFIG_FILE,
      [ENV.table]: this.store.table.tableName,
      [ENV.bucket]: this.files.bucket.bucketName,
      [ENV.rootKeySecret]: this.keys.root.secretArn,
      [ENV.environment]: this.settings.environment,
      [ENV.metricsNamespace]: this.stackName,
      // Keys named `__proto__` in somebody's JSON reach nothing.
      NODE_OPTIONS: '--disable-proto=delete',
    };
  }

  private resources(): Resources {
    return {
      tableArn: this.store.table.tableArn,
      bucketArn: this.files.bucket.bucketArn,
      rootKeyArn: this.keys.root.secretArn,
      eventKeyArn: this.keys.events.secretArn,
      requestsQueueArn: this.intake.queue.queueArn,
      falloutQueueArn: this.fallout.queue.queueArn,
      executableArn: this.machine.aliasArn,
      executionArns: this.machine.executionArns,
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

  private createOutputs(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value });
  }
}

/** `fetch-output` to `FetchOutput`. */
function pascalCase(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_match, _hyphen, letter: string) => letter.toUpperCase());
}
