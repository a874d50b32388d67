/** Lambda's event source mapping: hands a queue's messages to a function in batches, and removes those it is done with. */
import type { JsonObject } from '../domain/json.ts';
import { failedMessages } from './batch-response.ts';
import { type LocalClock, pauseOn } from './clock.ts';
import { LOCAL } from './definition.ts';
import type { InvokeResult } from './functions.ts';
import { queueArn } from './queue-errors.ts';
import type { Delivery, MessageAttribute, MessageAttributes, Queues } from './queue-types.ts';
import { md5, md5OfAttributes } from './sqs-message.ts';

export interface EventSourceOptions {
  readonly queues: Queues;
  readonly queue: string;
  /** Never rejects, like `LocalFunctions.invoke`. */
  readonly invoke: (payload: JsonObject) => Promise<InvokeResult>;
  readonly batchSize: number;
  /** So many batches at once. No more is received than can be handed over: what waits its turn counts no receive. */
  readonly maxConcurrency: number;
  readonly clock: LocalClock;
  readonly log: (line: string) => void;
}

export interface EventSource {
  /** Receives nothing more; resolves once the batches under way have ended. */
  close(): Promise<void>;
}

const HOLDER = 'event-source';
/** Lambda takes 6 MB at once; the rest is for what surrounds the messages. */
const MAX_BATCH_BYTES = 5_000_000;
/** After Lambda or the disk refused. */
const TRY_AGAIN_MS = 1_000;
const THROTTLED = 'Lambda.TooManyRequestsException';

const attributeRecord = ({ DataType, StringValue, BinaryValue }: MessageAttribute): JsonObject => ({
  ...(StringValue !== undefined && { stringValue: StringValue }),
  ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
  stringListValues: [],
  binaryListValues: [],
  dataType: DataType,
});

function attributeRecords(attributes: MessageAttributes): JsonObject {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attributeRecord(value)]));
}

/** One message as functions see it. */
export function sqsRecord(queue: string, delivery: Delivery): JsonObject {
  const { messageId, receiptHandle, body, system, attributes = {} } = delivery;
  const md5OfMessageAttributes = md5OfAttributes(attributes);
  return {
    messageId,
    receiptHandle,
    body,
    attributes: system,
    messageAttributes: attributeRecords(attributes),
    ...(md5OfMessageAttributes !== undefined && { md5OfMessageAttributes }),
    md5OfBody: md5(body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn(queue),
    awsRegion: LOCAL.region,
  };
}

const asText = (error: unknown) => (error instanceof Error ? error.message : String(error));

/**
 * Begins at once, with what a process before this one had received and can no longer finish. What the function fails
 * stays invisible until its timeout ends, as in the cloud.
 */
export function openEventSource(options: EventSourceOptions): EventSource {
  const { queues, queue, invoke, batchSize, maxConcurrency, clock, log } = options;
  const { visibilityTimeoutSeconds } = queues.state(queue).definition;
  const closing = new AbortController();
  const { signal } = closing;
  const running = new Set<Promise<void>>();

  /** A function that has no room is asked again while the messages are ours: that is no receive of theirs. */
  async function call(payload: JsonObject): Promise<InvokeResult> {
    const untilMs = clock.now() + visibilityTimeoutSeconds * 1_000;
    for (;;) {
      const result = await invoke(payload);
      const isThrottled = !result.ok && result.error.errorType === THROTTLED;
      if (!isThrottled || signal.aborted || clock.now() + TRY_AGAIN_MS >= untilMs) return result;
      await pauseOn(clock, TRY_AGAIN_MS, signal);
    }
  }

  async function handle(deliveries: readonly Delivery[]): Promise<void> {
    const result = await call({ Records: deliveries.map((delivery) => sqsRecord(queue, delivery)) });
    if (!result.ok) log(`A batch of ${queue} failed: ${result.error.errorType}`);
    const failed = failedMessages(
      result,
      deliveries.map(({ messageId }) => messageId),
    );
    const done = deliveries.filter(({ messageId }) => !failed.has(messageId));
    await queues.remove(
      queue,
      done.map(({ receiptHandle }) => receiptHandle),
    );
  }

  function begin(deliveries: readonly Delivery[]): void {
    const batch = handle(deliveries)
      .catch((error: unknown) => log(`A batch of ${queue} is delivered again: ${asText(error)}`))
      .finally(() => running.delete(batch));
    running.add(batch);
  }

  async function receive(): Promise<void> {
    const waitMs = Number.POSITIVE_INFINITY;
    const limits = { maxMessages: batchSize, maxBytes: MAX_BATCH_BYTES };
    const deliveries = await queues.receive(queue, { ...limits, waitMs, signal, holder: HOLDER });
    if (deliveries.length > 0) begin(deliveries);
  }

  async function poll(): Promise<void> {
    await queues.release(queue, HOLDER).catch((error: unknown) => log(asText(error)));
    while (!signal.aborted) {
      if (running.size >= maxConcurrency) await Promise.race(running);
      else
        await receive().catch(async (error: unknown) => {
          log(`${queue} cannot be read: ${asText(error)}`);
          await pauseOn(clock, TRY_AGAIN_MS, signal);
        });
    }
  }

  const polling = poll();
  return {
    async close() {
      closing.abort();
      await polling;
      await Promise.all(running);
    },
  };
}
