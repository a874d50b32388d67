/** Fetches and keeps the output of a run that succeeded. The verdict stands, whatever happens here. */
import {
  OutputTooLargeError,
  ProviderProtocolError,
  ProviderRefusedError,
  RemoteNotFoundError,
  SecretUnavailableError,
  StoreUnavailableError,
} from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { createScrubber } from '../domain/redact.ts';
import type { Run, Verdict } from '../domain/run.ts';
import { type NextLook, nextTry } from '../polling/next-look.ts';
import { end, endWithoutOutput, fallOut, lacksOutput } from './conclude.ts';
import { hadNoTurn, heldBack, NOT_HELD, refusedSince, withoutTurn } from './held-back.ts';
import { nextLookData, nextLookPatch } from './look-moment.ts';
import { lookAfter, type Place, startAfter } from './machine.ts';
import { passageTo } from './passage.ts';
import { placeOf } from './place-of.ts';
import { callPlatform, hintOf, mayBeRefusedKey } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { authGraceOf } from './settings.ts';
import { type StoredOutput, storeOutput } from './store-output.ts';
import { enter, type TaskOptions } from './task.ts';
import { update } from './update.ts';
import { describe } from './words.ts';

/** An output may come a little later than the end: five tries over two minutes before "not there" is believed. */
const MAX_ABSENCES = 5;
const ABSENCE_PAUSE_MS = 30_000;
const GONE = 410;
/** Where the flow requires an output, an empty one is none: the platform may have it a little later. */
const EMPTY = new RemoteNotFoundError('What it gave has neither a value nor a file.');

interface Trouble {
  readonly error: unknown;
  /** What the platform or our storage said, fit for people. */
  readonly message: string;
}

export async function fetchOutput(
  dependencies: Dependencies,
  place: Place,
  { signal }: TaskOptions,
): Promise<MachineState> {
  const entered = await enter(dependencies, place);
  if ('done' in entered) return entered.done;
  const { run } = entered;
  const { verdict, handle } = run;
  if (run.status !== 'FETCHING_OUTPUT' || verdict === undefined) return startAfter(place, run, 0, 'has not ended yet');
  const now = dependencies.clock.now();
  // Without a reason it is the time of a look, which records of earlier versions keep.
  const dueMs = run.nextLookWhy === undefined ? 0 : Date.parse(run.nextLookAt ?? run.updatedAt) - now;
  if (dueMs > 0) return lookAfter(place, run, dueMs, 'waits before its output is fetched');
  const isLast = now >= Date.parse(run.deadline);
  const passage = await passageTo(dependencies, run, isLast ? 'stop' : 'fetch', { signal });
  // The last try keeps its place in line: our own limit must not cost an output.
  const limitMs = isLast ? Number.POSITIVE_INFINITY : Date.parse(run.deadline);
  if (!passage.ok) return heldBack(dependencies, place, run, passage, limitMs, lookAfter);
  try {
    const called = await callPlatform(
      dependencies,
      run,
      { kind: 'read', hasMoment: true },
      async ({ fetchOutput: fetch }, { outputScrubber }) => {
        if (fetch === undefined || handle === undefined) return { kind: 'none' } as const;
        const output = await fetch(handle, { signal });
        if (lacksOutput(dependencies, run, output)) return { kind: 'empty' } as const;
        return storeOutput(dependencies, run, output, outputScrubber, signal);
      },
    );
    if (called.ok) return await fetched(dependencies, place, run, verdict, called.value);
    const { error, scrubber } = called;
    return await notFetched(dependencies, place, run, verdict, { error, message: describe(scrubber, error) });
  } catch (error) {
    if (!(error instanceof SecretUnavailableError)) throw error;
    return notFetched(dependencies, place, run, verdict, { error, message: describe(createScrubber([]), error) });
  }
}

async function fetched(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  verdict: Verdict,
  stored: StoredOutput | { readonly kind: 'none' } | { readonly kind: 'empty' },
): Promise<MachineState> {
  if (stored.kind === 'empty')
    return notFetched(dependencies, place, run, verdict, { error: EMPTY, message: EMPTY.message });
  if (stored.kind === 'none') return end(dependencies, place, run, verdict);
  if (stored.kind === 'impossible') return fallOut(dependencies, place, run, stored.reason, stored.message);
  return end(dependencies, place, run, verdict, { output: stored.output });
}

async function notFetched(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  verdict: Verdict,
  { error, message }: Trouble,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  const remainingMs = Math.max(0, Date.parse(run.deadline) - now);
  const isAbsence = saysAbsent(error);
  const fetches = (run.fetches ?? 0) + (isAbsence ? 1 : 0);
  const troubles = (run.troubles ?? 0) + 1;
  const authTroubleSince = isKeyTrouble(error) ? refusedSince(run, now) : undefined;
  const graceMs = authGraceOf(placeOf(dependencies, run)?.connection);
  const isRefused = authTroubleSince !== undefined && now - Date.parse(authTroubleSince) >= graceMs;
  if (error instanceof OutputTooLargeError)
    return fallOut(
      dependencies,
      place,
      run,
      'OUTPUT_TOO_LARGE',
      `It succeeded, but its output is too large. ${message}`,
    );
  if (hadNoTurn(run, error, Date.parse(run.deadline), now)) return withoutTurn(dependencies, place, run, lookAfter);
  if (remainingMs === 0 || isRefused || fetches >= MAX_ABSENCES || isFinal(error))
    return givenUp(dependencies, place, run, verdict, { error, message });
  const moment = { elapsedMs: 0, seed: run.id, remainingMs, retryAfterMs: hintOf(error) };
  const next: NextLook = isAbsence
    ? { waitMs: Math.min(ABSENCE_PAUSE_MS, remainingMs), why: 'trouble' }
    : nextTry(moment, troubles);
  const text = `The output could not be fetched yet; trying again. ${message}`;
  const patch = { ...NOT_HELD, fetches, troubles, authTroubleSince, ...nextLookPatch(now, next) };
  const event = { type: 'trouble', message: text, data: nextLookData(next) } as const;
  return lookAfter(place, await update(dependencies, run, patch, event), next.waitMs, text);
}

async function givenUp(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  verdict: Verdict,
  { error, message }: Trouble,
): Promise<MachineState> {
  if (error instanceof ProviderProtocolError) {
    const text = `It succeeded, but its output cannot be read. ${message}`;
    return fallOut(dependencies, place, run, 'OUTPUT_INVALID', text);
  }
  const missing = saysAbsent(error)
    ? `The platform does not have the output (any more). ${message}`
    : `The output could not be fetched. ${message}`;
  return endWithoutOutput(dependencies, place, run, verdict, missing);
}

/** Nothing will come of asking again: the platform refuses, or says that it was there and is gone. */
function isFinal(error: unknown): boolean {
  return error instanceof ProviderRefusedError || (error instanceof RemoteNotFoundError && error.status === GONE);
}

/** The platform answered, and has nothing that could be an output. */
function saysAbsent(error: unknown): boolean {
  return error instanceof RemoteNotFoundError || error instanceof ProviderProtocolError;
}

function isKeyTrouble(error: unknown): boolean {
  return (
    error instanceof SecretUnavailableError || (mayBeRefusedKey(error) && !(error instanceof StoreUnavailableError))
  );
}
