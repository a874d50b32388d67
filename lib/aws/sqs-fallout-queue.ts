/** The queue in which operators, or their tools, find what needs a human. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { FalloutNotice, FalloutQueue } from '../workflow/ports.ts';
import { toStoreError } from './service-errors.ts';

export interface FalloutQueueOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
}

/** SQS refuses a message for some characters of Unicode, which JSON can spell in ASCII. */
function toAsciiJson(notice: FalloutNotice): string {
  return JSON.stringify(notice).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function createFalloutQueue({ client, queueUrl }: FalloutQueueOptions): FalloutQueue {
  return {
    async send(notice) {
      try {
        const command = new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: toAsciiJson(notice),
          // So that consumers can be filtered without reading the message.
          MessageAttributes: { reason: { DataType: 'String', StringValue: notice.reason } },
        });
        await client.send(command);
      } catch (error) {
        throw toStoreError('SQS', 'SendMessage', error);
      }
    },
  };
}
