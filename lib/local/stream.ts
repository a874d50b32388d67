/**
 * The pipe between the table's stream and the bus: takes what was written with news, in its order, has the function
 * `announce` make events of it, and writes them to the log. Nothing is dropped before it is in the log.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { EVENT_SOURCE, TABLE } from '../contract.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { LOCAL } from './definition.ts';
import type { BusEvent, EventLog } from './event-log.ts';
import type { InvokeResult } from './functions.ts';
import type { OutboxEntry } from './table-outbox.ts';
import type { TableStream } from './table-stream.ts';

export interface StreamOptions {
  readonly table: TableStream;
  /** Calls the function `announce`. */
  readonly invoke: (records: Json) => Promise<InvokeResult>;
  readonly events: EventLog;
  readonly log: (line: string) => void;
  /** Before the first repetition of what failed; doubles up to a minute. @default 1 s */
  readonly retryMs?: number;
  /** How long more news is waited for. The pipe's is a second; here somebody may be watching. @default 250 ms */
  readonly windowMs?: number;
}

export interface LocalStream {
  /** Resolves once everything written so far has been told. */
  idle(): Promise<void>;
  /** Stops after the batch in hand, or without it when that takes long; the next process goes on from there. */
  close(): Promise<void>;
}

/** As the pipe of the stack: what a bus takes with one call. */
const BATCH_SIZE = 10;
const WINDOW_MS = 250;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** For the batch in hand, when this is closed. */
const LAST_MOMENT_MS = 1_000;

const announcedSchema = z.array(
  z.object({
    detailType: z.string(),
    detail: z.looseObject({ eventId: z.string().min(1), occurredAt: z.string() }),
  }),
);

/** A record as the table's stream shows it to a pipe. */
function toRecord({ sequence, writtenAtMs, isNew, item }: OutboxEntry): Json {
  const image = item as JsonObject;
  const keys = [TABLE.partitionKey, TABLE.sortKey].map((name) => [name, image[name] ?? null]);
  return {
    eventID: String(sequence),
    eventName: isNew ? 'INSERT' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: LOCAL.region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(writtenAtMs / 1_000),
      Keys: Object.fromEntries(keys),
      NewImage: image,
      SequenceNumber: String(sequence),
      SizeBytes: Buffer.byteLength(JSON.stringify(image)),
      StreamViewType: 'NEW_IMAGE',
    },
    eventSourceARN: `arn:aws:dynamodb:${LOCAL.region}:${LOCAL.account}:table/errand/stream/local`,
  };
}

function toBusEvent({ detailType, detail }: z.output<typeof announcedSchema>[number]): BusEvent {
  return {
    version: '0',
    id: detail.eventId,
    'detail-type': detailType,
    source: EVENT_SOURCE,
    account: LOCAL.account,
    time: detail.occurredAt,
    region: LOCAL.region,
    resources: [],
    detail: detail as unknown as JsonObject,
  };
}

/** Begins with what an earlier process had not told yet. */
export function startStream({
  table,
  invoke,
  events,
  log,
  retryMs = RETRY_MS,
  windowMs = WINDOW_MS,
}: StreamOptions): LocalStream {
  const stop = new AbortController();
  let giveUp = () => {};
  let mayHaveNews = Promise.withResolvers<void>();
  let told = Promise.withResolvers<void>();
  /** Who wants to know that all has been told waits for no window. */
  let hurry = new AbortController();
  let waiters = 0;

  table.onNews(() => mayHaveNews.resolve());
  stop.signal.addEventListener('abort', () => mayHaveNews.resolve());

  /** False when there was nothing to tell. */
  async function tellBatch(): Promise<boolean> {
    const entries = await table.take(BATCH_SIZE);
    if (entries.length === 0) return false;
    const result = await new Promise<InvokeResult>((resolve, reject) => {
      giveUp = () => reject(new Error('closed'));
      invoke(entries.map(toRecord)).then(resolve, reject);
    });
    if (!result.ok) throw new Error(`"announce" failed: ${result.error.errorType}: ${result.error.errorMessage}`);
    events.append(announcedSchema.parse(result.value).map(toBusEvent));
    await table.drop(entries.map(({ sequence }) => sequence));
    return true;
  }

  async function tellAll(): Promise<void> {
    for (let waitMs = retryMs; !stop.signal.aborted; ) {
      try {
        if (!(await tellBatch())) return;
        waitMs = retryMs;
      } catch (error) {
        if (stop.signal.aborted) return;
        log(`Events are held back: ${error instanceof Error ? error.message : 'unknown'}`);
        await pause(waitMs, undefined, { signal: stop.signal }).catch(() => {});
        waitMs = Math.min(2 * waitMs, MAX_RETRY_MS);
      }
    }
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      mayHaveNews = Promise.withResolvers();
      await tellAll();
      told.resolve();
      told = Promise.withResolvers();
      if (stop.signal.aborted) break;
      await mayHaveNews.promise;
      // News seldom comes alone, and a batch costs the same for one as for ten.
      if (waiters === 0) await pause(windowMs, undefined, { ref: false, signal: hurry.signal }).catch(() => {});
    }
    told.resolve();
  }

  const ended = run();
  return {
    async idle() {
      waiters += 1;
      hurry.abort();
      try {
        while (!stop.signal.aborted) {
          const round = told.promise;
          if ((await table.take(1)).length === 0) return;
          await round;
        }
      } finally {
        waiters -= 1;
        if (waiters === 0) hurry = new AbortController();
      }
    },
    async close() {
      stop.abort();
      hurry.abort();
      const timer = setTimeout(() => giveUp(), LAST_MOMENT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
