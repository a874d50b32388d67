/** What dynalite keeps its items in, here a map: its own asks an event loop's turns for each of them. */
import { Stream } from 'node:stream';

type Callback = (error: Error | null, value?: unknown) => void;

interface Range {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

const TABLE = 'table~';

type Write = { readonly type: 'put' | 'del'; readonly key: string; readonly value?: unknown };

/** The part of the database that dynalite calls for items. */
export interface Files {
  put(key: string, value: unknown, callback: Callback): void;
  get(key: string, callback: Callback): void;
  del(key: string, callback: Callback): void;
  batch(writes: readonly Write[], callback: Callback): void;
  createValueStream(range: Range): Stream;
}

const notFound = () => Object.assign(new Error('NotFound'), { name: 'NotFoundError', code: 'LEVEL_NOT_FOUND' });

/** Nobody can write into what everybody shares. */
function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const one of Object.values(value)) freeze(one);
  return Object.freeze(value);
}

/**
 * Keys are ASCII, so that strings stand in the order of their bytes. An item that is written is nobody's any more, and frozen;
 * what a table is like dynalite goes on changing after it was written.
 */
export function keepInMap(files: Files): void {
  const kept = new Map<string, unknown>();

  function write({ type, key, value }: Write): void {
    if (type === 'del') kept.delete(key);
    else kept.set(key, key.startsWith(TABLE) ? structuredClone(value) : freeze(value));
  }

  function batch(writes: readonly Write[], callback: Callback): void {
    for (const one of writes) write(one);
    process.nextTick(callback, null);
  }

  function keysIn({ gt, gte, lt, lte, reverse = false, limit = -1 }: Range): readonly string[] {
    const keys = [...kept.keys()].filter(
      (key) =>
        (gt === undefined || key > gt) &&
        (gte === undefined || key >= gte) &&
        (lt === undefined || key < lt) &&
        (lte === undefined || key <= lte),
    );
    keys.sort();
    if (reverse) keys.reverse();
    return limit < 0 ? keys : keys.slice(0, limit);
  }

  Object.assign(files, {
    batch,
    put: (key, value, callback) => batch([{ type: 'put', key, value }], callback),
    del: (key, callback) => batch([{ type: 'del', key }], callback),
    get(key, callback) {
      const value = kept.get(key);
      if (value === undefined) process.nextTick(callback, notFound());
      else process.nextTick(callback, null, value);
    },
    createValueStream(range) {
      let isOpen = true;
      const stream = Object.assign(new Stream(), {
        destroy() {
          isOpen = false;
        },
      });
      const values = keysIn(range).map((key) => kept.get(key));
      process.nextTick(() => {
        for (const value of values) if (isOpen) stream.emit('data', value);
        if (isOpen) stream.emit('end');
      });
      return stream;
    },
  } satisfies Files);
}
