/**
 * The first task: begins a run at its platform, at most once per attempt. An intent is written before the one call;
 * whoever enters and finds an intent never calls, but waits for the fence and then reconciles.
 */
import { LIST_LAG_SECONDS, LONG_START_CALL_SECONDS, START_CALL_SECONDS } from '../contract.ts';
import { limitCall, lookAtClock } from '../domain/call-limit.ts';
import { RequestNotSentError, SecretUnavailableError } from '../domain/errors.ts';
import type { ExecutionInput, MachineState } from '../domain/machine-state.ts';
import { isoTime } from '../domain/record.ts';
import { createScrubber } from '../domain/redact.ts';
import type { Run } from '../domain/run.ts';
import type { StartRequest } from '../providers/provider.ts';
import { end, endInDoubt, fallOut } from './conclude.ts';
import { configDigestOf } from './config-digest.ts';
import { planFor } from './flow-learning.ts';
import { heldBack, NOT_HELD, refusedSince } from './held-back.ts';
import { enterInFlight, leaveInFlight } from './in-flight.ts';
import { fetchNext, lookAfter, type Place, startAfter } from './machine.ts';
import { noteCall } from './note-call.ts';
import { passageTo, turnsOf } from './passage.ts';
import { hasMoved, placeOf } from './place-of.ts';
import { callPlatform } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { reconcile } from './reconcile.ts';
import { recordStart } from './record-start.ts';
import { startLater, startLimitOf } from './start-later.ts';
import { startRequestOf } from './start-request.ts';
import { enter, type TaskOptions } from './task.ts';
import { update } from './update.ts';
import { describe } from './words.ts';

const CHANGED =
  'The flow or its connection was changed in the configuration since, so another call might start another job. Look for it where they led before.';

export async function startRun(
  dependencies: Dependencies,
  input: ExecutionInput & { readonly lap?: number },
  options: TaskOptions,
): Promise<MachineState> {
  const place: Place = { runId: input.runId, generation: input.generation, lap: input.lap ?? 0 };
  const entered = await enter(dependencies, place);
  if ('done' in entered) return entered.done;
  const { run } = entered;
  if (run.status === 'FETCHING_OUTPUT') return fetchNext(place, run, 'has ended; its output is still to be fetched');
  if (run.status === 'STARTING') return reconcile(dependencies, place, run, options);
  if (run.status === 'ACCEPTED' || run.status === 'COOLING_OFF') return begin(dependencies, place, run, options);
  const waitMs = Math.max(0, Date.parse(run.nextLookAt ?? run.updatedAt) - dependencies.clock.now());
  return lookAfter(place, run, waitMs, 'is started already');
}

async function begin(dependencies: Dependencies, place: Place, run: Run, options: TaskOptions): Promise<MachineState> {
  const now = dependencies.clock.now();
  if (run.cancel !== undefined) return canceledBeforeStart(dependencies, place, run);
  if (now >= startLimitOf(run)) return tooLate(dependencies, place, run);
  const dueMs = run.nextLookAt === undefined ? 0 : Date.parse(run.nextLookAt) - now;
  if (dueMs > 0) return startAfter(place, run, dueMs, 'waits before it is tried again');
  if (isChanged(dependencies, run)) return endInDoubt(dependencies, place, run, CHANGED);
  if (placeOf(dependencies, run) === undefined) {
    const message = `The flow "${run.flowId}" is no longer in the configuration; nothing was started.`;
    return fallOut(dependencies, place, run, 'ORCHESTRATOR_FAULT', message);
  }
  const entry = await enterInFlight(dependencies, place, await withItsFlow(dependencies, run));
  if ('parked' in entry) return entry.parked;
  const passage = await passageTo(dependencies, entry.run, 'start', options);
  if (!passage.ok) return heldBack(dependencies, place, entry.run, passage, startLimitOf(run), startAfter);
  if (dependencies.clock.now() >= startLimitOf(run)) return tooLate(dependencies, place, entry.run);
  let written = entry.run;
  try {
    const request = await startRequestOf(dependencies, entry.run);
    return await call(dependencies, place, entry.run, request, options, (starting) => {
      written = starting;
    });
  } catch (error) {
    if (error instanceof SecretUnavailableError) return withoutSecret(dependencies, place, written, error);
    throw error;
  }
}

/** What is not started goes where its flow leads now; what may be, stays where it may be running. */
async function withItsFlow(dependencies: Dependencies, run: Run): Promise<Run> {
  if (!hasMoved(dependencies, run)) return run;
  await leaveInFlight(dependencies, run);
  const { connections, flows } = dependencies.config;
  const connection = flows[run.flowId]?.connection ?? run.connection;
  const provider = connections[connection]?.provider ?? run.provider;
  // What the other connection has done to it is not held against this one.
  const left = { hasSlot: undefined, queuedAt: undefined, turnAt: undefined, heldBack: undefined } as const;
  const patch = { connection, provider, ...left, authTroubleSince: undefined, troubles: undefined };
  // Before it stands in line there: who gives slots goes by the record.
  const message = `Its flow leads to the connection "${connection}" by now, and so does its start.`;
  return update(dependencies, run, patch, { type: 'decision', message });
}

/** By a changed configuration another call may start another job. */
function isChanged(dependencies: Dependencies, run: Run): boolean {
  const digest = run.maybeStarted?.configDigest;
  return digest !== undefined && digest !== configDigestOf(dependencies, run);
}

async function call(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  request: StartRequest,
  { signal }: TaskOptions,
  intended: (starting: Run) => void,
): Promise<MachineState> {
  const { connections, clock, ids } = dependencies;
  const opened = await connections.open(run, 'cached');
  const neededMs = opened.session.startTimeoutMs ?? START_CALL_SECONDS * 1_000;
  if (neededMs > LONG_START_CALL_SECONDS * 1_000) {
    const message = `The platform would answer only after up to ${Math.ceil(neededMs / 1_000)} s, and a call may last ${LONG_START_CALL_SECONDS} s. Shorten the platform's time-out or use its asynchronous mode.`;
    return fallOut(dependencies, place, run, 'INPUT_REJECTED', message);
  }
  // Before the call, so that nothing stands between its answer and the record.
  const learnt = await planFor(dependencies, run);
  const given = { turn: await turnsOf(dependencies, run, true) };
  // Armed before the intent: whatever happens between here and the wire, nothing leaves after the limit.
  const at = clock.now();
  const limit = limitCall(signal, clock.now, at + neededMs);
  const fenceUntil = isoTime(at + neededMs + LIST_LAG_SECONDS * 1_000);
  const configDigest = configDigestOf(dependencies, run);
  // By it the start is looked for, sent again or adopted, whatever the flow says by then.
  const target = placeOf(dependencies, run)?.target;
  const intent = { owner: ids.nonce(), at: isoTime(at), fenceUntil, ...(configDigest && { configDigest }) };
  // A refusal that this call meets began when the run was kept back for it.
  const kept = run.heldBack?.why === 'refused' ? { authTroubleSince: refusedSince(run, at) } : {};
  const message = `Attempt ${run.attempt} of ${run.maxAttempts}: calling the platform.`;
  const starting = await update(
    dependencies,
    run,
    { status: 'STARTING', intent, target, nextLookAt: undefined, ...NOT_HELD, ...kept, ...learnt },
    { type: 'intent', message, data: { correlation: request.correlation, ...(run.hasSlot && { slot: true }) } },
  );
  intended(starting);
  const called = await callPlatform(dependencies, starting, { kind: 'start', opened, given }, async ({ start }) => {
    lookAtClock(limit);
    if (limit.aborted)
      throw new RequestNotSentError('The time for the call was over before it began.', { byChoice: true });
    return start(request, { signal: limit });
  });
  const state = await recordStart(dependencies, place, starting, request, called, { signal });
  await noteCall(dependencies, starting, called, 'start');
  return state;
}

async function canceledBeforeStart(dependencies: Dependencies, place: Place, run: Run): Promise<MachineState> {
  if (run.maybeStarted !== undefined)
    return endInDoubt(dependencies, place, run, 'Cancellation was asked for, so it is not sent again.');
  const error = { code: 'CANCELED', message: 'Canceled before anything was started.' };
  return end(dependencies, place, run, { status: 'CANCELED', error });
}

async function tooLate(dependencies: Dependencies, place: Place, run: Run): Promise<MachineState> {
  if (run.maybeStarted !== undefined) {
    const message = `It is not sent again after ${isoTime(startLimitOf(run))}.`;
    return endInDoubt(dependencies, place, run, message);
  }
  if (run.authTroubleSince !== undefined || run.heldBack?.why === 'refused') {
    const message = 'The platform refused our key until it was too late to start; nothing was started.';
    return fallOut(dependencies, place, run, 'AUTH_FAILED', message);
  }
  const first = run.startedAt === undefined;
  const trouble = run.events.findLast(({ type }) => type === 'not-started' || type === 'held')?.message;
  const why = trouble === undefined ? '' : ` Last trouble: ${trouble}`;
  const message = first
    ? `Not started by ${run.startBy}, and stale work is not started. Nothing was started.${why}`
    : `The deadline ${run.deadline} passed before attempt ${run.attempt} could begin.${why}`;
  return end(dependencies, place, run, {
    status: 'TIMED_OUT',
    error: { code: first ? 'START_BY' : 'DEADLINE', message },
  });
}

/** Nothing was sent. A secret that is wrong as it is waits for a human, one out of reach for better times. */
async function withoutSecret(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  error: SecretUnavailableError,
): Promise<MachineState> {
  const message = describe(createScrubber([]), error);
  if (error.problem === 'unavailable') return startLater(dependencies, place, run, message, {});
  return fallOut(dependencies, place, run, 'SECRET_UNAVAILABLE', `${message} Nothing was started.`);
}
