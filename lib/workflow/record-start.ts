/** Writes down what is known after the one start call, by what is proven and not by what went wrong. */
import { LIST_LAG_SECONDS } from '../contract.ts';
import {
  HandlerTimeoutError,
  InvalidInputError,
  ProviderRefusedError,
  ProviderThrottledError,
  ProviderUnauthorizedError,
  RequestNotSentError,
  StaleRunError,
  StoreUnavailableError,
} from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { isoTime } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import type { Started, StartRequest } from '../providers/provider.ts';
import { conclude, end, fallOut, startEvidence } from './conclude.ts';
import { lookAfter, type Place, startAfter } from './machine.ts';
import { type Called, mayBeRefusedKey, type Platform, placeOf } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { authGraceOf } from './settings.ts';
import { firstLookMs, startLater, type TaskOptions } from './start-run.ts';
import { storeOutput } from './store-output.ts';
import { update } from './update.ts';
import { describe, progressOf, verdictOf, word } from './words.ts';

/** A server that cannot prove who it is will not do so the next time. */
const MAX_UNTRUSTED = 3;

export async function recordStart(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  request: StartRequest,
  called: Called<Started>,
  options: TaskOptions,
): Promise<MachineState> {
  if (!called.ok) return failed(dependencies, place, run, request, called);
  if (called.value.kind === 'ended') return endedAtOnce(dependencies, place, run, called.value, called, options);
  return accepted(dependencies, place, run, called.value, called);
}

type AcceptedStart = Extract<Started, { kind: 'accepted' }>;
type EndedStart = Extract<Started, { kind: 'ended' }>;

async function accepted(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  started: AcceptedStart,
  { scrubber, session }: Platform,
): Promise<MachineState> {
  const { clock, log } = dependencies;
  const now = clock.now();
  const waitMs = firstLookMs(run, now);
  const progress = progressOf(scrubber, started.progress);
  const patch = {
    status: started.status,
    handle: started.handle,
    remoteId: started.remoteId,
    startedAt: run.startedAt ?? isoTime(now),
    nextLookAt: isoTime(now + waitMs),
    intent: undefined,
    troubles: undefined,
    authTroubleSince: undefined,
    ...(progress === undefined ? {} : { progress }),
    ...(started.remoteStatus === undefined ? {} : { remoteStatus: word(scrubber, started.remoteStatus) }),
    ...(started.browserUrl === undefined ? {} : { browserUrl: scrubber.text(started.browserUrl) }),
  } as const;
  const event = { type: 'started', message: `The platform accepted it as ${started.remoteId}.` } as const;
  // Where lost starts are looked up, nobody else's look may find this one and take it for its own.
  const remote = { connection: run.connection, remoteId: started.remoteId };
  if (session.find !== undefined) await dependencies.store.claimRemote(remote, run.id);
  const running = await saveAccepted(dependencies, run, patch, event, started.remoteId);
  log.info('run started', { runId: run.id, provider: run.provider, flow: run.flowId, attempt: run.attempt });
  if (session.poll === undefined) {
    // Accepted, and the platform offers no way to learn more: an honest end.
    return end(dependencies, place, running, { status: 'HANDED_OFF' });
  }
  return lookAfter(place, running, waitMs, 'started; first look follows');
}

/** A lost race must not lose the remote id: the run carries on with it, or keeps it for a human to see. */
async function saveAccepted(
  dependencies: Dependencies,
  run: Run,
  patch: Parameters<typeof update>[2],
  event: Parameters<typeof update>[3],
  remoteId: string,
): Promise<Run> {
  try {
    return await update(dependencies, run, patch, event);
  } catch (error) {
    if (!(error instanceof StaleRunError)) throw error;
    const fresh = await dependencies.store.get(run.id);
    if (fresh === undefined) throw error;
    // Only a flag was set meanwhile (a cancel request): it is still our start.
    if (fresh.status === 'STARTING' && fresh.intent?.owner === run.intent?.owner)
      return update(dependencies, fresh, patch, event);
    const orphans = [...(fresh.orphans ?? []), remoteId];
    await update(
      dependencies,
      fresh,
      { orphans },
      { type: 'started', message: `The platform's answer came too late: it had accepted ${remoteId}.` },
    );
    throw error;
  }
}

async function endedAtOnce(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  started: EndedStart,
  platform: Platform,
  options: TaskOptions,
): Promise<MachineState> {
  const verdict = verdictOf(platform.scrubber, started.verdict);
  const { remoteId, output } = started;
  const now = dependencies.clock.now();
  const patch = {
    startedAt: run.startedAt ?? run.intent?.at ?? isoTime(now),
    ...(remoteId === undefined ? {} : { remoteId }),
  };
  const marked = { ...run, ...patch };
  if (output === undefined) return conclude(dependencies, place, marked, verdict, false);
  try {
    const stored = await storeOutput(dependencies, marked, output, platform.scrubber, options.signal);
    return stored.kind === 'stored'
      ? await end(dependencies, place, marked, verdict, stored.output)
      : await fallOut(dependencies, place, marked, stored.reason, stored.message);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    // Entering the start again would find an intent and no answer; what is known now must be written now.
    const message = `It ended ${verdict.status}, but its output could not be kept and the platform gives it only once. ${error.message}`;
    return fallOut(dependencies, place, marked, 'OUTPUT_MISSING', message);
  }
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
  if (error instanceof ProviderThrottledError)
    return startLater(dependencies, place, run, `Told to come back later; nothing was started. ${message}`, {
      retryAfterMs: error.retryAfterMs,
    });
  if (error instanceof RequestNotSentError) {
    if (error.untrustedServer && (run.troubles ?? 0) + 1 >= MAX_UNTRUSTED)
      return fallOut(
        dependencies,
        place,
        run,
        'ORCHESTRATOR_FAULT',
        `Nothing was sent: the server could not prove who it is. ${message}`,
      );
    return startLater(dependencies, place, run, `Nothing was sent. ${message}`, {});
  }
  const why = error instanceof HandlerTimeoutError ? 'Our time ran out before the answer came.' : message;
  return inDoubt(dependencies, place, run, request, session.find !== undefined, why, mayBeRefusedKey(error));
}

async function refusedKey(dependencies: Dependencies, place: Place, run: Run, message: string): Promise<MachineState> {
  const now = dependencies.clock.now();
  const since = Date.parse(run.authTroubleSince ?? isoTime(now));
  const place_ = placeOf(dependencies, run);
  if (now - since >= authGraceOf(place_?.connection))
    return fallOut(
      dependencies,
      place,
      run,
      'AUTH_FAILED',
      `The platform keeps refusing our key; nothing was started. ${message}`,
    );
  return startLater(dependencies, place, run, `The platform refused our key; nothing was started. ${message}`, {
    refusedKey: true,
  });
}

/** Perhaps accepted: never sent again. Where the platform can list its runs we look there once the fence has passed. */
async function inDoubt(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  request: StartRequest,
  canFind: boolean,
  message: string,
  suspectKey: boolean,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  if (!canFind || run.intent === undefined) {
    const hint = suspectKey ? ' This platform answers so to a wrong key, too: check it.' : '';
    const text = `The answer to the start was lost and this platform cannot list its runs: it may or may not be running. ${message}${hint}`;
    const evidence = startEvidence(run, request.correlation, now, message);
    return fallOut(dependencies, place, run, 'AMBIGUOUS_START', text, evidence);
  }
  // Our own call is over, so only the platform's list lag is left to wait for.
  const waitMs = LIST_LAG_SECONDS * 1_000;
  const intent = { ...run.intent, fenceUntil: isoTime(now + waitMs) };
  const text = `The answer to the start was lost; looking for it at the platform in ${LIST_LAG_SECONDS} s. ${message}`;
  const waiting = await update(
    dependencies,
    run,
    { intent, nextLookAt: isoTime(now + waitMs) },
    { type: 'trouble', message: text },
  );
  return startAfter(place, waiting, waitMs, text);
}
