/**
 * Executions on disk. Everything that happens at one instant is one batch, and batches are written in order, so what a
 * killed process leaves behind is always a moment that was.
 */
import type { BatchOperation } from 'classic-level';
import type { Json } from '../domain/json.ts';
import type { Database } from './data-dir.ts';
import type { HistoryEvent } from './history.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';

export interface ExecutionRecord {
  readonly name: string;
  readonly status: ExecutionStatus;
  /** As the caller wrote it. */
  readonly input: string;
  readonly startedAtMs: number;
  readonly stoppedAtMs?: number;
  readonly output?: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** Where a running execution is: about to do, or waiting in, this state. */
export interface Checkpoint {
  readonly state: string;
  readonly input: Json;
  readonly enteredAtMs: number;
  /** Of a Wait state: when it ends. */
  readonly dueMs?: number;
}

export interface Change {
  readonly name: string;
  readonly record?: ExecutionRecord;
  /** Null once the execution has ended. */
  readonly checkpoint?: Checkpoint | null;
  readonly events?: readonly HistoryEvent[];
}

export interface ExecutionStore {
  /** Resolves once the change would survive the end of the process. */
  write(change: Change): Promise<void>;
  /** Resolves once everything handed over before is written. */
  settled(): Promise<void>;
  find(name: string): Promise<ExecutionRecord | undefined>;
  checkpoint(name: string): Promise<Checkpoint | undefined>;
  running(): Promise<readonly string[]>;
  lastEvent(name: string): Promise<HistoryEvent | undefined>;
  /** Events after `afterId` (before it, in reverse). */
  events(name: string, page: EventPage): Promise<readonly HistoryEvent[]>;
  /** Drops what began before that time and has ended. */
  forget(beforeMs: number): Promise<void>;
  /** Newest first; `cursor` is that of the last one of the page before. */
  list(cursor: string | undefined): AsyncIterable<{ readonly cursor: string; readonly record: ExecutionRecord }>;
}

export interface EventPage {
  readonly limit: number;
  readonly reverse: boolean;
  readonly afterId?: number | undefined;
}

type Batch = BatchOperation<Database, string, string>[];

const recordKey = (name: string) => `record!${name}`;
const checkpointKey = (name: string) => `checkpoint!${name}`;
const eventKey = (name: string, id: number) => `event!${name}!${String(id).padStart(6, '0')}`;
/** Newest first in key order. */
const listPrefix = (startedAtMs: number) => `list!${String(1e14 - startedAtMs).padStart(15, '0')}!`;
const listKey = ({ startedAtMs, name }: ExecutionRecord) => listPrefix(startedAtMs) + name;
const parse = <T>(text: string | undefined) => (text === undefined ? undefined : (JSON.parse(text) as T));

function toBatch({ name, record, checkpoint, events = [] }: Change): Batch {
  const put = (key: string, value: object | string) =>
    ({ type: 'put', key, value: typeof value === 'string' ? value : JSON.stringify(value) }) as const;
  return [
    ...events.map((event) => put(eventKey(name, event.id), event)),
    ...(record ? [put(recordKey(name), record), put(listKey(record), name)] : []),
    ...(checkpoint ? [put(checkpointKey(name), checkpoint)] : []),
    ...(checkpoint === null ? [{ type: 'del', key: checkpointKey(name) } as const] : []),
  ];
}

const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Writer {
  write(batch: Batch): Promise<void>;
  settled(): Promise<void>;
}

/** Gathers what arrives in one turn of the event loop, and while a batch is being written, into the next batch. */
function createWriter(database: Database): Writer {
  let gathering: Batch = [];
  let next: Promise<void> | undefined;
  let current: Promise<void> | undefined;
  function flush(): Promise<void> {
    const batch = gathering;
    gathering = [];
    next = undefined;
    const written = database.batch(batch);
    const settled = written
      .catch(() => {})
      .then(() => {
        if (current === settled) current = undefined;
      });
    current = settled;
    return written;
  }
  return {
    write(batch) {
      gathering.push(...batch);
      next ??= Promise.all([current, endOfTurn()]).then(flush);
      return next;
    },
    settled: async () => next?.catch(() => {}) ?? current,
  };
}

/** Opens the executions of a database. */
export function createExecutionStore(database: Database): ExecutionStore {
  const { write: writeBatch, settled } = createWriter(database);

  async function read<T>(key: string): Promise<T | undefined> {
    await settled();
    // A small read of what was just written; a turn of the thread pool would take many times as long.
    return parse<T>(database.getSync(key));
  }

  async function events(name: string, { limit, reverse, afterId }: EventPage): Promise<readonly HistoryEvent[]> {
    await settled();
    const range = reverse
      ? { gt: eventKey(name, 0), lt: eventKey(name, afterId ?? 999_999) }
      : { gt: eventKey(name, afterId ?? 0), lt: eventKey(name, 999_999) };
    const texts = await database.values({ ...range, reverse, limit }).all();
    return texts.map((text) => JSON.parse(text) as HistoryEvent);
  }

  return {
    write: (change) => writeBatch(toBatch(change)),
    settled,
    find: (name) => read<ExecutionRecord>(recordKey(name)),
    checkpoint: (name) => read<Checkpoint>(checkpointKey(name)),
    async running() {
      await settled();
      const keys = await database.keys({ gt: 'checkpoint!', lt: 'checkpoint"' }).all();
      return keys.map((key) => key.slice('checkpoint!'.length));
    },
    lastEvent: async (name) => (await events(name, { limit: 1, reverse: true }))[0],
    events,
    async forget(beforeMs) {
      await settled();
      for await (const [key, name] of database.iterator({ gt: listPrefix(beforeMs), lt: 'list"' })) {
        const record = parse<ExecutionRecord>(await database.get(recordKey(name)));
        if (record?.status === 'RUNNING') continue;
        await database.clear({ gt: eventKey(name, 0), lt: eventKey(name, 999_999) });
        await writeBatch([key, recordKey(name)].map((stale) => ({ type: 'del', key: stale })));
      }
    },
    async *list(cursor) {
      await settled();
      for await (const [key, name] of database.iterator({ gt: cursor ?? 'list!', lt: 'list"' })) {
        const record = parse<ExecutionRecord>(await database.get(recordKey(name)));
        if (record) yield { cursor: key, record };
      }
    },
  };
}
