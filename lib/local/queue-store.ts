/** Messages on disk: what they are and what happens to them, each under its own key. */
import type { BatchOperation } from 'classic-level';
import type { Database } from './data-dir.ts';
import type { Content, Message } from './queue-types.ts';
import type { TextSeal } from './sealed-text.ts';

export type Change =
  | { readonly put: Message; readonly content?: Content }
  /** Of a message that is no more. */
  | { readonly forget: string };

export interface QueueStore {
  /** When the queue was first opened here. */
  createdAtMs(queue: string, nowMs: number): Promise<number>;
  /** All messages, oldest first. */
  messages(): Promise<readonly Message[]>;
  /** In the order asked for; undefined for what is no more. */
  contents(keys: readonly string[]): Promise<readonly (Content | undefined)[]>;
  /** What is `durable` outlives the machine's end too, not only the process's. Changes are written in order. */
  write(changes: readonly Change[], durable?: boolean): Promise<void>;
}

type Operation = BatchOperation<Database, string, string>;

const queueKey = (name: string) => `queue!${name}`;
const messageKey = (key: string) => `message!${key}`;
const contentKey = (key: string) => `content!${key}`;

function toOperations(change: Change, seal: TextSeal): readonly Operation[] {
  if ('forget' in change) {
    return [messageKey(change.forget), contentKey(change.forget)].map((key) => ({ type: 'del', key }));
  }
  const { put, content } = change;
  const message: Operation = { type: 'put', key: messageKey(put.key), value: JSON.stringify(put) };
  if (!content) return [message];
  return [message, { type: 'put', key: contentKey(put.key), value: seal.seal(JSON.stringify(content)) }];
}

/** Writes one batch at a time; what arrives meanwhile goes together into the next. */
function createWriter(database: Database) {
  let gathering: Operation[] = [];
  let isDurable = false;
  let next: Promise<void> | undefined;
  let current: Promise<void> = Promise.resolve();
  function flush(): Promise<void> {
    const [batch, sync] = [gathering, isDurable];
    [gathering, isDurable, next] = [[], false, undefined];
    const written = database.batch(batch, { sync });
    current = written.catch(() => {});
    return written;
  }
  return (operations: readonly Operation[], durable: boolean): Promise<void> => {
    for (const operation of operations) gathering.push(operation);
    isDurable ||= durable;
    next ??= current.then(flush);
    return next;
  };
}

/** @param seal for what messages say; what happens to them says nothing. */
export function createQueueStore(database: Database, seal: TextSeal): QueueStore {
  const write = createWriter(database);
  return {
    async createdAtMs(queue, nowMs) {
      const text = await database.get(queueKey(queue));
      if (text !== undefined) return Number(text);
      await database.put(queueKey(queue), String(nowMs));
      return nowMs;
    },
    async messages() {
      const texts = await database.values({ gt: messageKey(''), lt: 'message"' }).all();
      return texts.map((text) => JSON.parse(text) as Message);
    },
    async contents(keys) {
      const texts = await database.getMany(keys.map(contentKey));
      return texts.map((text) => (text === undefined ? undefined : (JSON.parse(seal.open(text)) as Content)));
    },
    write: (changes, durable = false) =>
      write(
        changes.flatMap((change) => toOperations(change, seal)),
        durable,
      ),
  };
}
