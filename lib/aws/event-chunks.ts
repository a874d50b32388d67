/** Moves older events out of a run's record, so that the record stays small however long the run lives. */
import { StaleRunError } from '../domain/errors.ts';
import type { Run, RunEvent } from '../domain/run.ts';
import { fromRunItem, toChunkItem } from './run-items.ts';
import type { Table } from './table.ts';
import { runKey } from './table-keys.ts';

const MAX_INLINE = 16;
/** Newest events that stay in the record whatever happens: whoever writes the next one counts on from them. */
const ALWAYS_INLINE = 4;
/** Below the limit of an item even when every event carries two kilobytes. */
const MAX_CHUNK = 100;

function isNonEmpty(events: readonly RunEvent[]): events is readonly [RunEvent, ...RunEvent[]] {
  return events.length > 0;
}

/**
 * Only what a former version of the record holds is moved: such events are history, so every writer's chunk of the
 * same beginning is a piece of the same sequence, and a writer who then loses the race leaves nothing false behind.
 */
export async function spillEvents(table: Table, run: Run): Promise<Run> {
  if (run.events.length <= MAX_INLINE) return run;
  const item = await table.get(runKey(run.id));
  // Ours already, answer lost: the conditional write will find out and succeed.
  if (item?.writeId === run.writeId) return run;
  if (item === undefined || item.version !== run.version - 1)
    throw new StaleRunError(`run ${run.id} was written by somebody else before version ${run.version}`);

  const stored = fromRunItem(item).events;
  const firstStored = stored[0]?.seq ?? 0;
  // What the caller still carries from before the stored tail is in chunks already.
  const tail = run.events.filter((event) => event.seq >= firstStored);
  if (tail.length <= MAX_INLINE) return { ...run, events: tail };

  const keepFrom = tail.at(-ALWAYS_INLINE)?.seq ?? 0;
  const moved = stored.filter((event) => event.seq < keepFrom);
  for (let from = 0; from < moved.length; from += MAX_CHUNK) {
    const chunk = moved.slice(from, from + MAX_CHUNK);
    if (isNonEmpty(chunk)) await putChunk(table, run, chunk);
  }
  const lastMoved = moved.at(-1)?.seq ?? 0;
  return { ...run, events: tail.filter((event) => event.seq > lastMoved) };
}

async function putChunk(table: Table, run: Run, events: readonly [RunEvent, ...RunEvent[]]): Promise<void> {
  const lastSeq = events.at(-1)?.seq ?? 0;
  const condition = { expression: 'attribute_not_exists(pk) OR lastSeq < :last', values: { ':last': lastSeq } };
  // A chunk that reaches at least as far is as good as ours.
  await table.put(toChunkItem(run, events), condition, () => true);
}
