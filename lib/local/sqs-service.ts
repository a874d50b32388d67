/** SQS's wire protocol (AWS JSON 1.0) over the queues of the data directory. */
import { z } from 'zod';
import type { JsonObject } from '../domain/json.ts';
import { type AwsError, type Operation, serveAwsJson } from './aws-json.ts';
import { LOCAL } from './definition.ts';
import type { LoopbackServer } from './loopback.ts';
import { queryErrorOf, queueArn, queueError, queueOfArn } from './queue-errors.ts';
import type { MoveTask, NewMessage, Queues } from './queue-types.ts';
import type { AccessKey } from './sigv4.ts';
import { messageReply, queueAttributes } from './sqs-attributes.ts';
import { answerEach, readEntries, readInput } from './sqs-input.ts';
import { bytesIn, MAX_MESSAGE_BYTES, md5, md5OfAttributes, messageSchema, readMessage } from './sqs-message.ts';

export interface SqsOptions {
  readonly queues: Queues;
  readonly accessKey: AccessKey;
  readonly log: (line: string) => void;
  /** Hears of each request by the name of its operation. */
  readonly onRequest?: (operation: string) => void;
}

/** A message of the greatest length whose every character JSON had to escape. */
const MAX_BODY_BYTES = 8_000_000;
const MAX_VISIBILITY_SECONDS = 43_200;

const names = z.array(z.string()).optional();
const urlSchema = z.object({ QueueUrl: z.string().min(1) });
const visibility = z.int().min(0).max(MAX_VISIBILITY_SECONDS);
const receiveSchema = z.object({
  MaxNumberOfMessages: z.int().min(1).max(10).optional(),
  VisibilityTimeout: visibility.optional(),
  WaitTimeSeconds: z.int().min(0).max(20).optional(),
  AttributeNames: names,
  MessageSystemAttributeNames: names,
  MessageAttributeNames: names,
});
const handleSchema = z.object({ ReceiptHandle: z.string().min(1) });
const visibilitySchema = handleSchema.extend({ VisibilityTimeout: visibility });
const moveSchema = z.object({ SourceArn: z.string().min(1), DestinationArn: z.string().optional() });

/** The queue's name is the end of its URL; the port before it may be that of an instance gone by. */
function queueOf(input: JsonObject): string {
  const { QueueUrl } = readInput(urlSchema, input);
  return QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
}

function sentReply(messageId: string | undefined, { body, attributes }: NewMessage): object {
  const md5OfAll = md5OfAttributes(attributes);
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5(body),
    ...(md5OfAll !== undefined && { MD5OfMessageAttributes: md5OfAll }),
  };
}

async function send(queues: Queues, queue: string, message: NewMessage): Promise<object> {
  const [messageId] = await queues.send(queue, [message]);
  return sentReply(messageId, message);
}

/** What is wrong with one entry fails that entry; the sum is judged before anything is kept. */
function sendBatch(queues: Queues, input: JsonObject): Promise<object> {
  const queue = queueOf(input);
  queues.state(queue);
  const entries = readEntries(input);
  if (entries.reduce((sum, entry) => sum + bytesIn(entry), 0) > MAX_MESSAGE_BYTES) {
    throw queueError('BatchTooLong', `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes.`);
  }
  return answerEach(entries, async (entry) => send(queues, queue, readMessage(readInput(messageSchema, entry))));
}

async function receive(queues: Queues, input: JsonObject, signal: AbortSignal): Promise<object> {
  const wanted = readInput(receiveSchema, input);
  const deliveries = await queues.receive(queueOf(input), {
    maxMessages: wanted.MaxNumberOfMessages ?? 1,
    waitMs: (wanted.WaitTimeSeconds ?? 0) * 1_000,
    signal,
    ...(wanted.VisibilityTimeout !== undefined && { visibilityTimeoutSeconds: wanted.VisibilityTimeout }),
  });
  if (deliveries.length === 0) return {};
  const systemNames = [...(wanted.AttributeNames ?? []), ...(wanted.MessageSystemAttributeNames ?? [])];
  return { Messages: deliveries.map((one) => messageReply(one, systemNames, wanted.MessageAttributeNames ?? [])) };
}

async function remove(queues: Queues, queue: string, input: JsonObject): Promise<object> {
  await queues.remove(queue, [readInput(handleSchema, input).ReceiptHandle]);
  return {};
}

async function changeVisibility(queues: Queues, queue: string, input: JsonObject): Promise<object> {
  const { ReceiptHandle, VisibilityTimeout } = readInput(visibilitySchema, input);
  await queues.changeVisibility(queue, ReceiptHandle, VisibilityTimeout);
  return {};
}

async function moveBack(queues: Queues, input: JsonObject): Promise<object> {
  const { SourceArn, DestinationArn } = readInput(moveSchema, input);
  const destination = DestinationArn === undefined ? undefined : queueOfArn(DestinationArn);
  const { handle } = await queues.moveBack(queueOfArn(SourceArn), destination);
  return { TaskHandle: handle };
}

const moveTaskReply = ({ source, destination, startedAtMs, moved, toMove, failureReason }: MoveTask) => ({
  Status: failureReason === undefined ? 'COMPLETED' : 'FAILED',
  SourceArn: queueArn(source),
  ...(destination !== undefined && { DestinationArn: queueArn(destination) }),
  ApproximateNumberOfMessagesMoved: moved,
  ApproximateNumberOfMessagesToMove: toMove,
  StartedTimestamp: startedAtMs,
  ...(failureReason !== undefined && { FailureReason: failureReason }),
});

function operationsOf(queues: Queues, urlOf: (queue: string) => string): Record<string, Operation> {
  const namesWhere = (test: (definition: Queues['definitions'][number]) => boolean) =>
    queues.definitions.filter(test).map(({ name }) => urlOf(name));
  return {
    SendMessage: (input) => send(queues, queueOf(input), readMessage(readInput(messageSchema, input))),
    SendMessageBatch: (input) => sendBatch(queues, input),
    ReceiveMessage: (input, signal) => receive(queues, input, signal),
    DeleteMessage: (input) => remove(queues, queueOf(input), input),
    DeleteMessageBatch: (input) => answerEach(readEntries(input), (entry) => remove(queues, queueOf(input), entry)),
    ChangeMessageVisibility: (input) => changeVisibility(queues, queueOf(input), input),
    ChangeMessageVisibilityBatch: (input) =>
      answerEach(readEntries(input), (entry) => changeVisibility(queues, queueOf(input), entry)),
    GetQueueUrl(input) {
      const { QueueName } = readInput(z.object({ QueueName: z.string().min(1) }), input);
      return { QueueUrl: urlOf(queues.state(QueueName).definition.name) };
    },
    GetQueueAttributes(input) {
      const { AttributeNames = [] } = readInput(z.object({ AttributeNames: names }), input);
      return { Attributes: queueAttributes(queues.state(queueOf(input)), AttributeNames) };
    },
    ListQueues(input) {
      const { QueueNamePrefix = '' } = readInput(z.object({ QueueNamePrefix: z.string().optional() }), input);
      return { QueueUrls: namesWhere(({ name }) => name.startsWith(QueueNamePrefix)) };
    },
    ListDeadLetterSourceQueues(input) {
      const { definition } = queues.state(queueOf(input));
      return { queueUrls: namesWhere(({ redrive }) => redrive?.deadLetterQueue === definition.name) };
    },
    async PurgeQueue(input) {
      await queues.purge(queueOf(input));
      return {};
    },
    StartMessageMoveTask: (input) => moveBack(queues, input),
    ListMessageMoveTasks(input) {
      const { SourceArn } = readInput(moveSchema, input);
      const limit = readInput(z.object({ MaxResults: z.int().min(1).max(10).optional() }), input).MaxResults ?? 1;
      return { Results: queues.moveTasks(queueOfArn(SourceArn)).slice(0, limit).map(moveTaskReply) };
    },
  };
}

function errorHeaders(error: AwsError): Record<string, string> {
  const code = queryErrorOf(error);
  return code === undefined ? {} : { 'x-amzn-query-error': `${code};Sender` };
}

/** Where a queue is found at a service of this address. */
export const queueUrl = (service: string, queue: string) => `${service}/${LOCAL.account}/${queue}`;

/** Serves the queues; each has the URL `<this service>/000000000000/<name>`. */
export async function serveSqs({ queues, accessKey, log, onRequest }: SqsOptions): Promise<LoopbackServer> {
  let origin = '';
  const server = await serveAwsJson({
    target: 'AmazonSQS',
    contentType: 'application/x-amz-json-1.0',
    operations: operationsOf(queues, (queue) => queueUrl(origin, queue)),
    accessKey,
    log,
    onRequest,
    maxBodyBytes: MAX_BODY_BYTES,
    errorHeaders,
  });
  origin = server.url;
  return server;
}
