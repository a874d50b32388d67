import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import { failedMessages } from '../../lib/local/batch-response.ts';
import { type EventSourceOptions, openEventSource } from '../../lib/local/event-source.ts';
import type { InvokeResult } from '../../lib/local/functions.ts';
import { advance, localQueues, MAX_RECEIVES, turns, until } from './helpers/local-queues.ts';

interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
}

type Answer = (records: readonly SqsRecord[]) => Json | Promise<Json>;

class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed';
}

const recordsOf = (payload: JsonObject) => payload.Records as unknown as readonly SqsRecord[];
const failures = (ids: readonly string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

/** A queue whose messages go to `answer`; what it throws is the function's error. */
async function mapping(answer: Answer, options: Partial<EventSourceOptions> = {}) {
  const local = await localQueues();
  const log: string[] = [];
  const batches: (readonly SqsRecord[])[] = [];
  async function invoke(payload: JsonObject): Promise<InvokeResult> {
    const records = recordsOf(payload);
    batches.push(records);
    try {
      return { ok: true, value: await answer(records) };
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      return { ok: false, error: { errorType, errorMessage } };
    }
  }
  const open = () =>
    openEventSource({
      queues: local.queues,
      queue: 'requests',
      invoke,
      batchSize: 10,
      maxConcurrency: 5,
      clock: local.clock,
      log: (line) => log.push(line),
      ...options,
    });
  const left = () => {
    const { visible, notVisible } = local.queues.state('requests');
    return visible + notVisible;
  };
  const bodies = () => batches.flat().map(({ body }) => body);
  return { ...local, open, batches, bodies, left, log };
}

async function started(answer: Answer, options: Partial<EventSourceOptions> = {}) {
  const local = await mapping(answer, options);
  const source = local.open();
  onTestFinished(() => source.close());
  return { ...local, source };
}

const send = (count: number) => Array.from({ length: count }, (_, n) => ({ body: `m${n}` }));

describe('the answer to a batch', () => {
  const ok = (value: Json): InvokeResult => ({ ok: true, value });
  const ids = ['a', 'b', 'c'];

  it.each<[string, Json]>([
    ['null', null],
    ['empty', ''],
    ['an empty object', {}],
    ['a list without entries', { batchItemFailures: [] }],
    ['null instead of a list', { batchItemFailures: null }],
    ['an object about something else', { done: true }],
  ])('that is %s means that everything is done', (_, value) => {
    expect([...failedMessages(ok(value), ids)]).toEqual([]);
  });

  it.each<[string, Json]>([
    ['an id that is none of the batch', failures(['a', 'foreign'])],
    ['an empty id', failures(['a', ''])],
    ['null instead of an id', { batchItemFailures: [{ itemIdentifier: null }] }],
    ['a number instead of an id', { batchItemFailures: [{ itemIdentifier: 1 }] }],
    ['the id under another name', { batchItemFailures: [{ itemIdentifier: 'a' }, { messageId: 'b' }] }],
    ['null instead of an entry', { batchItemFailures: [null] }],
    ['a text instead of a list', { batchItemFailures: 'a' }],
    ['a text instead of an object', 'done'],
  ])('with %s fails the whole batch, because nobody knows which are done', (_, value) => {
    expect([...failedMessages(ok(value), ids)]).toEqual(ids);
  });

  it('that names some leaves exactly these, however often it names them', () => {
    expect([...failedMessages(ok(failures(['c', 'a', 'c'])), ids)].sort()).toEqual(['a', 'c']);
  });
});

describe('the event source', () => {
  it('hands messages over as Lambda does', async () => {
    const { queues, batches, left } = await started(() => null);
    const attributes = { kind: { DataType: 'String', StringValue: 'x' } };
    const [messageId] = await queues.send('requests', [{ body: 'hello', attributes }]);
    await until(() => batches.length === 1 && left() === 0);
    expect(batches[0]).toEqual([
      {
        messageId,
        receiptHandle: expect.any(String),
        body: 'hello',
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: '1767225600000',
          SenderId: '000000000000',
          ApproximateFirstReceiveTimestamp: '1767225600000',
        },
        messageAttributes: {
          kind: { stringValue: 'x', stringListValues: [], binaryListValues: [], dataType: 'String' },
        },
        md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
        md5OfBody: '5d41402abc4b2a76b9719d911017c592',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:requests',
        awsRegion: 'us-east-1',
      },
    ]);
  });

  it('delivers again exactly the messages that were reported as failed, whichever these are', async () => {
    const isFailed = fc.array(fc.boolean(), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(isFailed, async (flags) => {
        const bodiesToFail = new Set(flags.flatMap((fails, n) => (fails ? [`m${n}`] : [])));
        let isFirst = true;
        const local = await mapping((records) => {
          if (!isFirst) return null;
          isFirst = false;
          return failures(records.filter(({ body }) => bodiesToFail.has(body)).map(({ messageId }) => messageId));
        });
        await local.queues.send('requests', send(flags.length));
        const source = local.open();
        await until(() => local.batches.length === 1 && local.left() === bodiesToFail.size);
        expect(local.bodies()).toHaveLength(flags.length);
        // Until their timeout ends they are invisible; then they come once more, and only they.
        while (local.left() > 0) {
          local.clock.next();
          await until(() => local.batches.length === 2);
          await turns(1);
        }
        expect(new Set(local.bodies().slice(flags.length))).toEqual(bodiesToFail);
        await source.close();
        await local.close();
      }),
      { numRuns: 40 },
    );
  });

  it('delivers the whole batch again after an error of the function, and to the dead-letter queue after the last', async () => {
    const { queues, batches, left, clock, log } = await started(() => {
      throw new FunctionFailed('no');
    });
    await queues.send('requests', send(4));
    for (let n = 1; n <= MAX_RECEIVES; n += 1) {
      await until(() => batches.length === n);
      expect(batches[n - 1]).toHaveLength(4);
      await until(() => log.length === n && clock.next());
    }
    await until(() => left() === 0);
    expect(queues.state('requests-dead').visible).toBe(4);
    expect(batches).toHaveLength(MAX_RECEIVES);
  });

  it('hands over as many batches at once as it may, and no more', async () => {
    const ends: (() => void)[] = [];
    const { queues, bodies, left } = await started(() => new Promise((resolve) => ends.push(() => resolve(null))), {
      batchSize: 2,
      maxConcurrency: 3,
    });
    await queues.send('requests', send(60));
    for (let round = 1; round <= 10; round += 1) {
      await until(() => ends.length === 3);
      await turns(20);
      expect(ends).toHaveLength(3);
      expect(queues.state('requests').notVisible).toBe(6);
      for (const end of ends.splice(0)) end();
    }
    await until(() => left() === 0);
    expect(bodies()).toHaveLength(60);
  });

  it('takes from a burst of 5,000 only what it can hand over, so that each comes once and none dies of waiting', async () => {
    const ends: (() => void)[] = [];
    const { queues, bodies, left, clock } = await started(
      () => new Promise((resolve) => ends.push(() => resolve(null))),
    );
    for (let n = 0; n < 50; n += 1) await queues.send('requests', send(100));
    // Each round takes most of the visibility timeout: what waited as a receive would come again, or die.
    while (left() > 0) {
      await until(() => ends.length === 5 || left() === ends.length * 10);
      clock.after(25_000, () => {});
      clock.next();
      const before = left();
      const round = ends.splice(0);
      for (const end of round) end();
      await until(() => left() === before - round.length * 10);
    }
    expect(bodies()).toHaveLength(5_000);
    expect(queues.state('requests-dead')).toMatchObject({ visible: 0, notVisible: 0 });
  });

  it('asks a function without room again, which is no receive of its messages', async () => {
    let calls = 0;
    class Throttled extends Error {
      override readonly name = 'Lambda.TooManyRequestsException';
    }
    const { queues, batches, left, clock } = await started(() => {
      calls += 1;
      if (calls < 10) throw new Throttled('Rate exceeded');
      return null;
    });
    await queues.send('requests', send(1));
    for (let n = 1; n < 10; n += 1) {
      await until(() => calls === n);
      await turns(2);
      advance(clock, 1_000);
    }
    await until(() => left() === 0);
    expect(batches).toHaveLength(10);
    expect(batches.at(-1)).toMatchObject([{ attributes: { ApproximateReceiveCount: '1' } }]);
  });

  it('does nothing at all while there is nothing to do', async () => {
    const { queues, clock, left, batches } = await started(() => null);
    expect(clock.next()).toBe(false);
    await queues.send('requests', send(1));
    await until(() => batches.length === 1 && left() === 0);
    while (clock.next());
    expect(batches).toHaveLength(1);
    expect(clock.next()).toBe(false);
  });

  it('lets the batch under way end when it is closed, and begins no other', async () => {
    let end: () => void = () => {};
    const { queues, source, batches, left } = await started(
      () =>
        new Promise((resolve) => {
          end = () => resolve(null);
        }),
      { batchSize: 1, maxConcurrency: 1 },
    );
    await queues.send('requests', send(2));
    await until(() => batches.length === 1);
    const closed = source.close();
    end();
    await closed;
    expect(left()).toBe(1);
    expect(batches).toHaveLength(1);
  });

  it('begins with what the process before it had received and could not finish', async () => {
    const ends: (() => void)[] = [];
    const local = await mapping(() => new Promise((resolve) => ends.push(() => resolve(null))));
    const first = local.open();
    await local.queues.send('requests', send(3));
    await until(() => local.batches.length === 1);
    const second = local.open();
    await until(() => local.batches.length === 2);
    expect(local.batches[1]).toHaveLength(3);
    for (const end of ends) end();
    await Promise.all([first.close(), second.close()]);
  });

  it('outlives a disk that refuses for a while', async () => {
    const { queues, clock } = await localQueues();
    const delivered: string[] = [];
    let refusals = 2;
    const source = openEventSource({
      queues: {
        ...queues,
        receive: async (...args) => {
          refusals -= 1;
          if (refusals >= 0) throw new Error('No space left on device');
          return queues.receive(...args);
        },
      },
      queue: 'requests',
      invoke: async (payload) => {
        delivered.push(...recordsOf(payload).map(({ body }) => body));
        return { ok: true, value: null };
      },
      batchSize: 10,
      maxConcurrency: 1,
      clock,
      log: () => {},
    });
    onTestFinished(() => source.close());
    await queues.send('requests', send(1));
    await until(() => clock.next());
    await until(() => clock.next());
    await until(() => delivered.length === 1);
    expect(delivered).toEqual(['m0']);
  });
});
