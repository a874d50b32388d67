/**
 * Changing an open run from outside. Nobody but the machine calls platforms, and its execution may be waiting for
 * hours: so the change is written, and the next generation of the execution is started, which acts on it at once. The
 * older one finds a newer generation when it wakes and ends.
 */
import { StaleRunError } from '../domain/errors.ts';
import { type EventDraft, isoTime, type Patch } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import type { Dependencies } from './ports.ts';
import { startExecution } from './start-execution.ts';
import { update } from './update.ts';

/** Writers of one run are its own task and now and then a person. */
const MAX_ROUNDS = 8;

/**
 * Writes the change and has the next generation act on it. A crash in between is repaired by the sweep.
 * @throws StaleRunError when somebody else wrote the run first.
 */
export async function wake(dependencies: Dependencies, run: Run, patch: Patch, event: EventDraft): Promise<Run> {
  const generation = run.generation + 1;
  const nextLookAt = isoTime(dependencies.clock.now());
  const woken = await update(dependencies, run, { nextLookAt, ...patch, generation }, event);
  await startExecution(dependencies, woken);
  return woken;
}

/**
 * Decides on the run as it is and writes; again from the start when somebody else was first. Undefined: no such run.
 * @throws StaleRunError when the run does not stand still.
 */
export function decide<Decision>(
  { store }: Dependencies,
  runId: string,
  act: (run: Run) => Promise<Decision>,
): Promise<Decision | undefined> {
  return untilFirst(async () => {
    const run = await store.get(runId);
    return run === undefined ? undefined : act(run);
  });
}

/**
 * Reads, decides and writes; again from the start when somebody else wrote in between.
 * @throws StaleRunError when the run does not stand still.
 */
export async function untilFirst<Decision>(act: () => Promise<Decision>): Promise<Decision> {
  for (let round = 1; ; round += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof StaleRunError) || round === MAX_ROUNDS) throw error;
    }
  }
}
