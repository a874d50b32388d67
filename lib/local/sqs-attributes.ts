/** Attributes of queues and messages, as far as a request asks for them. */
import { queueArn, queueError } from './queue-errors.ts';
import type { Delivery, MessageAttributes, QueueState } from './queue-types.ts';
import { MAX_MESSAGE_BYTES, md5, md5OfAttributes } from './sqs-message.ts';

const seconds = (ms: number) => String(Math.floor(ms / 1_000));

function allOf({ definition, createdAtMs, visible, notVisible, delayed }: QueueState): Record<string, string> {
  const { name, visibilityTimeoutSeconds, retentionSeconds, redrive } = definition;
  return {
    QueueArn: queueArn(name),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(notVisible),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: seconds(createdAtMs),
    LastModifiedTimestamp: seconds(createdAtMs),
    VisibilityTimeout: String(visibilityTimeoutSeconds),
    MaximumMessageSize: String(MAX_MESSAGE_BYTES),
    MessageRetentionPeriod: String(retentionSeconds),
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'false',
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queueArn(redrive.deadLetterQueue),
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
  };
}

/** Names that exist but have no value here. */
const WITHOUT_VALUE = ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId'];

/** @throws AwsError for a name that SQS does not know. */
export function queueAttributes(state: QueueState, names: readonly string[]): Record<string, string> {
  const all = allOf(state);
  const unknown = names.find((name) => name !== 'All' && !(name in all) && !WITHOUT_VALUE.includes(name));
  if (unknown !== undefined) throw queueError('InvalidAttributeName', 'Unknown Attribute.');
  if (names.includes('All')) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

/** By full name, by a beginning (`order.*`), or all of them. */
function matches(name: string, wanted: readonly string[]): boolean {
  return wanted.some((want) => {
    if (want === 'All' || want === name) return true;
    return want.endsWith('.*') && name.startsWith(want.slice(0, -2));
  });
}

function pick<Value>(from: Readonly<Record<string, Value>>, wanted: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => matches(name, wanted)));
}

/** A received message on the wire. */
export function messageReply(delivery: Delivery, systemNames: readonly string[], names: readonly string[]): object {
  const attributes: MessageAttributes = pick(delivery.attributes ?? {}, names);
  const md5OfAll = md5OfAttributes(attributes);
  const system = pick(delivery.system, systemNames);
  return {
    MessageId: delivery.messageId,
    ReceiptHandle: delivery.receiptHandle,
    MD5OfBody: md5(delivery.body),
    Body: delivery.body,
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(md5OfAll !== undefined && { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfAll }),
  };
}
