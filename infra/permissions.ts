import { type Conditions, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
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

/** Items of the table that only some functions may change, as patterns of their partition keys. */
const ITEMS = { histories: 'HISTORY#*', connections: 'CONNECTION#*', lines: 'QUEUE#*' } as const;

type Grant = (resources: Resources) => readonly PolicyStatement[];

const READ_AND_WRITE_RECORDS: Grant = ({ tableArn }) => [allow(['dynamodb:GetItem', 'dynamodb:PutItem'], [tableArn])];

/** What the runs of a flow or of a connection know together: many write at once, so each changes its part in place. */
const UPDATE_SHARED: Grant = ({ tableArn }) => [
  onItems(['dynamodb:UpdateItem'], tableArn, [ITEMS.histories, ITEMS.connections]),
];

const UPDATE_SLOTS: Grant = ({ tableArn }) => [onItems(['dynamodb:UpdateItem'], tableArn, [ITEMS.connections])];

const READ_LINES: Grant = ({ tableArn }) => [onItems(['dynamodb:Query'], tableArn, [ITEMS.lines])];

/** A place in line is all that is ever deleted. */
const LEAVE_LINES: Grant = ({ tableArn }) => [onItems(['dynamodb:DeleteItem'], tableArn, [ITEMS.lines])];

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

const CALL_PLATFORM = [READ_AND_WRITE_RECORDS, UPDATE_SHARED, READ_ROOT_KEY, READ_CONNECTION_SECRETS] as const;

const HAND_ON_SLOTS = [UPDATE_SLOTS, READ_LINES, LEAVE_LINES] as const;

const START_RUNS = [READ_AND_WRITE_RECORDS, READ_ROOT_KEY, WRITE_INPUTS, START_EXECUTIONS] as const;

const GRANTS: Readonly<Record<FunctionName, readonly Grant[]>> = {
  // Some platforms answer a start with the job's output.
  start: [...CALL_PLATFORM, READ_LINES, LEAVE_LINES, READ_INPUTS, WRITE_OUTPUTS],
  poll: CALL_PLATFORM,
  'fetch-output': [...CALL_PLATFORM, WRITE_OUTPUTS],
  release: [READ_AND_WRITE_RECORDS, ...HAND_ON_SLOTS, START_EXECUTIONS],
  // Whoever cancels a run takes it out of its line: a person by stopping the execution, by a request, by a message.
  settle: [READ_AND_WRITE_RECORDS, LEAVE_LINES, START_EXECUTIONS],
  // A rerun takes the inputs of the old run.
  api: [...START_RUNS, LEAVE_LINES, READ_INPUTS, LIST_RECORDS, READ_OUTPUTS],
  intake: [...START_RUNS, LEAVE_LINES, TAKE_REQUESTS],
  // Missed slots of schedules are made up for here, and lost places at platforms found.
  sweep: [...START_RUNS, ...HAND_ON_SLOTS, LIST_OPEN_RECORDS, DESCRIBE_EXECUTIONS, SEND_FALLOUT],
  announce: [READ_EVENT_KEY],
};

/**
 * Exactly what one function does, written by hand: CDK's `grant` helpers also allow scans, deletes, tags and more.
 */
export function statementsFor(name: FunctionName, resources: Resources): readonly PolicyStatement[] {
  return GRANTS[name].flatMap((grant) => grant(resources));
}

/** One allowing statement. */
export function allow(
  actions: readonly string[],
  resources: readonly string[],
  conditions: Conditions = {},
): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources], conditions });
}

/** On items of the table with such partition keys. */
function onItems(actions: readonly string[], tableArn: string, partitionKeys: readonly string[]): PolicyStatement {
  return allow(actions, [tableArn], { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitionKeys } });
}
