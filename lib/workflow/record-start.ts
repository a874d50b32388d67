/** Writes down what is known after the one start call, by what is proven and not by what went wrong. */
import {
  HandlerTimeoutError,
  InvalidInputError,
  ProviderRefusedError,
  ProviderThrottledError,
  ProviderUnauthorizedError,
  ReplyLostError,
  RequestNotSentError,
  StaleRunError,
  StoreUnavailableError,
} from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { isoTime } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import type { Started, StartRequest } from '../providers/provider.ts';
import { conclude, end, endWithoutOutput, fallOut, hasSucceeded, lacksOutput } from './conclude.ts';
import { remember } from './flow-learning.ts';
import { keepLateStart } from './late-start.ts';
import { expectedEndOf, nextLookData, nextLookPatch } from './look-moment.ts';
import { lookAfter, type Place } from './machine.ts';
import { noteRemote } from './note-remote.ts';
import { placeOf } from './place-of.ts';
import { type Called, hintOf, mayBeRefusedKey, type Platform } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { inDoubt } from './reconcile.ts';
import { authGraceOf } from './settings.ts';
import { firstLook, startLater } from './start-later.ts';
import { type StoredOutput, storeOutput } from './store-output.ts';
import type { TaskOptions } from './task.ts';
import { keepable, TELLING } from './telling-id.ts';
import { update } from './update.ts';
import { describe, progressOf, verdictOf, word } from './words.ts';

/** A server that cannot prove who it is will not do so the next time. */
const MAX_UNTRUSTED = 3;
/** What the platform said is said once: a table that is away for a moment must not cost it. */
const SAVE_AGAIN_MS = 2_000;

type AcceptedStart = Extract<Started, { kind: 'accepted' }>;
type EndedStart = Extract<Started, { kind: 'ended' }>;

/** Survives a table that does not answer for a while, and writers that touch the record meanwhile. */
export async function recordStart(
  dependencies: Dependencies,
  place: Place,
  starting: Run,
  request: StartRequest,
  called: Called<Started>,
  { signal }: TaskOptions,
): Promise<MachineState> {
  const record = await recorderOf(dependencies, place, starting, request, called, signal);
  for (let run = starting; ; ) {
    try {
      return await record(run);
    } catch (error) {
      const isOurs = error instanceof StaleRunError || error instanceof StoreUnavailableError;
      if (!isOurs || signal.aborted) throw error;
      if (error instanceof StoreUnavailableError) await dependencies.clock.sleep(SAVE_AGAIN_MS, signal);
      run = await stillOurs(dependencies, starting, called, error);
    }
  }
}

/** What is to be written, with everything done already that must be done only once. */
async function recorderOf(
  dependencies: Dependencies,
  place: Place,
  starting: Run,
  request: StartRequest,
  called: Called<Started>,
  signal: AbortSignal,
): Promise<(run: Run) => Promise<MachineState>> {
  if (!called.ok) return (run) => failed(dependencies, place, run, request, called);
  const started = keepable(called.value, called.scrubber);
  if (started === undefined) return (run) => failed(dependencies, place, run, request, { ...called, error: TELLING });
  if (started.kind === 'accepted') return (run) => accepted(dependencies, place, run, started, called);
  const stored = await keepOutput(dependencies, starting, started, called, signal);
  return (run) => endedAtOnce(dependencies, place, run, started, called, stored);
}

/** The record as it is now, if the start in it is still this one. */
async function stillOurs(
  dependencies: Dependencies,
  starting: Run,
  called: Called<Started>,
  error: Error,
): Promise<Run> {
  const fresh = await dependencies.store.get(starting.id).catch(() => undefined);
  // Not readable either: try with what we have; the version in it is the guard.
  if (fresh === undefined) return starting;
  if (fresh.status === 'STARTING' && fresh.intent?.owner === starting.intent?.owner) return fresh;
  const started = called.ok ? keepable(called.value, called.scrubber) : undefined;
  if (started !== undefined) await keepLateStart(dependencies, starting, started, called.scrubber);
  throw error;
}

async function accepted(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  started: AcceptedStart,
  { scrubber, session }: Platform,
): Promise<MachineState> {
  const { clock, log, store } = dependencies;
  const { remoteId } = started;
  // Nobody else may take this one for their own lost start: no person, and where starts are looked up, no look. Without
  // a look the answer is proof enough, because not every platform gives an id only once.
  const isClaimed = await store.claimRemote({ connection: run.connection, remoteId }, run.id);
  if (!isClaimed && session.find !== undefined) {
    const message = `The platform accepted it as ${remoteId}, which another run had taken for its own lost start.`;
    return fallOut(dependencies, place, { ...run, remoteId }, 'AMBIGUOUS_START', message);
  }
  const now = clock.now();
  // Canceled while the call was under way: nothing is worth waiting for.
  const next = run.cancel === undefined ? firstLook(dependencies, run, now, started.retryAfterMs) : undefined;
  const expectedEndAt = expectedEndOf({ ...run, attemptStartedAt: isoTime(now) }, now);
  const progress = progressOf(scrubber, started.progress);
  const patch = {
    status: started.status,
    handle: started.handle,
    remoteId,
    startedAt: run.startedAt ?? isoTime(now),
    attemptStartedAt: isoTime(now),
    ...(next === undefined ? { nextLookAt: isoTime(now) } : nextLookPatch(now, next)),
    expectedEndAt: expectedEndAt === undefined ? undefined : isoTime(expectedEndAt),
    intent: undefined,
    maybeStarted: undefined,
    troubles: undefined,
    authTroubleSince: undefined,
    ...(progress === undefined ? {} : { progress }),
    ...(started.remoteStatus === undefined ? {} : { remoteStatus: word(scrubber, started.remoteStatus) }),
    ...(started.browserUrl === undefined ? {} : { browserUrl: scrubber.text(started.browserUrl) }),
  } as const;
  const message = `The platform accepted it as ${remoteId}.`;
  const event = { type: 'started', message, ...(next && { data: nextLookData(next) }) } as const;
  const running = await update(dependencies, run, patch, event);
  log.info('run started', { runId: run.id, provider: run.provider, flow: run.flowId, attempt: run.attempt });
  // Accepted, and the platform offers no way to learn more: an honest end.
  if (session.poll === undefined) return end(dependencies, place, running, { status: 'HANDED_OFF' });
  return lookAfter(place, running, next?.waitMs ?? 0, 'started; first look follows');
}

async function keepOutput(
  dependencies: Dependencies,
  run: Run,
  { verdict, output }: EndedStart,
  { scrubber, outputScrubber }: Platform,
  signal: AbortSignal,
): Promise<StoredOutput | undefined> {
  if (output === undefined) return undefined;
  try {
    return await storeOutput(dependencies, run, output, outputScrubber, signal);
  } catch (error) {
    // The platform gives it only once; what is known of the job is written all the same.
    const message = `It ended ${verdict.status}, but its output could not be kept and the platform gives it only once. ${describe(scrubber, error)}`;
    return { kind: 'impossible', reason: 'OUTPUT_MISSING', message };
  }
}

async function endedAtOnce(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  { verdict: given, remoteId, retryAfterMs, output }: EndedStart,
  { scrubber }: Platform,
  stored: StoredOutput | undefined,
): Promise<MachineState> {
  const verdict = verdictOf(scrubber, given);
  const startedAt = run.startedAt ?? run.intent?.at ?? isoTime(dependencies.clock.now());
  const { maybeStarted: _, ...answered } = run;
  const marked: Run = { ...answered, startedAt, ...(remoteId === undefined ? {} : { remoteId }) };
  const concluded = () => {
    // It is given with the end or never.
    if (hasSucceeded(verdict) && lacksOutput(dependencies, run, output))
      return endWithoutOutput(dependencies, place, marked, verdict, 'It ended within its start call and gave none.');
    if (stored === undefined) return conclude(dependencies, place, marked, verdict, false, retryAfterMs);
    if (stored.kind === 'impossible') return fallOut(dependencies, place, marked, stored.reason, stored.message);
    return end(dependencies, place, marked, verdict, { output: stored.output });
  };
  const state = await concluded();
  if (remoteId !== undefined) await noteRemote(dependencies, run, remoteId);
  await remember(dependencies, { ...run, attemptStartedAt: run.intent?.at ?? startedAt });
  return state;
}

async function failed(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  request: StartRequest,
  { error, session, scrubber }: Platform & { readonly error: unknown },
): Promise<MachineState> {
  const message = describe(scrubber, error);
  if (error instanceof ProviderRefusedError || error instanceof InvalidInputError) {
    const why = error instanceof InvalidInputError ? scrubber.text(error.message) : message;
    return fallOut(dependencies, place, run, 'INPUT_REJECTED', `The platform took nothing. ${why}`);
  }
  if (error instanceof ProviderUnauthorizedError) return refusedKey(dependencies, place, run, message);
  if (error instanceof ProviderThrottledError) {
    const text = `Told to come back later; nothing was started. ${message}`;
    return startLater(dependencies, place, run, text, { retryAfterMs: error.retryAfterMs });
  }
  if (error instanceof RequestNotSentError) {
    // An operator may vouch that some replies mean the same as none sent.
    const nothing = error.status === undefined ? 'Nothing was sent' : 'Nothing was accepted';
    if (error.untrustedServer && (run.troubles ?? 0) + 1 >= MAX_UNTRUSTED) {
      const text = `${nothing}: the server could not prove who it is. ${message}`;
      return fallOut(dependencies, place, run, 'ORCHESTRATOR_FAULT', text);
    }
    return startLater(dependencies, place, run, `${nothing}. ${message}`, { retryAfterMs: error.retryAfterMs });
  }
  if (error instanceof ReplyLostError && error.repeatable) {
    const text = `The answer was lost; the platform takes this start twice without harm, so it is sent again. ${message}`;
    return startLater(dependencies, place, run, text, { retryAfterMs: error.retryAfterMs, maybeStarted: true });
  }
  const why = error instanceof HandlerTimeoutError ? 'Our time ran out before the answer came.' : message;
  const hint = mayBeRefusedKey(error) ? ' This platform answers so to a wrong key, too: check it.' : '';
  const canFind = session.find !== undefined;
  return inDoubt(dependencies, place, run, request.correlation, canFind, `${why}${hint}`, hintOf(error));
}

async function refusedKey(dependencies: Dependencies, place: Place, run: Run, message: string): Promise<MachineState> {
  const now = dependencies.clock.now();
  const since = Date.parse(run.authTroubleSince ?? isoTime(now));
  if (now - since >= authGraceOf(placeOf(dependencies, run)?.connection)) {
    const text = `The platform keeps refusing our key; nothing was started. ${message}`;
    return fallOut(dependencies, place, run, 'AUTH_FAILED', text);
  }
  const text = `The platform refused our key; nothing was started. ${message}`;
  return startLater(dependencies, place, run, text, { refusedKey: true });
}
