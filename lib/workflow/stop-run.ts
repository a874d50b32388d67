/** Ends a run that is still going at its platform: somebody canceled it, or its time is up. */

import type { MachineState } from '../domain/machine-state.ts';
import { isoTime } from '../domain/record.ts';
import type { Run, Verdict } from '../domain/run.ts';
import { conclude, end, fallOut } from './conclude.ts';
import type { Place } from './machine.ts';
import { placeOf } from './place-of.ts';
import { callPlatform } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { stopRemote } from './stop-remote.ts';
import type { TaskOptions } from './task.ts';
import { verdictOf } from './words.ts';

/** A cancel was asked for, and the job had not been faster when we looked. */
export async function cancelAtPlatform(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  options: TaskOptions,
): Promise<MachineState> {
  const remote = await stopRemote(dependencies, run, options);
  const cancel = { requestedAt: run.cancel?.requestedAt ?? run.updatedAt, remote: remote.outcome };
  const said = remote.outcome === 'unsupported' ? undefined : await verdictNow(dependencies, run, options);
  // It would not stop because it had come to its end: that end is the truth.
  if (said !== undefined && remote.outcome === 'unconfirmed' && said.verdict.status !== 'CANCELED')
    return conclude(dependencies, place, { ...run, cancel }, said.verdict, said.canFetch, said.retryAfterMs);
  const isOtherwise = said !== undefined && said.verdict.status !== 'CANCELED';
  const late = isOtherwise ? ` Afterwards it reported ${said.verdict.status} all the same.` : '';
  const error = { code: 'CANCELED', message: `Canceled on request. ${remote.message}${late}` };
  const marked: Run = { ...run, cancel, ...(isOtherwise ? { lateVerdict: said.verdict } : {}) };
  return end(dependencies, place, marked, { status: 'CANCELED', error });
}

interface Ended {
  readonly verdict: Verdict;
  readonly canFetch: boolean;
  /** How long the platform asked to be left alone when it told. */
  readonly retryAfterMs: number | undefined;
}

/** How the job ended, if it has; one look, and what it cannot say is left unsaid. */
async function verdictNow(dependencies: Dependencies, run: Run, options: TaskOptions): Promise<Ended | undefined> {
  const { handle } = run;
  if (handle === undefined || placeOf(dependencies, run) === undefined) return undefined;
  const called = await callPlatform(dependencies, run, { kind: 'read' }, async ({ poll }) => poll?.(handle, options));
  if (!called.ok || called.value?.kind !== 'ended') return undefined;
  return {
    verdict: verdictOf(called.scrubber, called.value.verdict),
    canFetch: called.session.fetchOutput !== undefined,
    retryAfterMs: called.value.hints?.retryAfterMs,
  };
}

/**
 * The deadline, with one last look behind us.
 * @param remoteStatus the platform's word in that look; absent when it failed, with `trouble` saying how.
 */
export async function timeOut(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  remoteStatus: string | undefined,
  options: TaskOptions,
  trouble?: string,
): Promise<MachineState> {
  if (run.inputDeadline !== undefined) return unanswered(dependencies, place, run, trouble);
  const remote = await stopRemote(dependencies, run, options);
  const last =
    trouble === undefined
      ? `It was still going ("${remoteStatus ?? run.remoteStatus}")`
      : `The last look failed (${trouble})`;
  const message = `${last} at the deadline ${run.deadline}. ${remote.message}`;
  const error = { code: 'DEADLINE', message };
  const marked: Run = { ...run, cancel: { requestedAt: isoTime(dependencies.clock.now()), remote: remote.outcome } };
  return end(dependencies, place, marked, { status: 'TIMED_OUT', error });
}

/** The job is as it should be, only nobody answered: whether to stop it is for a person to say. */
async function unanswered(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  trouble: string | undefined,
): Promise<MachineState> {
  const message =
    trouble === undefined
      ? `Nobody answered by ${run.inputDeadline}. The job still waits at the platform: answer there and adopt it again, or close the run.`
      : `Whether somebody answered by ${run.inputDeadline} is not known: the last look failed (${trouble}). Look at the platform and adopt it again, or close the run.`;
  const evidence = {
    ...(run.remoteId === undefined ? {} : { remoteId: run.remoteId }),
    ...(run.waitingFor?.url === undefined ? {} : { url: run.waitingFor.url }),
    ...(run.waitingSince === undefined ? {} : { waitingSince: run.waitingSince }),
  };
  return fallOut(dependencies, place, run, 'DEADLINE_UNRESOLVED', message, evidence);
}
