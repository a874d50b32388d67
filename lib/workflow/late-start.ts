import type { Scrubber } from '../domain/redact.ts';
import type { Run } from '../domain/run.ts';
import type { Started } from '../providers/provider.ts';
import type { Dependencies } from './ports.ts';
import { update } from './update.ts';
import { decide } from './wake.ts';
import { verdictOf } from './words.ts';

/** The run has been judged without us; what the platform accepted, or did, must not be forgotten. */
export async function keepLateStart(
  dependencies: Dependencies,
  { id, attempt }: Run,
  started: Started,
  scrubber: Scrubber,
): Promise<void> {
  // It is said once: whoever else writes the record just now must not cost it.
  await decide(dependencies, id, async (run) => {
    if (!isTold(run, attempt, started)) await addLateStart(dependencies, run, started, scrubber);
  });
}

/** It is in the record: our own write went through, and only its answer was lost. */
function isTold({ attempt, status, remoteId, orphans, pastAttempts }: Run, called: number, started: Started): boolean {
  if (started.kind === 'accepted') {
    const known = [remoteId, ...(orphans ?? []), ...(pastAttempts ?? []).map((past) => past.remoteId)];
    return known.includes(started.remoteId);
  }
  return [...(pastAttempts ?? []), { attempt, status }].some(
    (one) => one.attempt === called && one.status === started.verdict.status,
  );
}

async function addLateStart(dependencies: Dependencies, run: Run, started: Started, scrubber: Scrubber): Promise<void> {
  const { remoteId } = started;
  const isUnknown = remoteId !== undefined && remoteId !== run.remoteId && run.orphans?.includes(remoteId) !== true;
  dependencies.log.error('late start', { runId: run.id, ...(remoteId === undefined ? {} : { remoteId }) });
  const orphans = isUnknown ? [...(run.orphans ?? []), remoteId] : run.orphans;
  const lateVerdict = started.kind === 'ended' ? verdictOf(scrubber, started.verdict) : run.lateVerdict;
  const did = started.kind === 'ended' ? `had done the job: ${started.verdict.status}` : `had accepted ${remoteId}`;
  const message = `The platform's answer came too late: it ${did}.`;
  await update(dependencies, run, { orphans, lateVerdict }, { type: 'started', message });
}
