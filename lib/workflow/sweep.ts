/** The repair job: finds open runs that nobody is carrying on. Idempotent, paged, harmless twice at once. */
import { StaleRunError } from '../domain/errors.ts';
import { readFields, wholeNumber } from '../domain/fields.ts';
import type { Run } from '../domain/run.ts';
import type { Dependencies } from './ports.ts';
import { update } from './update.ts';

const PAGE = 100;
/** An execution that is this late for its next step is asked after. */
const OVERDUE_MS = 300_000;
const ACCEPTED_FOR_MS = 60_000;

export interface Swept {
  /** Open runs seen. */
  readonly open: number;
  /** Accepted runs whose execution was started now. */
  readonly started: number;
  /** Runs whose execution had died and was replaced. */
  readonly revived: number;
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

export async function sweep(dependencies: Dependencies, input: SweepInput, { signal }: SweepOptions): Promise<Swept> {
  let swept: Swept = { open: 0, started: 0, revived: 0 };
  let cursor: string | undefined;
  do {
    const page = await dependencies.store.open({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const run of page.runs) {
      if (signal.aborted) return swept;
      const repaired = await repair(dependencies, run, input.acceptedForMs ?? ACCEPTED_FOR_MS);
      swept = {
        open: swept.open + 1,
        started: swept.started + (repaired === 'started' ? 1 : 0),
        revived: swept.revived + (repaired === 'revived' ? 1 : 0),
      };
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  if (swept.started + swept.revived > 0) dependencies.log.warn('repaired runs', { ...swept });
  return swept;
}

async function repair(
  dependencies: Dependencies,
  run: Run,
  acceptedForMs: number,
): Promise<'started' | 'revived' | undefined> {
  const { clock, executions } = dependencies;
  const now = clock.now();
  if (run.version === 1 && now - Date.parse(run.createdAt) >= acceptedForMs) {
    // A name that is taken means that it runs already: then this does nothing.
    await executions.start(run.id, run.generation);
    return 'started';
  }
  const due = Math.max(
    Date.parse(run.updatedAt),
    Date.parse(run.nextLookAt ?? run.intent?.fenceUntil ?? run.updatedAt),
  );
  if (now - due < OVERDUE_MS || (await executions.isRunning(run.id, run.generation))) return undefined;
  return revive(dependencies, run);
}

async function revive(dependencies: Dependencies, run: Run): Promise<'revived' | undefined> {
  const generation = run.generation + 1;
  try {
    await update(
      dependencies,
      run,
      { generation },
      { type: 'decision', message: `Its execution had died; generation ${generation} carries it on.` },
    );
  } catch (error) {
    // Somebody is carrying it on after all.
    if (error instanceof StaleRunError) return undefined;
    throw error;
  }
  await dependencies.executions.start(run.id, generation);
  return 'revived';
}
