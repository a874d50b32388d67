/**
 * What stands in for the table's stream: an item with news is written together with a copy of it, in one batch that the
 * files take whole or not at all. So whatever is committed is in the outbox, however the process ends.
 */
type Item = Readonly<Record<string, unknown>>;

/** An item with the attribute `news`, as it was written. */
export interface OutboxEntry {
  readonly sequence: number;
  readonly writtenAtMs: number;
  readonly isNew: boolean;
  readonly item: Item;
}

export type Write = { readonly type: 'put' | 'del'; readonly key: string; readonly value?: unknown };

/** The part of the files that an outbox uses. */
export interface OutboxFiles {
  getSync(key: string): unknown;
  batch(writes: readonly Write[], callback: (error: Error | null) => void): void;
  iterator(range: { readonly gte: string; readonly lt: string; readonly limit: number; readonly reverse?: boolean }): {
    all(): Promise<[string, unknown][]>;
  };
}

export interface Outbox {
  /** The writes, with one more for each item that brings news. */
  mark(writes: readonly Write[]): readonly Write[];
  /** The oldest entries, in the order of their writing; at least one if there is any. */
  take(limit: number, maxBytes: number): Promise<readonly OutboxEntry[]>;
  /** Forgets what has been told. */
  drop(sequences: readonly number[]): Promise<void>;
}

const ITEM = 'item-';
/** Sorts after the items and before everything else of dynalite's, and is part of none of its ranges. */
const PREFIX = 'outbox~';
const DIGITS = 16;
const RANGE = { gte: PREFIX, lt: 'outbox\x7f' } as const;

const keyOf = (sequence: number) => `${PREFIX}${String(sequence).padStart(DIGITS, '0')}`;

function isNews(write: Write): boolean {
  const { type, key, value } = write;
  return type === 'put' && key.startsWith(ITEM) && typeof value === 'object' && value !== null && 'news' in value;
}

/** Goes on counting where an earlier process stopped. */
export async function openOutbox(files: OutboxFiles, now: () => number): Promise<Outbox> {
  const [newest] = await files.iterator({ ...RANGE, limit: 1, reverse: true }).all();
  let sequence = newest === undefined ? 0 : Number(newest[0].slice(PREFIX.length));
  // Reading starts behind what was dropped: the files would walk over each of the dropped entries again.
  let first = 0;

  function copyOf({ key, value }: Write): Write {
    sequence += 1;
    const isNew = files.getSync(key) === undefined;
    const entry: OutboxEntry = { sequence, writtenAtMs: now(), isNew, item: value as Item };
    return { type: 'put', key: keyOf(sequence), value: entry };
  }

  return {
    mark: (writes) => writes.flatMap((write) => (isNews(write) ? [write, copyOf(write)] : [write])),
    async take(limit, maxBytes) {
      const found = (await files.iterator({ ...RANGE, gte: keyOf(first), limit }).all()).map(
        ([, value]) => value as OutboxEntry,
      );
      let bytes = 0;
      return found.filter((entry, place) => {
        bytes += Buffer.byteLength(JSON.stringify(entry.item));
        return place === 0 || bytes <= maxBytes;
      });
    },
    drop: (sequences) =>
      new Promise((resolve, reject) => {
        // Entries are dropped in the order in which they were written.
        first = Math.max(first, ...sequences.map((one) => one + 1));
        const writes = sequences.map((one) => ({ type: 'del', key: keyOf(one) }) as const);
        files.batch(writes, (error) => (error ? reject(error) : resolve()));
      }),
  };
}
