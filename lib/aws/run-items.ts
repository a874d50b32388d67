/** A run and its events as items of the table, and back. */
import { TABLE } from '../contract.ts';
import { InvalidInputError } from '../domain/errors.ts';
import { newsOf } from '../domain/news.ts';
import { RETENTION_SECONDS } from '../domain/record.ts';
import type { Run, RunEvent } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { Item } from './table.ts';
import { chunkKey, indexAttributes, runKey } from './table-keys.ts';

/** Ends that no decision reopens. */
const isFinal = (status: Run['status']) => isTerminal(status) && status !== 'FALLOUT';

/** A run is settled some time after its deadline; its events must not go before it does. */
const SETTLING_SECONDS = 30 * 86_400;

/** The table takes 400 KB; names, keys and the service's own count of bytes need room. */
const MAX_ITEM_BYTES = 350 * 1_024;

function checked(text: string, what: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_ITEM_BYTES) return text;
  throw new InvalidInputError(`${what} would take ${bytes} bytes; a record holds ${MAX_ITEM_BYTES}`, []);
}

/**
 * The record is kept as text beside a few attributes of its own: JSON from a provider may nest deeper and hold other
 * numbers than the table's own types can.
 */
export function toRunItem(run: Run): Item {
  return {
    ...runKey(run.id),
    ...indexAttributes(run),
    runId: run.id,
    flowId: run.flowId,
    status: run.status,
    version: run.version,
    // Again, for as long as a next version may follow: one comparison then guards every write.
    amendable: isFinal(run.status) ? undefined : run.version,
    writeId: run.writeId,
    // What the stream passes on; the next write, which brings none, takes it away again.
    news: newsOf(run),
    [TABLE.ttl]: run.ttl,
    record: checked(JSON.stringify(run), `run ${run.id}`),
  };
}

export function fromRunItem(item: Item): Run {
  return JSON.parse(String(item.record));
}

/** Written while the run is open, so it counts from the latest instant at which that can end. */
const chunkTtl = (run: Run) => Math.floor(Date.parse(run.deadline) / 1_000) + RETENTION_SECONDS + SETTLING_SECONDS;

export function toChunkItem(run: Run, events: readonly [RunEvent, ...RunEvent[]]): Item {
  return {
    ...chunkKey(run.id, events[0].seq),
    [TABLE.ttl]: chunkTtl(run),
    lastSeq: events.at(-1)?.seq,
    record: checked(JSON.stringify(events), `the timeline of ${run.id}`),
  };
}

export function fromChunkItem(item: Item): readonly RunEvent[] {
  return JSON.parse(String(item.record));
}

/** One timeline from overlapping pieces, oldest first, each event once. */
export function mergeEvents(pieces: readonly (readonly RunEvent[])[]): readonly RunEvent[] {
  const bySeq = new Map(pieces.flat().map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}
