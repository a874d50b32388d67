/** What becomes of a message when it is sent, received or moved. Pure but for chance. */
import { randomUUID } from 'node:crypto';
import { LOCAL } from './definition.ts';
import { queueArn, queueError } from './queue-errors.ts';
import type { Content, Delivery, Message, NewMessage, ReceiveOptions } from './queue-types.ts';

/** What a message is, without what is asked of the queue. */
export function contentOf({ body, attributes, traceHeader }: NewMessage): Content {
  return { body, ...(attributes && { attributes }), ...(traceHeader && { traceHeader }) };
}

export function newMessage(queue: string, key: string, message: NewMessage, nowMs: number): Message {
  return {
    key,
    queue,
    messageId: randomUUID(),
    sentAtMs: nowMs,
    bytes: Buffer.byteLength(JSON.stringify(contentOf(message))),
    visibleAtMs: nowMs + (message.delaySeconds ?? 0) * 1_000,
    receives: 0,
  };
}

/** Handed to somebody, who has it for so long. */
export function received(message: Message, timeoutSeconds: number, options: ReceiveOptions, nowMs: number): Message {
  const { holder: _, ...rest } = message;
  return {
    ...rest,
    visibleAtMs: nowMs + timeoutSeconds * 1_000,
    receives: message.receives + 1,
    firstReceivedAtMs: message.firstReceivedAtMs ?? nowMs,
    receipt: randomUUID(),
    ...(options.holder !== undefined && { holder: options.holder }),
  };
}

/** Keeps its id and its age: retention counts from when it was first sent. */
export function deadLettered(message: Message, deadLetterQueue: string, nowMs: number): Message {
  const { receipt: _, holder: __, ...rest } = message;
  return { ...rest, queue: deadLetterQueue, visibleAtMs: nowMs, deadLetterSource: message.queue };
}

/** As good as new: SQS gives a message that is moved back another id, and its retention begins again. */
export function movedBack({ key, bytes }: Message, queue: string, nowMs: number): Message {
  return { key, queue, bytes, messageId: randomUUID(), sentAtMs: nowMs, visibleAtMs: nowMs, receives: 0 };
}

/** Names a message and the one receive of it. */
const handleOf = ({ key, receipt }: Message) => Buffer.from(`${key}.${receipt}`).toString('base64url');

/** Key of the message that a handle names. */
export function keyOfHandle(handle: string): string {
  const text = Buffer.from(handle, 'base64url').toString();
  const key = /^(\d{15})\.[0-9a-f-]{36}$/.exec(text)?.[1];
  if (key !== undefined) return key;
  throw queueError('ReceiptHandleIsInvalid', 'The input receipt handle is not a valid receipt handle.');
}

/** A handle is good until the message is received again. */
export const isCurrentHandle = (message: Message, handle: string) => handleOf(message) === handle;

export function deliveryOf(message: Message, content: Content): Delivery {
  const { messageId, sentAtMs, receives, firstReceivedAtMs = sentAtMs, deadLetterSource } = message;
  return {
    ...content,
    messageId,
    receiptHandle: handleOf(message),
    system: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAtMs),
      SenderId: LOCAL.account,
      ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs),
      ...(content.traceHeader && { AWSTraceHeader: content.traceHeader }),
      ...(deadLetterSource && { DeadLetterQueueSourceArn: queueArn(deadLetterSource) }),
    },
  };
}
