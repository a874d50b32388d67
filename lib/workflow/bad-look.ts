/** A look that told nothing. It says nothing of the run either: only the deadline ends the waiting. */
import { ProviderUnauthorizedError, RemoteNotFoundError, type SecretUnavailableError } from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { isoTime, type Patch } from '../domain/record.ts';
import { createScrubber } from '../domain/redact.ts';
import type { Run } from '../domain/run.ts';
import { nextTry } from '../polling/next-look.ts';
import { fallOut } from './conclude.ts';
import { NOT_HELD, refusedSince } from './held-back.ts';
import { momentOf, nextLookData, nextLookPatch } from './look-moment.ts';
import { lookAfter, type Place } from './machine.ts';
import { placeOf } from './place-of.ts';
import { hintOf, mayBeRefusedKey, type Platform } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { authGraceOf } from './settings.ts';
import { timeOut } from './stop-run.ts';
import type { TaskOptions } from './task.ts';
import { update } from './update.ts';
import { isToBeAnswered, limitOf } from './waiting.ts';
import { describe } from './words.ts';

/** A platform that does not know a run may be restarting; so often and so long it must say so to be believed. */
const MISSING_TIMES = 3;
const MISSING_MS = 300_000;

export async function badLook(
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
  const authTroubleSince = refused ? refusedSince(run, now) : undefined;
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

export async function withoutSecret(
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
  // What a person asked for is not lost to a key that cannot be had: that has a grace of its own.
  const isAsked = run.cancel !== undefined || isToBeAnswered(run, now);
  const limitMs = isAsked ? Number.POSITIVE_INFINITY : limitOf(run);
  return lookLater(dependencies, place, run, { message, patch: { authTroubleSince }, limitMs }, options);
}

interface Later {
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  readonly patch: Patch;
  /** From then on there is no later; epoch milliseconds. */
  readonly limitMs?: number;
}

/** We could not find out: only the deadline ends the waiting. */
async function lookLater(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  { message, retryAfterMs, patch, limitMs = limitOf(run) }: Later,
  options: TaskOptions,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  const looked: Run = { ...run, looks: run.looks + 1 };
  if (now >= limitMs) return timeOut(dependencies, place, looked, undefined, options, message);
  const troubles = (run.troubles ?? 0) + 1;
  const next = nextTry(momentOf(run, now, { retryAfterMs, limitMs }), troubles);
  const saved = await update(
    dependencies,
    looked,
    { ...patch, ...NOT_HELD, troubles, ...nextLookPatch(now, next) },
    { type: 'trouble', message: `A look told us nothing; the run goes on. ${message}`, data: nextLookData(next) },
  );
  dependencies.log.warn('bad look', { runId: run.id, provider: run.provider, troubles });
  return lookAfter(place, saved, next.waitMs, `bad look ${troubles} in a row: ${message}`);
}

function countMissing(run: Run, now: number) {
  return { since: run.missing?.since ?? isoTime(now), count: (run.missing?.count ?? 0) + 1 };
}

function graceOf(dependencies: Dependencies, run: Run): number {
  return authGraceOf(placeOf(dependencies, run)?.connection);
}
