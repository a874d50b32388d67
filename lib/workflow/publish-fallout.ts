/** Tells the fallout queue what needs a human. The record comes first and the queue second, so nothing is ever only in the queue. */
import { StaleRunError, StoreUnavailableError } from '../domain/errors.ts';
import { isoTime } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import type { Dependencies, FalloutNotice } from './ports.ts';
import type { TaskOptions } from './task.ts';
import { update } from './update.ts';

const PAGE = 100;
const AT_ONCE = 10;

export interface FalloutPublished {
  /** Notices that the queue has taken. */
  readonly published: number;
  /** Runs whose notice the next sweep sends (again). */
  readonly failed: number;
}

type Fallen = Run & Required<Pick<Run, 'fallout'>>;
type Outcome = 'published' | 'failed' | 'unavailable';

/**
 * Sends a notice for each run in FALLOUT that the queue has not had, and remembers that it has it. Two sweeps at once,
 * or a crash in between, may send one twice: consumers go by `runId`, `reason` and `version`.
 */
export async function publishFallout(dependencies: Dependencies, { signal }: TaskOptions): Promise<FalloutPublished> {
  const counts = { published: 0, failed: 0 };
  let cursor: string | undefined;
  do {
    const page = await dependencies.store.unpublished({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (let first = 0; first < page.runs.length && !signal.aborted; first += AT_ONCE) {
      const group = page.runs.slice(first, first + AT_ONCE).filter(isUnpublished);
      const outcomes = await Promise.all(group.map((run) => tryPublish(dependencies, run)));
      for (const outcome of outcomes) counts[outcome === 'published' ? 'published' : 'failed'] += 1;
      // A queue that is down for ten is down for all; one that refuses a single notice must not keep back the others.
      if (outcomes.length > 0 && outcomes.every((outcome) => outcome === 'unavailable')) return counts;
    }
    cursor = page.cursor;
  } while (cursor !== undefined && !signal.aborted);
  return counts;
}

/** Indexes lag behind their table. */
function isUnpublished(run: Run): run is Fallen {
  return run.status === 'FALLOUT' && run.fallout !== undefined && run.fallout.publishedAt === undefined;
}

async function tryPublish(dependencies: Dependencies, run: Fallen): Promise<Outcome> {
  try {
    await dependencies.falloutQueue.send(noticeOf(run));
    await mark(dependencies, run);
    return 'published';
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    dependencies.log.warn('fallout not published; the next sweep will', { runId: run.id, error: name });
    return error instanceof StoreUnavailableError ? 'unavailable' : 'failed';
  }
}

async function mark(dependencies: Dependencies, run: Fallen): Promise<void> {
  const fallout = { ...run.fallout, publishedAt: isoTime(dependencies.clock.now()) };
  try {
    await update(dependencies, run, { fallout }, { type: 'published', message: 'The fallout queue has it.' });
  } catch (error) {
    // Resolved or published by somebody else meanwhile; the queue has it either way.
    if (!(error instanceof StaleRunError)) throw error;
  }
}

function noticeOf({ id: runId, flowId, connection, version, fallout, error, ...run }: Fallen): FalloutNotice {
  return {
    runId,
    flowId,
    connection,
    version: fallout.version ?? version,
    reason: fallout.reason,
    message: error?.message ?? 'The run needs a human.',
    endedAt: run.endedAt ?? run.updatedAt,
  };
}
