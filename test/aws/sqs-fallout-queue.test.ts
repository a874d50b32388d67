import { createHash } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFalloutQueue } from '../../lib/aws/sqs-fallout-queue.ts';
import type { FalloutQueue } from '../../lib/workflow/ports.ts';
import { type AwsJsonCall, type AwsJsonServer, AwsRefusal, startAwsJsonServer } from '../helpers/aws-json-server.ts';

const NOTICE = {
  runId: 'run_01KAAAAAAAAAAAAAAAAAAAAAAA',
  flowId: 'onboard',
  connection: 'acme',
  reason: 'AMBIGUOUS_START',
  message: 'It said “Größe \uffff”',
  endedAt: '2026-03-02T08:00:00.000Z',
  version: 4,
} as const;

let server: AwsJsonServer;
let queue: FalloutQueue;
let queueUrl: string;
beforeAll(async () => {
  server = await startAwsJsonServer();
  queueUrl = `${server.clientOptions.endpoint}/123456789012/errand-fallout`;
  queue = createFalloutQueue({ client: new SQSClient(server.clientOptions), queueUrl });
});
afterAll(() => server.close());
beforeEach(() => {
  server.calls.length = 0;
  server.answer = taken;
});

function taken({ input }: AwsJsonCall) {
  const MD5OfMessageBody = createHash('md5').update(String(input.MessageBody)).digest('hex');
  return { MessageId: 'm1', MD5OfMessageBody };
}

describe('the fallout queue', () => {
  it('takes a notice as JSON, with its reason beside it for filters', async () => {
    await queue.send(NOTICE);
    expect(server.calls).toEqual([
      {
        operation: 'SendMessage',
        input: {
          QueueUrl: queueUrl,
          MessageBody: expect.any(String),
          MessageAttributes: { reason: { DataType: 'String', StringValue: 'AMBIGUOUS_START' } },
        },
      },
    ]);
    expect(JSON.parse(String(server.calls[0]?.input.MessageBody))).toEqual(NOTICE);
  });

  it('is given no character for which SQS refuses a message', async () => {
    await queue.send(NOTICE);
    expect(server.calls[0]?.input.MessageBody).toMatch(/^[\x20-\x7e]+$/);
  });

  it.each([
    ['RequestThrottled', 400],
    ['KmsThrottled', 400],
    ['InternalFailure', 500],
    ['ServiceUnavailable', 503],
  ])('that says %s is to be asked again', async (code, status) => {
    server.answer = () => {
      throw new AwsRefusal(code, status);
    };
    await expect(queue.send(NOTICE)).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  });

  it('that took something else than what was sent is to be asked again', async () => {
    server.answer = () => ({ MessageId: 'm1', MD5OfMessageBody: '0'.repeat(32) });
    await expect(queue.send(NOTICE)).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  });

  it('that will never take it says why', async () => {
    server.answer = () => {
      throw new AwsRefusal('QueueDoesNotExist');
    };
    await expect(queue.send(NOTICE)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });
});
