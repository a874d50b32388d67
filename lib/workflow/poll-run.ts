/** One look at a run: records what it saw and decides when to look again. A bad look never fails a run. */
import { ProviderUnauthorizedError, RemoteNotFoundError, SecretUnavailableError } from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { isoTime, type Patch } from '../domain/record.ts';
import { createScrubber } from '../domain/redact.ts';
import type { Run, WaitingFor } from '../domain/run.ts';
import { canMove, type RemoteStatus, type Status } from '../domain/status.ts';
import { type LookMoment, nextLookMs, nextTryMs, nextWaitingLookMs } from '../polling/next-look.ts';
import type { Look } from '../providers/provider.ts';
import { conclude, end, fallOut } from './conclude.ts';
import { giveAnswer } from './give-answer.ts';
import { fetchNext, lookAfter, type Place, startAfter } from './machine.ts';
import { callPlatform, hintOf, mayBeRefusedKey, type Platform, placeOf } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { authGraceOf } from './settings.ts';
import { cancelAtPlatform, timeOut } from './stop-run.ts';
import { enter, type TaskOptions } from './task.ts';
import { update } from './update.ts';
import { beginWaiting, endWaiting, isNewQuestion, limitOf } from './waiting.ts';
import { describe, progressOf, verdictOf, waitingForOf, word } from './words.ts';

/** A platform that does not know a run may be restarting; so often and so long it must say so to be believed. */
const MISSING_TIMES = 3;
const MISSING_MS = 300_000;

export async function pollRun(dependencies: Dependencies, place: Place, options: TaskOptions): Promise<MachineState> {
  const entered = await enter(dependencies, place);
  if ('done' in entered) return entered.done;
  const { run } = entered;
  if (run.status === 'FETCHING_OUTPUT') return fetchNext(place, run, 'has ended; its output is still to be fetched');
  if (run.status === 'ACCEPTED' || run.status === 'STARTING' || run.status === 'COOLING_OFF')
    return startAfter(place, run, 0, 'is not started yet');
  const isKnown = placeOf(dependencies, run) !== undefined;
  if (isKnown && run.answer !== undefined && run.cancel === undefined) return answer(dependencies, place, run, options);
  if (isKnown) return look(dependencies, place, run, options);
  if (run.cancel !== undefined) return cancelAtPlatform(dependencies, place, run, options);
  const message = `The flow "${run.flowId}" is no longer in the configuration, so nobody can ask how the run is going.`;
  return fallOut(dependencies, place, run, 'ORCHESTRATOR_FAULT', message);
}

async function look(dependencies: Dependencies, place: Place, run: Run, options: TaskOptions): Promise<MachineState> {
  try {
    const called = await callPlatform(dependencies, run, 'read', async ({ poll }) => {
      if (poll === undefined || run.handle === undefined) return undefined;
      return poll(run.handle, options);
    });
    if (!called.ok && run.cancel !== undefined) return await cancelAtPlatform(dependencies, place, run, options);
    if (!called.ok) return await badLook(dependencies, place, run, called, options);
    if (called.value === undefined) return await end(dependencies, place, run, { status: 'HANDED_OFF' });
    const saw = called.value;
    // A job that was faster than the request to cancel it has its result.
    if (run.cancel !== undefined && saw.kind !== 'ended')
      return await cancelAtPlatform(dependencies, place, run, options);
    return await seen(dependencies, place, run, saw, called, options);
  } catch (error) {
    if (!(error instanceof SecretUnavailableError)) throw error;
    return withoutSecret(dependencies, place, run, error, options);
  }
}

async function answer(dependencies: Dependencies, place: Place, run: Run, options: TaskOptions): Promise<MachineState> {
  try {
    return await giveAnswer(dependencies, place, run, options);
  } catch (error) {
    if (!(error instanceof SecretUnavailableError)) throw error;
    return withoutSecret(dependencies, place, run, error, options);
  }
}

async function seen(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  saw: Look,
  platform: Platform,
  options: TaskOptions,
): Promise<MachineState> {
  const { scrubber, session } = platform;
  const now = dependencies.clock.now();
  const isPastDeadline = now >= limitOf(run);
  const looked: Run = { ...run, looks: run.looks + 1 };
  if (saw.kind === 'ended') {
    const { progress: _, ...rest } = looked;
    const progress = progressOf(scrubber, saw.progress);
    const verdict = verdictOf(scrubber, saw.verdict);
    // Most likely we stopped it, in a try whose record was lost; that it has stopped is confirmed either way.
    const cancel =
      verdict.status === 'CANCELED' && run.cancel ? ({ ...run.cancel, remote: 'confirmed' } as const) : run.cancel;
    const ended: Run = { ...rest, ...(progress && { progress }), ...(cancel && { cancel }) };
    // Stopped past its deadline, most likely by us in a try whose record was lost. Nobody is stopped for not answering.
    const isOurs = run.cancel === undefined && run.inputDeadline === undefined;
    if (isPastDeadline && isOurs && verdict.status === 'CANCELED')
      return timeOut(dependencies, place, ended, verdict.remoteStatus, options);
    return conclude(dependencies, place, ended, verdict, session.fetchOutput !== undefined);
  }
  const waitingFor = waitingOf(saw, platform);
  const isAsking = waitingFor?.kind === 'input';
  const asks = isAsking && isNewQuestion(run, waitingFor);
  // Somebody has just answered, or is asked something new: that has its own time.
  if (isPastDeadline && (run.inputDeadline === undefined || (isAsking && !asks)))
    return timeOut(dependencies, place, looked, saw.remoteStatus, options);
  const waiting = isAsking
    ? beginWaiting(run, waitingFor, now, placeOf(dependencies, run)?.flow.inputDeadline)
    : { ...endWaiting(run, now), waitingFor };
  const { waitedMs = run.waitedMs ?? 0 } = waiting;
  const moment = momentOf({ ...run, waitedMs }, now, saw.hints?.retryAfterMs, limitAfter(run, waiting));
  const waitMs = isAsking ? nextWaitingLookMs(moment, (waiting.waitingLooks ?? 1) - 1) : nextLookMs(moment);
  const status = saw.kind === 'waiting' ? 'WAITING_FOR_INPUT' : saw.status;
  const remoteStatus = word(scrubber, saw.remoteStatus);
  const patch: Patch = {
    ...waiting,
    status: statusAfter(run.status, status),
    remoteStatus,
    looks: looked.looks,
    progress: progressOf(scrubber, saw.progress) ?? run.progress,
    nextLookAt: isoTime(now + waitMs),
    troubles: undefined,
    authTroubleSince: undefined,
    missing: undefined,
    ...(saw.browserUrl === undefined ? {} : { browserUrl: scrubber.text(saw.browserUrl) }),
  };
  const unknown = saw.kind === 'going' && saw.unknownWord === true ? ', a word it does not document' : '';
  const message = asks
    ? `It waits for a person to answer ("${remoteStatus}").`
    : `The platform says "${remoteStatus}"${unknown}.`;
  const saved = await update(dependencies, run, patch, { type: asks ? 'waiting' : 'look', message });
  return lookAfter(place, saved, waitMs, message);
}

/** The limit that holds from now on. */
function limitAfter(run: Run, { deadline = run.deadline, inputDeadline }: Patch): number {
  return limitOf({ deadline, ...(inputDeadline === undefined ? {} : { inputDeadline }) });
}

/** A platform that puts a running job back in its queue does not move ours back; waiting is over all the same. */
function statusAfter(from: Status, seenNow: RemoteStatus): Status {
  if (canMove(from, seenNow)) return seenNow;
  return from === 'WAITING_FOR_INPUT' || from === 'WAITING_FOR_EVENT' ? 'RUNNING' : from;
}

function waitingOf(saw: Look, { scrubber, session }: Platform): WaitingFor | undefined {
  if (saw.kind === 'waiting')
    return { ...waitingForOf(scrubber, saw.url, saw.form), answerable: session.answer !== undefined };
  return saw.kind === 'going' && saw.status === 'WAITING_FOR_EVENT' ? ({ kind: 'event' } as const) : undefined;
}

async function badLook(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  { error, scrubber }: Platform & { readonly error: unknown },
  options: TaskOptions,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  const message = describe(scrubber, error);
  const refused = mayBeRefusedKey(error);
  const missing = error instanceof RemoteNotFoundError ? countMissing(run, now) : undefined;
  if (missing !== undefined && missing.count >= MISSING_TIMES && now - Date.parse(missing.since) >= MISSING_MS) {
    const text = `The platform has not known ${run.remoteId ?? 'the run'} for ${missing.count} looks. ${message}`;
    return fallOut(dependencies, place, run, 'REMOTE_LOST', text);
  }
  const authTroubleSince = refused ? (run.authTroubleSince ?? isoTime(now)) : undefined;
  if (authTroubleSince !== undefined && now - Date.parse(authTroubleSince) >= graceOf(dependencies, run)) {
    const text = `${refusalOf(error)} since ${authTroubleSince}; the job may still be running there. ${message}`;
    return fallOut(dependencies, place, run, 'AUTH_FAILED', text);
  }
  const retryAfterMs = hintOf(error);
  return lookLater(dependencies, place, run, { message, retryAfterMs, patch: { authTroubleSince, missing } }, options);
}

/** No more certain than the platform's answer: some give a wrong key and a missing run, or any fault, the same. */
function refusalOf(error: unknown): string {
  const isOpen = error instanceof ProviderUnauthorizedError && !error.disguised;
  if (isOpen) return 'The platform has refused our key';
  return 'The platform has answered as it does to a wrong key (or when the run is gone, or it is broken): check the key first. So';
}

async function withoutSecret(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  error: SecretUnavailableError,
  options: TaskOptions,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  const message = describe(createScrubber([]), error);
  const authTroubleSince = run.authTroubleSince ?? isoTime(now);
  if (now - Date.parse(authTroubleSince) >= graceOf(dependencies, run))
    return fallOut(dependencies, place, run, 'SECRET_UNAVAILABLE', `${message} The job may still be running.`);
  return lookLater(dependencies, place, run, { message, patch: { authTroubleSince } }, options);
}

interface Later {
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  readonly patch: Patch;
}

/** We could not find out: only the deadline ends the waiting. */
async function lookLater(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  { message, retryAfterMs, patch }: Later,
  options: TaskOptions,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  const looked: Run = { ...run, looks: run.looks + 1 };
  if (now >= limitOf(run)) return timeOut(dependencies, place, looked, undefined, options, message);
  const troubles = (run.troubles ?? 0) + 1;
  const waitMs = nextTryMs(momentOf(run, now, retryAfterMs), troubles);
  const saved = await update(
    dependencies,
    looked,
    { ...patch, troubles, nextLookAt: isoTime(now + waitMs) },
    { type: 'trouble', message: `A look told us nothing; the run goes on. ${message}` },
  );
  dependencies.log.warn('bad look', { runId: run.id, provider: run.provider, troubles });
  return lookAfter(place, saved, waitMs, `bad look ${troubles} in a row: ${message}`);
}

function momentOf(run: Run, now: number, retryAfterMs: number | undefined, limitMs = limitOf(run)): LookMoment {
  const elapsedMs = now - Date.parse(run.attemptStartedAt ?? run.startedAt ?? run.createdAt) - (run.waitedMs ?? 0);
  return {
    // Clocks differ from machine to machine, and are put back.
    elapsedMs: Math.max(0, elapsedMs),
    seed: run.id,
    retryAfterMs,
    remainingMs: Math.max(0, limitMs - now),
  };
}

function countMissing(run: Run, now: number) {
  return { since: run.missing?.since ?? isoTime(now), count: (run.missing?.count ?? 0) + 1 };
}

function graceOf(dependencies: Dependencies, run: Run): number {
  return authGraceOf(placeOf(dependencies, run)?.connection);
}
