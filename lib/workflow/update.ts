import { amend, type EventDraft, type Patch } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import type { Dependencies } from './ports.ts';

/**
 * Writes the next version of a run and hands it back.
 * @throws StaleRunError when somebody else was first.
 */
export async function update(dependencies: Dependencies, run: Run, patch: Patch, event: EventDraft): Promise<Run> {
  const { clock, ids, store } = dependencies;
  const next = amend(run, { now: clock.now(), writeId: ids.nonce() }, patch, event);
  await store.save(next);
  return next;
}
