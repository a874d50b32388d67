/**
 * Looks at a run: records what it saw and decides when to look again. A look that is due soon is waited for here, which
 * costs less than a lap of the machine. A bad look never fails a run.
 */
import { LOOK_HERE_SECONDS } from '../contract.ts';
import { SecretUnavailableError } from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import type { Run } from '../domain/run.ts';
import { badLook, withoutSecret } from './bad-look.ts';
import { end, fallOut } from './conclude.ts';
import { giveAnswer } from './give-answer.ts';
import { hadNoTurn, heldBack, withoutTurn } from './held-back.ts';
import { fetchNext, lookAfter, type Place, startAfter } from './machine.ts';
import { passageTo } from './passage.ts';
import { placeOf } from './place-of.ts';
import { callPlatform } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { seen } from './seen.ts';
import { cancelAtPlatform } from './stop-run.ts';
import { enter, type TaskOptions } from './task.ts';
import { isToBeAnswered, limitOf } from './waiting.ts';

/** What came of one look. */
interface Looked {
  readonly state: MachineState;
  /** How long the platform can hold the next one open. */
  readonly maxHoldMs?: number | undefined;
  /** How long it asks to be left alone before that. */
  readonly quietMs?: number | undefined;
}

interface LookOptions extends TaskOptions {
  readonly holdMs?: number;
}

export async function pollRun(dependencies: Dependencies, place: Place, options: TaskOptions): Promise<MachineState> {
  const { clock } = dependencies;
  const untilMs = clock.now() + LOOK_HERE_SECONDS.inAll * 1_000;
  let looked = await pollOnce(dependencies, place, options);
  for (let holds = true; ; ) {
    const { state, maxHoldMs = 0, quietMs = 0 } = looked;
    const waitMs = state.waitSeconds * 1_000;
    const isSoon = state.next === 'WAIT' && waitMs <= LOOK_HERE_SECONDS.gap * 1_000;
    if (!isSoon || clock.now() + waitMs > untilMs || options.signal.aborted) return state;
    // Held by the platform, the same wait ends with the job.
    const holdMs: number = holds ? Math.max(0, Math.min(maxHoldMs, waitMs - quietMs)) : 0;
    await clock.sleep(waitMs - holdMs, options.signal);
    if (options.signal.aborted) return state;
    const askedAt = clock.now();
    looked = await pollOnce(dependencies, place, { ...options, ...(holdMs > 0 ? { holdMs } : {}) });
    // One that answers at once all the same would be asked again at once.
    if (holdMs > 0) holds = clock.now() - askedAt >= holdMs / 2;
  }
}

async function pollOnce(dependencies: Dependencies, place: Place, options: LookOptions): Promise<Looked> {
  const entered = await enter(dependencies, place);
  if ('done' in entered) return { state: entered.done };
  const { run } = entered;
  if (run.status === 'FETCHING_OUTPUT')
    return { state: fetchNext(place, run, 'has ended; its output is still to be fetched') };
  if (run.status === 'ACCEPTED' || run.status === 'STARTING' || run.status === 'COOLING_OFF')
    return { state: startAfter(place, run, 0, 'is not started yet') };
  const isKnown = placeOf(dependencies, run) !== undefined;
  const now = dependencies.clock.now();
  const isAsked = run.cancel !== undefined || run.answer !== undefined;
  // Whoever repeats this task does not know that the platform asked for a pause.
  const pauseMs = run.nextLookWhy === 'retry-after' && !isAsked ? Date.parse(run.nextLookAt ?? run.updatedAt) - now : 0;
  if (pauseMs > 0) return { state: lookAfter(place, run, pauseMs, 'waits as the platform asked') };
  try {
    if (isKnown && run.cancel === undefined && isToBeAnswered(run, now))
      return { state: await giveAnswer(dependencies, place, run, options) };
    if (isKnown) return await look(dependencies, place, run, options);
  } catch (error) {
    if (!(error instanceof SecretUnavailableError)) throw error;
    return { state: await withoutSecret(dependencies, place, run, error, options) };
  }
  if (run.cancel !== undefined) return { state: await cancelAtPlatform(dependencies, place, run, options) };
  const message = `The flow "${run.flowId}" is no longer in the configuration, so nobody can ask how the run is going.`;
  return { state: await fallOut(dependencies, place, run, 'ORCHESTRATOR_FAULT', message) };
}

async function look(dependencies: Dependencies, place: Place, run: Run, options: LookOptions): Promise<Looked> {
  const { clock } = dependencies;
  const isLast = clock.now() >= limitOf(run) || run.cancel !== undefined;
  const passage = await passageTo(dependencies, run, isLast ? 'stop' : 'look', options);
  if (!passage.ok) {
    if (run.cancel !== undefined) return { state: await cancelAtPlatform(dependencies, place, run, options) };
    // The last look keeps its place in line: a job that has ended in time must not be called late for our own limit.
    const limitMs = isLast ? Number.POSITIVE_INFINITY : limitOf(run);
    return { state: await heldBack(dependencies, place, run, passage, limitMs, lookAfter) };
  }
  const called = await callPlatform(dependencies, run, { kind: 'read', hasMoment: true }, async ({ poll }) => {
    if (poll === undefined || run.handle === undefined) return undefined;
    return poll(run.handle, options);
  });
  if (!called.ok && run.cancel !== undefined)
    return { state: await cancelAtPlatform(dependencies, place, run, options) };
  if (!called.ok && hadNoTurn(run, called.error, limitOf(run), clock.now()))
    return { state: await withoutTurn(dependencies, place, run, lookAfter) };
  if (!called.ok) return { state: await badLook(dependencies, place, run, called, options) };
  if (called.value === undefined) return { state: await end(dependencies, place, run, { status: 'HANDED_OFF' }) };
  const saw = called.value;
  // A job that was faster than the request to cancel it has its result.
  if (run.cancel !== undefined && saw.kind !== 'ended')
    return { state: await cancelAtPlatform(dependencies, place, run, options) };
  const { maxHoldMs } = called.session;
  const quietMs = saw.hints?.retryAfterMs;
  return { state: await seen(dependencies, place, run, saw, called, options), maxHoldMs, quietMs };
}
