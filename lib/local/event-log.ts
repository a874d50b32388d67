/**
 * The bus of this machine: `events.ndjson`, one event a line. Receivers read the file, not a queue of their own, so one
 * that is slow or was away costs nothing and misses nothing that is still in the file.
 */
import { closeSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../domain/json.ts';
import { appendText, dropHalfLine, lastLines, linesFrom, openLineFile, sizeOf } from './line-file.ts';

/** As EventBridge shows an event to its targets. */
export interface BusEvent {
  readonly version: '0';
  /** The detail's `eventId`. */
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: JsonObject;
}

export interface EventLog {
  /** Writes what is not there yet; says how many that were. @throws Error of the file system, with nothing written. */
  append(events: readonly BusEvent[]): number;
  /**
   * All events after the one with this id, then those to come, until the signal is aborted. Everything that is kept,
   * where no event has the id; only those to come, without an id.
   */
  follow(afterId: string | undefined, signal: AbortSignal): AsyncIterable<BusEvent>;
  close(): Promise<void>;
}

export interface EventLogOptions {
  /** Above this size the file becomes `events.ndjson.1`, and the one of that name goes. @default 100 MB */
  readonly maxBytes?: number;
}

const MAX_BYTES = 100_000_000;
/** More than one batch of the stream: only that can come a second time, after a kill. */
const TAIL_BYTES = 1_000_000;
const MAX_RECENT = 2_000;

/** Somewhere in the files: `generation` counts how often a new file was begun. */
interface Place {
  readonly generation: number;
  readonly offset: number;
}

function parseEvent(line: string): BusEvent | undefined {
  try {
    return JSON.parse(line);
  } catch {
    // Cut off, or edited by somebody.
    return undefined;
  }
}

/** Resolves with the promise or when the signal is aborted, and leaves nothing behind at either. */
function firstOf(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      signal.removeEventListener('abort', wake);
      resolve();
    };
    signal.addEventListener('abort', wake);
    void promise.then(wake);
    if (signal.aborted) wake();
  });
}

/** The newest file and the one before it. */
function openFiles(path: string) {
  const older = `${path}.1`;
  let file = openLineFile(path);
  let size = dropHalfLine(file);
  let generation = 1;
  let isClosed = false;

  /** For reading; undefined where there is no such file any more. */
  function openGeneration(wanted: number): number | undefined {
    try {
      if (wanted === generation) return openSync(path, 'r');
      return wanted === generation - 1 ? openSync(older, 'r') : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    size: () => size,
    end: (): Place => ({ generation, offset: size }),
    oldest: (): Place => ({ generation: generation - 1, offset: 0 }),
    tail: () => lastLines(file, TAIL_BYTES),
    append(text: string): void {
      const actual = sizeOf(file);
      // Somebody has emptied it: whoever reads it begins again.
      if (actual < size) generation += 1;
      size = appendText(file, actual, text);
    },
    beginNew(): void {
      const next = openLineFile(`${path}.new`);
      renameSync(path, older);
      renameSync(`${path}.new`, path);
      closeSync(file);
      file = next;
      size = 0;
      generation += 1;
    },
    /** Events from a place on, each with the place after it; ends where the files end now. */
    async *read(from: Place): AsyncGenerator<readonly [BusEvent | undefined, Place]> {
      for (let at = from; at.generation <= generation; at = { generation: at.generation + 1, offset: 0 }) {
        const reading = openGeneration(at.generation);
        if (reading === undefined) continue;
        const end = () => (at.generation === generation && !isClosed ? size : sizeOf(reading));
        try {
          for await (const [line, offset] of linesFrom(reading, at.offset, end)) {
            yield [parseEvent(line), { generation: at.generation, offset }];
          }
        } finally {
          closeSync(reading);
        }
      }
    },
    close(): void {
      if (!isClosed) closeSync(file);
      isClosed = true;
    },
  };
}

/** Opens the log of a data directory. */
export function openEventLog(dataDir: string, { maxBytes = MAX_BYTES }: EventLogOptions = {}): EventLog {
  const files = openFiles(join(dataDir, 'events.ndjson'));
  const recent = new Set(files.tail().flatMap((line) => parseEvent(line)?.id ?? []));
  let written = Promise.withResolvers<void>();
  let isClosed = false;

  function remember({ id }: BusEvent): void {
    recent.add(id);
    const [oldest] = recent;
    if (recent.size > MAX_RECENT && oldest !== undefined) recent.delete(oldest);
  }

  async function placeAfter(id: string | undefined, signal: AbortSignal): Promise<Place> {
    if (id === undefined) return files.end();
    for await (const [event, place] of files.read(files.oldest())) {
      if (event?.id === id || signal.aborted) return place;
    }
    return files.oldest();
  }

  return {
    append(events) {
      const byId = new Map(events.map((event) => [event.id, event]));
      const fresh = [...byId.values()].filter(({ id }) => !recent.has(id));
      if (fresh.length === 0) return 0;
      if (files.size() > maxBytes) files.beginNew();
      files.append(fresh.map((event) => `${JSON.stringify(event)}\n`).join(''));
      fresh.forEach(remember);
      written.resolve();
      written = Promise.withResolvers();
      return fresh.length;
    },

    async *follow(afterId, signal) {
      let place = await placeAfter(afterId, signal);
      while (!signal.aborted && !isClosed) {
        const more = written.promise;
        for await (const [event, next] of files.read(place)) {
          if (signal.aborted || isClosed) return;
          place = next;
          if (event !== undefined) yield event;
        }
        await firstOf(more, signal);
      }
    },

    async close() {
      isClosed = true;
      written.resolve();
      files.close();
    },
  };
}
