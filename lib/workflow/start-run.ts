/**
 * The first task: begins a run at its platform, at most once per attempt. An intent is written before the one call;
 * whoever enters and finds an intent never calls, but waits for the fence and then reconciles.
 */
import { LIST_LAG_SECONDS, LONG_START_CALL_SECONDS, START_CALL_SECONDS } from '../contract.ts';
import { RequestNotSentError, SecretUnavailableError } from '../domain/errors.ts';
import type { ExecutionInput, MachineState } from '../domain/machine-state.ts';
import { isoTime } from '../domain/record.ts';
import { createScrubber } from '../domain/redact.ts';
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import { nextLookMs, nextTryMs } from '../polling/next-look.ts';
import type { StartRequest } from '../providers/provider.ts';
import { end, fallOut } from './conclude.ts';
import { fetchNext, finished, lookAfter, type Place, startAfter } from './machine.ts';
import { callPlatform, placeOf } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { reconcile } from './reconcile.ts';
import { recordStart } from './record-start.ts';
import { startRequestOf } from './start-request.ts';
import { update } from './update.ts';
import { describe } from './words.ts';

export interface TaskOptions {
  /** Aborted with a HandlerTimeoutError shortly before Lambda's own limit. */
  readonly signal: AbortSignal;
}

export async function startRun(
  dependencies: Dependencies,
  input: ExecutionInput & { readonly lap?: number },
  { signal }: TaskOptions,
): Promise<MachineState> {
  const place: Place = { runId: input.runId, generation: input.generation, lap: input.lap ?? 0 };
  const run = await dependencies.store.get(input.runId);
  if (run === undefined) throw new Error(`There is no run ${input.runId}.`);
  if (isTerminal(run.status)) return finished(place, run);
  if (run.status === 'FETCHING_OUTPUT') return fetchNext(place, run, 'has ended; its output is still to be fetched');
  if (run.status === 'STARTING') return reconcile(dependencies, place, run, { signal });
  if (run.status === 'ACCEPTED' || run.status === 'COOLING_OFF') return begin(dependencies, place, run, { signal });
  const waitMs = Math.max(0, Date.parse(run.nextLookAt ?? run.updatedAt) - dependencies.clock.now());
  return lookAfter(place, run, waitMs, 'is started already');
}

async function begin(dependencies: Dependencies, place: Place, run: Run, options: TaskOptions): Promise<MachineState> {
  const now = dependencies.clock.now();
  if (run.cancel !== undefined) return canceledBeforeStart(dependencies, place, run);
  if (now >= startLimitOf(run)) return tooLate(dependencies, place, run);
  if (run.status === 'COOLING_OFF' && run.nextLookAt !== undefined && Date.parse(run.nextLookAt) > now)
    return startAfter(place, run, Date.parse(run.nextLookAt) - now, 'cools off before the next attempt');
  if (placeOf(dependencies, run) === undefined) {
    const message = `The flow "${run.flowId}" is no longer in the configuration; nothing was started.`;
    return fallOut(dependencies, place, run, 'ORCHESTRATOR_FAULT', message);
  }
  try {
    const request = await startRequestOf(dependencies, run);
    return await call(dependencies, place, run, request, options);
  } catch (error) {
    if (error instanceof SecretUnavailableError) return withoutSecret(dependencies, place, run, error);
    throw error;
  }
}

async function call(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  request: StartRequest,
  { signal }: TaskOptions,
): Promise<MachineState> {
  const { connections, clock, ids } = dependencies;
  const { session } = await connections.open(run.flowId, 'cached');
  const neededMs = session.startTimeoutMs ?? START_CALL_SECONDS * 1_000;
  if (neededMs > LONG_START_CALL_SECONDS * 1_000) {
    const message = `The platform would answer only after up to ${Math.ceil(neededMs / 1_000)} s, and a call may last ${LONG_START_CALL_SECONDS} s. Shorten the platform's time-out or use its asynchronous mode.`;
    return fallOut(dependencies, place, run, 'INPUT_REJECTED', message);
  }
  // Armed before the intent: whatever happens between here and the wire, nothing leaves after the limit.
  const limit = AbortSignal.any([signal, AbortSignal.timeout(neededMs)]);
  const owner = ids.nonce();
  const at = clock.now();
  const fenceUntil = isoTime(at + neededMs + LIST_LAG_SECONDS * 1_000);
  const intent = { owner, at: isoTime(at), fenceUntil };
  const starting = await update(
    dependencies,
    run,
    { status: 'STARTING', intent, nextLookAt: undefined },
    {
      type: 'intent',
      message: `Attempt ${run.attempt} of ${run.maxAttempts}: calling the platform.`,
      data: { correlation: request.correlation },
    },
  );
  const called = await callPlatform(dependencies, starting, 'start', (opened) => {
    if (limit.aborted) throw new RequestNotSentError('The time for the call was over before it began.');
    return opened.start(request, { signal: limit });
  });
  return recordStart(dependencies, place, starting, request, called, { signal });
}

async function canceledBeforeStart(dependencies: Dependencies, place: Place, run: Run): Promise<MachineState> {
  const error = { code: 'CANCELED', message: 'Canceled before anything was started.' };
  return end(dependencies, place, run, { status: 'CANCELED', error });
}

/** First attempts count from acceptance to `startBy`; later ones have the deadline. */
export function startLimitOf(run: Run): number {
  return Date.parse(run.startedAt === undefined ? run.startBy : run.deadline);
}

async function tooLate(dependencies: Dependencies, place: Place, run: Run): Promise<MachineState> {
  if (run.authTroubleSince !== undefined) {
    const message = 'The platform refused our key until it was too late to start; nothing was started.';
    return fallOut(dependencies, place, run, 'AUTH_FAILED', message);
  }
  const first = run.startedAt === undefined;
  const message = first
    ? `Not started by ${run.startBy}, and stale work is not started. Nothing was started.`
    : `The deadline ${run.deadline} passed before attempt ${run.attempt} could begin.`;
  return end(dependencies, place, run, {
    status: 'TIMED_OUT',
    error: { code: first ? 'START_BY' : 'DEADLINE', message },
  });
}

/** Nothing was sent. A secret that is absent or malformed waits for a human, one out of reach for better times. */
async function withoutSecret(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  error: SecretUnavailableError,
): Promise<MachineState> {
  const message = describe(createScrubber([]), error);
  if (error.problem === 'absent' || error.problem === 'malformed')
    return fallOut(dependencies, place, run, 'SECRET_UNAVAILABLE', `${message} Nothing was started.`);
  return startLater(dependencies, place, run, message, {});
}

/** Back to where a start may be tried again, with a growing pause and never past the limit. */
export async function startLater(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  message: string,
  { retryAfterMs, refusedKey = false }: { readonly retryAfterMs?: number | undefined; readonly refusedKey?: boolean },
): Promise<MachineState> {
  const now = dependencies.clock.now();
  const troubles = (run.troubles ?? 0) + 1;
  const remainingMs = Math.max(0, startLimitOf(run) - now);
  const waitMs = nextTryMs({ elapsedMs: 0, seed: run.id, retryAfterMs, remainingMs }, troubles);
  const status = run.attempt > 1 && run.status !== 'ACCEPTED' ? 'COOLING_OFF' : 'ACCEPTED';
  const later = await update(
    dependencies,
    run,
    {
      status,
      intent: undefined,
      troubles,
      nextLookAt: isoTime(now + waitMs),
      authTroubleSince: refusedKey ? (run.authTroubleSince ?? isoTime(now)) : undefined,
    },
    { type: 'not-started', message },
  );
  return startAfter(place, later, waitMs, message);
}

/** First look after a start. */
export function firstLookMs(run: Run, now: number): number {
  return nextLookMs({ elapsedMs: 0, seed: run.id, remainingMs: Math.max(0, Date.parse(run.deadline) - now) });
}
