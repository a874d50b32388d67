/** The part of Step Functions' wire protocol that the functions, and whoever looks at executions, need. */
import { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';
import { AwsError, type Operation, serveAwsJson } from './aws-json.ts';
import { checkStateMachine, executionArn, nameOfExecution, STATE_MACHINE_ARN } from './execution-names.ts';
import type { ExecutionRecord, ExecutionStore } from './execution-store.ts';
import type { Executions } from './executions.ts';
import type { LoopbackServer } from './loopback.ts';
import type { AccessKey } from './sigv4.ts';

interface Options {
  /** May still be on its way: the service's address has to be known first. */
  readonly executions: Executions | Promise<Executions>;
  readonly store: ExecutionStore;
  readonly accessKey: AccessKey;
  readonly log: (line: string) => void;
}

const DEFAULT_PAGE = 100;
const pageSchema = z.object({
  maxResults: z.int().min(0).max(1_000).default(0),
  nextToken: z.string().max(1_024).optional(),
});
const startSchema = z.object({
  stateMachineArn: z.string(),
  name: z.string().optional(),
  input: z.string().default('{}'),
});
const executionSchema = z.object({ executionArn: z.string() });
const historySchema = pageSchema.extend({ executionArn: z.string(), reverseOrder: z.boolean().default(false) });
const stopSchema = executionSchema.extend({
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
});
const listSchema = pageSchema.extend({
  stateMachineArn: z.string(),
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']).optional(),
});

function read<T>(schema: z.ZodType<T>, input: JsonObject): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AwsError('ValidationException', `Value at '${issue?.path.join('.') ?? ''}' is invalid: ${issue?.message}`);
}

function noSuchExecution(arn: string): AwsError {
  return new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn.slice(0, 300)}'`);
}

async function find(store: ExecutionStore, arn: string): Promise<ExecutionRecord> {
  const record = await store.find(nameOfExecution(arn));
  if (!record) throw noSuchExecution(arn);
  return record;
}

const summary = ({ name, status, startedAtMs, stoppedAtMs }: ExecutionRecord) => ({
  executionArn: executionArn(name),
  stateMachineArn: STATE_MACHINE_ARN,
  name,
  status,
  startDate: startedAtMs / 1_000,
  ...(stoppedAtMs === undefined ? {} : { stopDate: stoppedAtMs / 1_000 }),
});

const encode = (cursor: string) => Buffer.from(cursor).toString('base64url');
function decode(token: string | undefined, pattern: RegExp): string | undefined {
  const cursor = token === undefined ? undefined : Buffer.from(token, 'base64url').toString();
  if (cursor === undefined || pattern.test(cursor)) return cursor;
  throw new AwsError('InvalidToken', 'Invalid Token');
}

async function startExecution({ executions }: Options, input: JsonObject) {
  const request = read(startSchema, input);
  checkStateMachine(request.stateMachineArn);
  const started = await (await executions).start(request.name, request.input);
  return { executionArn: started.executionArn, startDate: started.startedAtMs / 1_000 };
}

async function describeExecution({ store }: Options, input: JsonObject) {
  const record = await find(store, read(executionSchema, input).executionArn);
  const { output, error, cause } = record;
  const included = { included: true };
  return {
    ...summary(record),
    input: record.input,
    inputDetails: included,
    ...(output === undefined ? {} : { output, outputDetails: included }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

async function getExecutionHistory({ store }: Options, input: JsonObject) {
  const request = read(historySchema, input);
  const { name } = await find(store, request.executionArn);
  const limit = request.maxResults || DEFAULT_PAGE;
  const after = decode(request.nextToken, /^\d+$/);
  const page = {
    limit: limit + 1,
    reverse: request.reverseOrder,
    afterId: after === undefined ? undefined : Number(after),
  };
  const found = await store.events(name, page);
  const events = found.slice(0, limit);
  const last = events.at(-1);
  return { events, ...(found.length > limit && last ? { nextToken: encode(String(last.id)) } : {}) };
}

async function stopExecution({ executions }: Options, input: JsonObject) {
  const { executionArn: arn, error, cause } = read(stopSchema, input);
  const record = await (await executions).stop(nameOfExecution(arn), { error, cause });
  if (!record) throw noSuchExecution(arn);
  return { stopDate: (record.stoppedAtMs ?? record.startedAtMs) / 1_000 };
}

async function listExecutions({ store }: Options, input: JsonObject) {
  const request = read(listSchema, input);
  checkStateMachine(request.stateMachineArn);
  const limit = request.maxResults || DEFAULT_PAGE;
  const executions: object[] = [];
  let last: string | undefined;
  for await (const { cursor, record } of store.list(decode(request.nextToken, /^list!\d+!/))) {
    if (request.statusFilter && record.status !== request.statusFilter) continue;
    if (executions.length === limit && last) return { executions, nextToken: encode(last) };
    executions.push(summary(record));
    last = cursor;
  }
  return { executions };
}

/** Serves the operations on executions of the one state machine. */
export function serveStateMachine(options: Options): Promise<LoopbackServer> {
  const bind = (operation: (options: Options, input: JsonObject) => Promise<object>): Operation => {
    return (input) => operation(options, input);
  };
  return serveAwsJson({
    target: 'AWSStepFunctions',
    contentType: 'application/x-amz-json-1.0',
    operations: {
      StartExecution: bind(startExecution),
      DescribeExecution: bind(describeExecution),
      GetExecutionHistory: bind(getExecutionHistory),
      ListExecutions: bind(listExecutions),
      StopExecution: bind(stopExecution),
    },
    accessKey: options.accessKey,
    log: options.log,
  });
}
