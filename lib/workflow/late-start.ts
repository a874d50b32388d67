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
function isTold(run: Run, called: number, started: Started): boolean {
  const { attempt, status, fallout, remoteId, orphans, pastAttempts = [] } = run;
  const past = pastAttempts.find((one) => one.attempt === called);
  // Not the id of another attempt: not every platform gives one only once.
  if (started.kind === 'accepted') return [remoteId, ...(orphans ?? []), past?.remoteId].includes(started.remoteId);
  const { verdict } = started;
  if (attempt !== called) return past?.status === verdict.status;
  if (status !== 'FALLOUT') return status === verdict.status;
  // Whoever judged it without the answer gave another reason; what becomes of an output is only known with the answer.
  const isOutput = fallout?.reason.startsWith('OUTPUT_') === true;
  return isOutput || (verdict.status === 'FALLOUT' && fallout?.reason === verdict.falloutReason);
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
