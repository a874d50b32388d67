/**
 * dynalite's operations without its HTTP server. Reads come straight from the files, and writes that meet go to disk
 * together: each of dynalite's own takes a turn of a thread pool, several for one item.
 */
import { createRequire } from 'node:module';
import { type Outbox, type OutboxFiles, openOutbox, type Write } from './table-outbox.ts';

type Callback = (error: Error | null, value?: unknown) => void;

/** The database below dynalite, with callbacks. */
interface Files extends OutboxFiles {
  open(): Promise<void>;
  get(key: string, callback: Callback): void;
  put(key: string, value: unknown, callback: Callback): void;
  del(key: string, callback: Callback): void;
  values(options: object): { close(): Promise<void> };
  close(callback: Callback): void;
}

interface Store {
  readonly db: Files;
  readonly options: object;
}

type Action = (store: Store, input: object, callback: Callback) => void;

interface Validation {
  readonly types: object;
  readonly custom?: unknown;
}

interface Validations {
  checkTypes(input: object, types: object): object;
  /** @throws Refusal */
  checkValidations(input: object, types: object, custom: unknown, store: Store): void;
}

/** How dynalite says that the caller is wrong. */
interface Refusal {
  readonly statusCode: number;
  readonly body: object;
}

export interface TableReply {
  readonly status: number;
  readonly body: object;
}

export interface TableEngine {
  /** What brought news and has not been told yet. */
  readonly outbox: Omit<Outbox, 'mark'>;
  /** Undefined for an operation that is not offered. */
  call(operation: string, input: object): Promise<TableReply> | undefined;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
] as const;

/** Of a key of an index: dynalite writes those before the item they belong to. */
const INDEX = 'index-';

const load = createRequire(import.meta.url);

function isRefusal(error: unknown): error is Refusal {
  return typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error;
}

/** One batch at a time; what comes in meanwhile is the next. Says when one with news is on disk. */
function gatherWrites(files: Files, outbox: Outbox, onNews: () => void): void {
  const writeBatch = files.batch.bind(files);
  let gathering: Write[] = [];
  let callbacks: Callback[] = [];
  let isWriting = false;
  let hasNews = false;

  function flush(): void {
    const [batch, waiting, bringsNews] = [gathering, callbacks, hasNews];
    gathering = [];
    callbacks = [];
    hasNews = false;
    writeBatch(batch, (error) => {
      // Ends the thread, as dynalite does; another takes its place.
      if (error) throw error;
      isWriting = false;
      if (gathering.length > 0) schedule();
      for (const callback of waiting) callback(null);
      if (bringsNews) onNews();
    });
  }

  function schedule(): void {
    isWriting = true;
    setImmediate(flush);
  }

  function write(writes: readonly Write[], callback: Callback): void {
    const marked = outbox.mark(writes);
    hasNews ||= marked.length > writes.length;
    gathering.push(...marked);
    // An item follows in the same batch or a later one, and only that is answered.
    if (writes.every(({ key }) => key.startsWith(INDEX))) process.nextTick(callback, null);
    else callbacks.push(callback);
    if (!isWriting) schedule();
  }

  files.put = (key, value, callback) => write([{ type: 'put', key, value }], callback);
  files.del = (key, callback) => write([{ type: 'del', key }], callback);
  files.batch = write;
}

function readAtOnce(files: Files): void {
  files.get = (key, callback) => {
    let value: unknown;
    try {
      value = files.getSync(key);
    } catch (error) {
      process.nextTick(callback, error);
      return;
    }
    process.nextTick(callback, null, value);
  };
}

/**
 * dynalite ends its reads by `return`, which this database's iterators do not have: each would stay open until the end,
 * and LevelDB keep all that it could see.
 */
function endReads(files: Files): void {
  const open = files.values.bind(files);
  files.values = (options) => {
    const iterator = open(options);
    return Object.assign(iterator, { return: () => iterator.close() });
  };
}

/** A process that was killed while it created a table left one that nobody would finish; it holds nothing yet. */
async function dropUnfinished(files: Files): Promise<void> {
  for (const [key, value] of await files.iterator({ gte: 'table~', lt: 'table\x7f', limit: 100 }).all()) {
    const { TableStatus } = value as { readonly TableStatus?: string };
    if (TableStatus === 'CREATING') await new Promise<unknown>((resolve) => files.del(key, resolve));
  }
}

/**
 * Opens the files.
 * @param onNews called whenever something has come into the outbox.
 * @throws Error of the database when they cannot be read.
 */
export async function openTableEngine(path: string, onNews: () => void = () => {}): Promise<TableEngine> {
  const { create } = load('dynalite/db') as { create(options: object): Store };
  const { checkTypes, checkValidations } = load('dynalite/validations') as Validations;
  const store = create({ path, createTableMs: 0 });
  await store.db.open().catch((error: Error) => {
    throw error.cause ?? error;
  });
  await dropUnfinished(store.db);
  const { mark, ...outbox } = await openOutbox(store.db, () => Date.now());
  gatherWrites(store.db, { mark, ...outbox }, onNews);
  readAtOnce(store.db);
  endReads(store.db);
  const operations = new Map(
    OPERATIONS.map((operation) => {
      const file = operation.charAt(0).toLowerCase() + operation.slice(1);
      const action = load(`dynalite/actions/${file}`) as Action;
      return [operation as string, { action, validation: load(`dynalite/validations/${file}`) as Validation }];
    }),
  );
  let underWay = 0;
  let onIdle = () => {};

  async function run({ action, validation }: { action: Action; validation: Validation }, given: object) {
    underWay += 1;
    try {
      const input = checkTypes(given, validation.types);
      checkValidations(input, validation.types, validation.custom, store);
      return await new Promise<TableReply>((resolve, reject) => {
        action(store, input, (error, body) => {
          if (error) reject(error);
          else resolve({ status: 200, body: body as object });
        });
      });
    } catch (error) {
      if (isRefusal(error)) return { status: error.statusCode, body: error.body };
      throw error;
    } finally {
      underWay -= 1;
      if (underWay === 0) onIdle();
    }
  }

  return {
    outbox,
    call(operation, input) {
      const found = operations.get(operation);
      return found && run(found, input);
    },
    async close() {
      if (underWay > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      await new Promise<unknown>((resolve) => store.db.close(resolve));
    },
  };
}
