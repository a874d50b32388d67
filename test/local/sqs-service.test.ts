import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { advance, localSqs, MAX_RECEIVES, until, VISIBILITY_SECONDS } from './helpers/local-queues.ts';

const ARN = 'arn:aws:sqs:us-east-1:000000000000:';
const MAX_BYTES = 1_048_576;

async function sqs() {
  const local = await localSqs();
  const { client, QueueUrl, urlOf, clock } = local;
  const send = (MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
  async function receive(more: Partial<ReceiveMessageCommandInput> = {}): Promise<readonly Message[]> {
    const reply = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, AttributeNames: ['All'], ...more }),
    );
    return reply.Messages ?? [];
  }
  const bodies = async (more: Partial<ReceiveMessageCommandInput> = {}) =>
    (await receive(more)).map(({ Body }) => Body).sort();
  async function attributes(queue = 'requests') {
    const command = new GetQueueAttributesCommand({ QueueUrl: urlOf(queue), AttributeNames: ['All'] });
    return (await client.send(command)).Attributes ?? {};
  }
  const passTimeout = () => advance(clock, VISIBILITY_SECONDS * 1_000);
  /** Receives until nothing comes any more. */
  async function exhaust(): Promise<void> {
    for (let n = 0; n <= MAX_RECEIVES; n += 1) {
      await receive();
      passTimeout();
    }
  }
  return { ...local, send, receive, bodies, attributes, passTimeout, exhaust };
}

describe('a message', () => {
  it('is sent, received with what SQS knows of it, and deleted', async () => {
    const { client, QueueUrl, send, receive, bodies, passTimeout, clock } = await sqs();
    const { MessageId, MD5OfMessageBody } = await send('grüezi');
    expect(MD5OfMessageBody).toBe('690a55f27503a8b96004f1cc8b716530');
    const [message] = await receive();
    expect(message).toMatchObject({ MessageId, Body: 'grüezi', MD5OfBody: MD5OfMessageBody });
    expect(message?.Attributes).toEqual({
      ApproximateReceiveCount: '1',
      SentTimestamp: String(clock.now()),
      ApproximateFirstReceiveTimestamp: String(clock.now()),
      SenderId: '000000000000',
    });
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    passTimeout();
    expect(await bodies()).toEqual([]);
  });

  it('carries attributes with the sum that SQS would give them', async () => {
    const { send, receive } = await sqs();
    const MessageAttributes = { timestamp: { DataType: 'Number', StringValue: '1493147359900' } };
    const sent = await send('x', { MessageAttributes });
    expect(sent.MD5OfMessageAttributes).toBe('235c5c510d26fb653d073faed50ae77c');
    const [message] = await receive({ MessageAttributeNames: ['All'] });
    expect(message?.MessageAttributes).toEqual(MessageAttributes);
    expect(message?.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
  });

  it('keeps bytes in an attribute as they are', async () => {
    const { send, receive } = await sqs();
    const BinaryValue = Uint8Array.of(0, 255, 128, 10);
    await send('x', { MessageAttributes: { 'a.b': { DataType: 'Binary.png', BinaryValue } } });
    const [message] = await receive({ MessageAttributeNames: ['a.*'] });
    expect(message?.MessageAttributes?.['a.b']).toMatchObject({ DataType: 'Binary.png', BinaryValue });
  });

  it('is invisible to others until its timeout ends, and then has another handle', async () => {
    const { client, QueueUrl, send, receive, bodies, clock, passTimeout } = await sqs();
    await send('a');
    const [first] = await receive();
    advance(clock, VISIBILITY_SECONDS * 1_000 - 1);
    expect(await bodies()).toEqual([]);
    advance(clock, 1);
    const [second] = await receive();
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
    passTimeout();
    expect(await bodies()).toEqual(['a']);
  });

  it('stays invisible longer, or is given back at once, when its reader says so', async () => {
    const { client, QueueUrl, send, receive, bodies, passTimeout } = await sqs();
    await send('a');
    const [{ ReceiptHandle } = {}] = await receive();
    const change = (VisibilityTimeout: number) =>
      client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
    await change(VISIBILITY_SECONDS + 1);
    passTimeout();
    expect(await bodies()).toEqual([]);
    await change(0);
    expect(await bodies()).toEqual(['a']);
    await expect(change(5)).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
  });

  it('that is no longer in flight has no timeout to change', async () => {
    const { client, QueueUrl, send, receive, passTimeout } = await sqs();
    await send('a');
    const [{ ReceiptHandle } = {}] = await receive();
    passTimeout();
    const change = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 5 });
    await expect(client.send(change)).rejects.toMatchObject({ name: 'MessageNotInflight' });
  });

  it('comes when its delay has passed', async () => {
    const { send, bodies, attributes, clock } = await sqs();
    await send('late', { DelaySeconds: 60 });
    expect(await attributes()).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '1',
    });
    advance(clock, 59_999);
    expect(await bodies()).toEqual([]);
    advance(clock, 1);
    expect(await bodies()).toEqual(['late']);
  });

  it('is gone when the retention of its queue ends', async () => {
    const { send, bodies, attributes, clock } = await sqs();
    await send('old');
    advance(clock, 4 * 86_400_000 - 1);
    expect((await attributes()).ApproximateNumberOfMessages).toBe('1');
    advance(clock, 1);
    expect((await attributes()).ApproximateNumberOfMessages).toBe('0');
    expect(await bodies()).toEqual([]);
  });

  it.each([
    ['a'.repeat(MAX_BYTES), true],
    ['é'.repeat(MAX_BYTES / 2), true],
    ['"'.repeat(MAX_BYTES), true],
    [`${'é'.repeat(MAX_BYTES / 2)}a`, false],
    ['a'.repeat(MAX_BYTES + 1), false],
  ])('of up to 1 MiB in bytes is taken, however its text is escaped (%#)', async (body, isTaken) => {
    const { send, receive } = await sqs();
    if (isTaken) {
      await send(body);
      expect((await receive())[0]?.Body === body).toBe(true);
    } else await expect(send(body)).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
  });
});

describe('waiting for a message', () => {
  it('ends with the next one sent', async () => {
    const { send, bodies } = await sqs();
    const waiting = bodies({ WaitTimeSeconds: 20 });
    await send('news');
    expect(await waiting).toEqual(['news']);
  });

  it('ends with one whose timeout ends meanwhile', async () => {
    const { send, bodies, receive, clock, queues } = await sqs();
    await send('again');
    const [delivery] = await queues.receive('requests');
    expect(delivery?.body).toBe('again');
    const waiting = receive({ WaitTimeSeconds: 20, VisibilityTimeout: 1 });
    await queues.changeVisibility('requests', delivery?.receiptHandle ?? '', 10);
    await until(() => clock.next());
    expect(await waiting).toMatchObject([{ Body: 'again', Attributes: { ApproximateReceiveCount: '2' } }]);
    await send('other');
    expect(await bodies()).toEqual(['other']);
  });

  it('ends with nothing when its time has passed', async () => {
    const { receive, clock } = await sqs();
    const start = clock.now();
    const waiting = receive({ WaitTimeSeconds: 20 });
    await until(() => clock.next());
    expect(await waiting).toEqual([]);
    expect(clock.now()).toBe(start + 20_000);
  });

  it('takes no message for a caller that has gone, so that no receive is counted for nobody', async () => {
    const { client, QueueUrl, clock, send, receive } = await sqs();
    const caller = new AbortController();
    let timers = 0;
    const { after } = clock;
    clock.after = (ms, callback) => {
      timers += 1;
      const cancel = after(ms, callback);
      return () => {
        timers -= 1;
        cancel();
      };
    };
    const waiting = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: caller.signal,
    });
    const gone = expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => timers === 1);
    caller.abort();
    await gone;
    await until(() => timers === 0);
    await send('a');
    expect(await receive()).toMatchObject([{ Attributes: { ApproximateReceiveCount: '1' } }]);
  });
});

describe('a dead-letter queue', () => {
  it('gets a message at the receive that would be one too many, with its id and age', async () => {
    const { urlOf, send, receive, bodies, passTimeout, attributes, clock } = await sqs();
    const sentAtMs = clock.now();
    const { MessageId } = await send('poison');
    for (let n = 1; n <= MAX_RECEIVES; n += 1) {
      expect(await receive()).toMatchObject([{ Attributes: { ApproximateReceiveCount: String(n) } }]);
      passTimeout();
    }
    expect((await attributes('requests-dead')).ApproximateNumberOfMessages).toBe('0');
    expect(await bodies()).toEqual([]);
    expect(await receive({ QueueUrl: urlOf('requests-dead') })).toMatchObject([
      {
        MessageId,
        Body: 'poison',
        Attributes: { DeadLetterQueueSourceArn: `${ARN}requests`, SentTimestamp: String(sentAtMs) },
      },
    ]);
  });

  it('gives its messages back under new ids and with a new age, so that readers must know them by their content', async () => {
    const { client, send, receive, exhaust, clock, attributes } = await sqs();
    const { MessageId } = await send('poison');
    await exhaust();
    advance(clock, 3 * 86_400_000);
    const SourceArn = `${ARN}requests-dead`;
    await client.send(new StartMessageMoveTaskCommand({ SourceArn }));
    const [message] = await receive();
    expect(message).toMatchObject({
      Body: 'poison',
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(clock.now()) },
    });
    expect(message?.MessageId).not.toBe(MessageId);
    expect(message?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
    expect((await attributes('requests-dead')).ApproximateNumberOfMessages).toBe('0');
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn }));
    expect(Results).toMatchObject([{ Status: 'COMPLETED', SourceArn, ApproximateNumberOfMessagesMoved: 1 }]);
  });

  it('keeps what was sent to it directly, unless it is told where to', async () => {
    const { client, urlOf, send, bodies } = await sqs();
    await send('stray', { QueueUrl: urlOf('requests-dead') });
    const SourceArn = `${ARN}requests-dead`;
    await client.send(new StartMessageMoveTaskCommand({ SourceArn }));
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn }));
    expect(Results).toMatchObject([{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }]);
    await client.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn: `${ARN}requests` }));
    expect(await bodies()).toEqual(['stray']);
  });

  it('is the only kind of queue that messages are moved out of', async () => {
    const { client } = await sqs();
    await expect(client.send(new StartMessageMoveTaskCommand({ SourceArn: `${ARN}requests` }))).rejects.toMatchObject({
      Code: 'InvalidParameterValue',
    });
  });
});

describe('a batch', () => {
  it('is sent, made visible and deleted entry by entry', async () => {
    const { client, QueueUrl, receive, bodies, attributes } = await sqs();
    const Entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: `body ${Id}` }));
    const { Successful } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'b', 'c']);
    const handles = (await receive()).map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
    const visible = handles.map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: visible }));
    expect(await bodies({ VisibilityTimeout: 0 })).toEqual(['body a', 'body b', 'body c']);
    const again = (await receive()).map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
    const bad = { Id: 'bad', ReceiptHandle: 'nonsense' };
    const { Failed } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [...again, bad] }));
    expect(Failed).toMatchObject([{ Id: 'bad', SenderFault: true, Code: 'ReceiptHandleIsInvalid' }]);
    expect(await attributes()).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });

  it('keeps its good entries when others are refused', async () => {
    const { client, QueueUrl, bodies } = await sqs();
    const Entries = [
      { Id: 'good', MessageBody: 'good' },
      { Id: 'empty', MessageBody: '' },
      { Id: 'control', MessageBody: '\u0000' },
      { Id: 'late', MessageBody: 'x', DelaySeconds: 901 },
    ];
    const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Object.fromEntries(Failed?.map(({ Id, Code }) => [Id, Code]) ?? [])).toEqual({
      empty: 'MissingParameter',
      control: 'InvalidMessageContents',
      late: 'InvalidParameterValue',
    });
    expect(await bodies()).toEqual(['good']);
  });

  it.each([
    ['has no entry', [], 'EmptyBatchRequest'],
    ['has eleven', Array.from({ length: 11 }, (_, n) => [String(n), 'x']), 'TooManyEntriesInBatchRequest'],
    [
      'uses an id twice',
      [
        ['a', 'x'],
        ['a', 'y'],
      ],
      'BatchEntryIdsNotDistinct',
    ],
    ['has an id with a dot', [['a.b', 'x']], 'InvalidBatchEntryId'],
    [
      'is too long together',
      [
        ['a', 'x'.repeat(MAX_BYTES / 2)],
        ['b', 'x'.repeat(MAX_BYTES / 2 + 1)],
      ],
      'BatchRequestTooLong',
    ],
  ])('that %s is refused whole', async (_, entries, name) => {
    const { client, QueueUrl, attributes } = await sqs();
    const Entries = entries.map(([Id, MessageBody]) => ({ Id, MessageBody }));
    await expect(client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({ name });
    expect((await attributes()).ApproximateNumberOfMessages).toBe('0');
  });
});

describe('the queues', () => {
  it('are found by name, by beginning, and by the dead-letter queue they use', async () => {
    const { client, urlOf } = await sqs();
    expect(await client.send(new GetQueueUrlCommand({ QueueName: 'requests' }))).toMatchObject({
      QueueUrl: urlOf('requests'),
    });
    expect((await client.send(new ListQueuesCommand({}))).QueueUrls).toEqual([
      urlOf('requests'),
      urlOf('requests-dead'),
    ]);
    expect((await client.send(new ListQueuesCommand({ QueueNamePrefix: 'requests-' }))).QueueUrls).toEqual([
      urlOf('requests-dead'),
    ]);
    const sources = new ListDeadLetterSourceQueuesCommand({ QueueUrl: urlOf('requests-dead') });
    expect((await client.send(sources)).queueUrls).toEqual([urlOf('requests')]);
  });

  it('tell their attributes', async () => {
    const { attributes, send, receive, clock } = await sqs();
    await send('a');
    await send('b');
    await receive({ MaxNumberOfMessages: 1 });
    const all = await attributes();
    expect(all).toMatchObject({
      QueueArn: `${ARN}requests`,
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '0',
      VisibilityTimeout: '30',
      MessageRetentionPeriod: '345600',
      CreatedTimestamp: String(clock.now() / 1_000),
    });
    expect(JSON.parse(all.RedrivePolicy ?? '')).toEqual({
      deadLetterTargetArn: `${ARN}requests-dead`,
      maxReceiveCount: MAX_RECEIVES,
    });
  });

  it('lose everything when purged, what is in flight included', async () => {
    const { client, QueueUrl, send, receive, bodies, passTimeout } = await sqs();
    await send('a');
    await receive();
    await send('b');
    await client.send(new PurgeQueueCommand({ QueueUrl }));
    passTimeout();
    expect(await bodies()).toEqual([]);
  });

  it('that do not exist are refused under both names that clients know', async () => {
    const { client, urlOf, bodies } = await sqs();
    const expected = { name: 'QueueDoesNotExist', Code: 'AWS.SimpleQueueService.NonExistentQueue' };
    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'none' }))).rejects.toMatchObject(expected);
    await expect(bodies({ QueueUrl: urlOf('none') })).rejects.toMatchObject(expected);
    await expect(bodies({ QueueUrl: urlOf('__proto__') })).rejects.toMatchObject(expected);
  });

  it('refuse who does not sign with this instance’s key', async () => {
    const { service } = await sqs();
    const reply = await fetch(service.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ListQueues' },
      body: '{}',
    });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  it.each([
    ['more than ten messages', { MaxNumberOfMessages: 11 }],
    ['to wait for more than 20 seconds', { WaitTimeSeconds: 21 }],
    ['a timeout of more than twelve hours', { VisibilityTimeout: 43_201 }],
  ])('refuse %s', async (_, more) => {
    const { receive } = await sqs();
    await expect(receive(more)).rejects.toMatchObject({ Code: 'InvalidParameterValue' });
  });

  it('refuse a handle that never was one', async () => {
    const { client, QueueUrl } = await sqs();
    const remove = new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'nonsense' });
    await expect(client.send(remove)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });
});
