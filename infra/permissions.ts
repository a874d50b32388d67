import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type FunctionName, OBJECTS, TABLE } from '../lib/contract.ts';

/** The ARNs that permissions are made of. */
export interface Resources {
  readonly tableArn: string;
  readonly bucketArn: string;
  readonly rootKeyArn: string;
  readonly eventKeyArn: string;
  /** Queue by which runs are asked for. */
  readonly requestsQueueArn: string;
  readonly falloutQueueArn: string;
  /** Of the secrets that the configuration names; with Secrets Manager's random ending as single-character wildcards. */
  readonly connectionSecretArns: readonly string[];
  /** Alias of the state machine. */
  readonly executableArn: string;
  /** Executions of our own naming, as patterns. */
  readonly executionArns: readonly string[];
}

type Grant = (resources: Resources) => readonly PolicyStatement[];

const READ_AND_WRITE_RECORDS: Grant = ({ tableArn }) => [allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [tableArn])];

const LIST_RECORDS: Grant = ({ tableArn }) => [
  allow(['dynamodb:BatchGetItem', 'dynamodb:Query'], [tableArn]),
  allow(
    ['dynamodb:Query'],
    Object.values(TABLE.indexes).map(({ name }) => `${tableArn}/index/${name}`),
  ),
];

const LIST_OPEN_RECORDS: Grant = ({ tableArn }) => [
  allow(['dynamodb:BatchGetItem'], [tableArn]),
  allow(['dynamodb:Query'], [`${tableArn}/index/${TABLE.indexes.byState.name}`]),
];

const READ_ROOT_KEY: Grant = ({ rootKeyArn }) => [allow(['secretsmanager:GetSecretValue'], [rootKeyArn])];

const READ_EVENT_KEY: Grant = ({ eventKeyArn }) => [allow(['secretsmanager:GetSecretValue'], [eventKeyArn])];

const READ_CONNECTION_SECRETS: Grant = ({ connectionSecretArns }) =>
  connectionSecretArns.length === 0 ? [] : [allow(['secretsmanager:GetSecretValue'], connectionSecretArns)];

const READ_INPUTS: Grant = ({ bucketArn }) => [allow(['s3:GetObject'], [`${bucketArn}/${OBJECTS.inputs}*`])];

const WRITE_INPUTS: Grant = ({ bucketArn }) => [allow(['s3:PutObject'], [`${bucketArn}/${OBJECTS.inputs}*`])];

const READ_OUTPUTS: Grant = ({ bucketArn }) => [allow(['s3:GetObject'], [`${bucketArn}/${OBJECTS.outputs}*`])];

/** Bytes go to the staging prefix first and are copied when they are whole; what stays there expires. */
const WRITE_OUTPUTS: Grant = ({ bucketArn }) => [
  allow(['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], [`${bucketArn}/${OBJECTS.staging}*`]),
  allow(['s3:PutObject'], [`${bucketArn}/${OBJECTS.outputs}*`]),
];

const START_EXECUTIONS: Grant = ({ executableArn }) => [allow(['states:StartExecution'], [executableArn])];

const DESCRIBE_EXECUTIONS: Grant = ({ executionArns }) => [allow(['states:DescribeExecution'], executionArns)];

/** Lambda receives and deletes in the function's name. */
const TAKE_REQUESTS: Grant = ({ requestsQueueArn }) => [
  allow(
    ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    [requestsQueueArn],
  ),
];

const SEND_FALLOUT: Grant = ({ falloutQueueArn }) => [allow(['sqs:SendMessage'], [falloutQueueArn])];

const CALL_PLATFORM = [READ_AND_WRITE_RECORDS, READ_ROOT_KEY, READ_CONNECTION_SECRETS] as const;

const START_RUNS = [READ_AND_WRITE_RECORDS, READ_ROOT_KEY, WRITE_INPUTS, START_EXECUTIONS] as const;

const GRANTS: Readonly<Record<FunctionName, readonly Grant[]>> = {
  // Some platforms answer a start with the job's output.
  start: [...CALL_PLATFORM, READ_INPUTS, WRITE_OUTPUTS],
  poll: CALL_PLATFORM,
  'fetch-output': [...CALL_PLATFORM, WRITE_OUTPUTS],
  settle: [READ_AND_WRITE_RECORDS, START_EXECUTIONS],
  // A rerun takes the inputs of the old run.
  api: [...START_RUNS, READ_INPUTS, LIST_RECORDS, READ_OUTPUTS],
  intake: [...START_RUNS, TAKE_REQUESTS],
  // Missed slots are made up for here.
  sweep: [...START_RUNS, LIST_OPEN_RECORDS, DESCRIBE_EXECUTIONS, SEND_FALLOUT],
  announce: [READ_EVENT_KEY],
};

/**
 * Exactly what one function does, written by hand: CDK's `grant` helpers also allow scans, deletes, tags and more.
 */
export function statementsFor(name: FunctionName, resources: Resources): readonly PolicyStatement[] {
  return GRANTS[name].flatMap((grant) => grant(resources));
}

/** One allowing statement. */
export function allow(actions: readonly string[], resources: readonly string[]): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] });
}
