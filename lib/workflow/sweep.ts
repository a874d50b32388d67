/** The repair job: finds open runs that nobody is carrying on. Idempotent, paged, harmless twice at once. */
import { StaleRunError, StoreUnavailableError } from '../domain/errors.ts';
import { readFields, wholeNumber } from '../domain/fields.ts';
import type { Run } from '../domain/run.ts';
import { admitNext, cappedConnections, isInLine } from './in-flight.ts';
import type { Dependencies } from './ports.ts';
import { publishFallout } from './publish-fallout.ts';
import { startLimitOf } from './start-later.ts';
import { sweepSchedules } from './sweep-schedules.ts';
import { update } from './update.ts';

const PAGE = 100;
/** An execution that is this late for its next step is asked after. */
const OVERDUE_MS = 300_000;
const ASKED_OVERDUE_MS = 60_000;
const ACCEPTED_FOR_MS = 60_000;

export interface Swept {
  /** Open runs seen. */
  readonly open: number;
  /** Accepted runs whose execution was started now. */
  readonly started: number;
  /** Runs whose execution had died and was replaced. */
  readonly revived: number;
  /** Runs that could not be repaired, or told of, now; the next sweep tries again. */
  readonly failed: number;
  /** Runs that waited in line for a slot at their platform, and were begun now. */
  readonly admitted: number;
  /** Slots of schedules that were fired: missed ones that are made up for, and queued ones whose turn has come. */
  readonly fired: number;
  /** Fallout that the fallout queue has had now. */
  readonly published: number;
}

export interface SweepOptions {
  readonly signal: AbortSignal;
}

export interface SweepInput {
  /** How old an accepted run must be before its missing execution is started; 60 s unless said. */
  readonly acceptedForMs?: number;
}

/** @throws InvalidInputError naming the field that does not fit. */
export function parseSweepInput(event: unknown): SweepInput {
  return readFields<Required<SweepInput>>(event, { acceptedForMs: wholeNumber(0, ACCEPTED_FOR_MS) });
}

/**
 * Four jobs at once: neither a fault in one nor how much it has to do may keep the others from being done.
 * @throws StoreUnavailableError when the open runs could not be gone through, so that it is noticed.
 */
export async function sweep(dependencies: Dependencies, input: SweepInput, options: SweepOptions): Promise<Swept> {
  const [runs, admitted, schedules, fallout] = await Promise.all([
    attempt(dependencies, 'runs', undefined, () => sweepRuns(dependencies, input, options)),
    attempt(dependencies, 'lines', 0, () => sweepLines(dependencies, options)),
    attempt(dependencies, 'schedules', { fired: 0, missed: 0, skipped: 0 }, () =>
      sweepSchedules(dependencies, options),
    ),
    attempt(dependencies, 'fallout', { published: 0, failed: 0 }, () => publishFallout(dependencies, options)),
  ]);
  if (runs === undefined) throw new StoreUnavailableError('the open runs could not be gone through; the log says why');
  return {
    ...runs,
    failed: runs.failed + fallout.failed,
    admitted,
    fired: schedules.fired,
    published: fallout.published,
  };
}

async function attempt<Result, Nothing>(
  { log }: Dependencies,
  job: string,
  nothing: Nothing,
  act: () => Promise<Result>,
): Promise<Result | Nothing> {
  try {
    return await act();
  } catch (error) {
    log.error('sweep broken off', { job, error: error instanceof Error ? error.name : 'unknown' });
    return nothing;
  }
}

async function sweepRuns(dependencies: Dependencies, input: SweepInput, { signal }: SweepOptions) {
  const counts = { open: 0, started: 0, revived: 0, failed: 0 };
  let cursor: string | undefined;
  do {
    const page = await dependencies.store.open({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const run of page.runs) {
      if (signal.aborted) return counts;
      counts.open += 1;
      const repaired = await tryRepair(dependencies, run, input.acceptedForMs ?? ACCEPTED_FOR_MS);
      if (repaired !== undefined) counts[repaired] += 1;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  if (counts.started + counts.revived + counts.failed > 0) dependencies.log.warn('swept', { ...counts });
  return counts;
}

/** Whoever freed a slot wakes the next; this is for those who were stopped before they could. */
async function sweepLines(dependencies: Dependencies, { signal }: SweepOptions): Promise<number> {
  let admitted = 0;
  for (const connection of cappedConnections(dependencies)) {
    if (signal.aborted) break;
    admitted += await attempt(dependencies, `line of ${connection}`, 0, () => admitNext(dependencies, connection));
  }
  return admitted;
}

type Repair = 'started' | 'revived' | 'failed' | undefined;

/** What goes wrong with one run must not keep the others from being repaired. */
async function tryRepair(dependencies: Dependencies, run: Run, acceptedForMs: number): Promise<Repair> {
  try {
    return await repair(dependencies, run, acceptedForMs);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    dependencies.log.error('run not repaired', { runId: run.id, error: name });
    return 'failed';
  }
}

async function repair(dependencies: Dependencies, run: Run, acceptedForMs: number): Promise<Repair> {
  const { clock, executions } = dependencies;
  const now = clock.now();
  const touchedMs = Date.parse(run.updatedAt);
  // It has no execution and needs none, until its turn or its time comes.
  if (isInLine(dependencies, run)) return now < startLimitOf(run) ? undefined : revive(dependencies, run);
  const dueMs = Math.max(touchedMs, Date.parse(run.nextLookAt ?? run.intent?.fenceUntil ?? run.updatedAt));
  // Somebody waits for what they asked of an execution that was to begin at once, or a sweep could not start it either.
  const isAsked = run.cancel !== undefined || run.answer !== undefined || run.events.at(-1)?.type === 'decision';
  const isOverdue = now - dueMs >= (isAsked ? ASKED_OVERDUE_MS : OVERDUE_MS);
  if (!isOverdue && (run.version > 1 || now - touchedMs < acceptedForMs)) return undefined;
  if (await executions.isRunning(run)) return undefined;
  // Nobody else may start an execution of a name that a person chose.
  if (isOverdue || (run.executionName !== undefined && run.generation === 1)) return revive(dependencies, run);
  // A name that is taken means that it has begun meanwhile: then this does nothing.
  await executions.start(run.id, run.generation);
  return 'started';
}

async function revive(dependencies: Dependencies, run: Run): Promise<Repair> {
  const generation = run.generation + 1;
  const message =
    run.queuedAt === undefined
      ? `Its execution had died; generation ${generation} carries it on.`
      : `It waits in line no longer; generation ${generation} carries it on.`;
  try {
    await update(dependencies, run, { generation, queuedAt: undefined }, { type: 'decision', message });
  } catch (error) {
    // Somebody is carrying it on after all.
    if (error instanceof StaleRunError) return undefined;
    throw error;
  }
  await dependencies.executions.start(run.id, generation);
  return 'revived';
}
