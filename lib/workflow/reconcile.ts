/** A start whose outcome is unknown: waits for the fence, then asks the platform's own list, or a human. */
import { LIST_LAG_SECONDS } from '../contract.ts';
import { SecretUnavailableError } from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { isoTime, type Patch } from '../domain/record.ts';
import { createScrubber } from '../domain/redact.ts';
import type { Run, StartIntent } from '../domain/run.ts';
import { type NextLook, nextTry } from '../polling/next-look.ts';
import type { FoundRun } from '../providers/provider.ts';
import { fallOut, startEvidence } from './conclude.ts';
import { configDigestOf } from './config-digest.ts';
import { keepBack, NOT_HELD } from './held-back.ts';
import { nextLookData, nextLookPatch } from './look-moment.ts';
import { lookAfter, type Place, startAfter } from './machine.ts';
import { passageTo } from './passage.ts';
import { hasMoved, placeOf } from './place-of.ts';
import { callPlatform, hintOf } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { firstLook } from './start-later.ts';
import { correlationOf, startRequestOf } from './start-request.ts';
import type { TaskOptions } from './task.ts';
import { isTelling, TELLING } from './telling-id.ts';
import { update } from './update.ts';
import { describe, word } from './words.ts';

const LIST_LAG_MS = LIST_LAG_SECONDS * 1_000;
/** Of a run whose list was read: whatever was refused before, the key is good. */
const KEY_TAKEN = { ...NOT_HELD, authTroubleSince: undefined } as const;
const CHANGED =
  'The flow or its connection was changed in the configuration after the call that may have started it, so what is listed where they lead now proves nothing. Look for it where they led before.';

/**
 * Perhaps accepted: never sent again. Where the platform can list its runs we look there once the list must show it,
 * elsewhere only a human can find out.
 */
export async function inDoubt(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  correlation: string,
  canFind: boolean,
  why: string,
  retryAfterMs?: number,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  if (!canFind || run.intent === undefined) {
    const text = `The answer to the start was lost and this platform cannot list its runs: it may or may not be running. ${why}`;
    return fallOut(dependencies, place, run, 'AMBIGUOUS_START', text, startEvidence(run, correlation, now, why));
  }
  // Our own call is over, so only the platform's list lag is left to wait for.
  const intent = { ...run.intent, fenceUntil: isoTime(now + LIST_LAG_MS) };
  const next = listLook(run, now, retryAfterMs);
  const message = `The answer to the start was lost; looking for it at the platform in ${Math.ceil(next.waitMs / 1_000)} s. ${why}`;
  return lookLater(dependencies, place, run, intent, next, message);
}

/** Once the list must show it, and no sooner than the platform asks; from the deadline on nothing is waited for. */
function listLook(run: Run, now: number, retryAfterMs = 0): NextLook {
  const askedMs = Math.min(retryAfterMs, Date.parse(run.deadline) - now);
  return askedMs > LIST_LAG_MS ? { waitMs: askedMs, why: 'retry-after' } : { waitMs: LIST_LAG_MS, why: 'trouble' };
}

/** Looks in the platform's list at that moment. */
async function lookLater(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  intent: StartIntent,
  next: NextLook,
  message: string,
  known: Patch = {},
): Promise<MachineState> {
  const patch = { ...known, intent, ...nextLookPatch(dependencies.clock.now(), next) };
  const doubtful = await update(dependencies, run, patch, { type: 'trouble', message, data: nextLookData(next) });
  return startAfter(place, doubtful, next.waitMs, message);
}

/** Two lists stand a lag apart whatever becomes of the moment of the next look, which a stop by hand takes back. */
function judgedFrom({ fenceUntil, unlistedAt }: StartIntent): number {
  const fenceMs = Date.parse(fenceUntil);
  return unlistedAt === undefined ? fenceMs : Math.max(fenceMs, Date.parse(unlistedAt) + LIST_LAG_MS);
}

/** A start found in the record that this invocation did not make. Never calls the start. */
export async function reconcile(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  { signal }: TaskOptions,
): Promise<MachineState> {
  const { intent } = run;
  const { clock } = dependencies;
  const now = clock.now();
  if (intent === undefined) return unresolved(dependencies, place, run, 'The intent of the start is missing.');
  // After the fence the platform may have asked for a pause.
  const dueMs = Math.max(judgedFrom(intent), Date.parse(run.nextLookAt ?? intent.fenceUntil)) - now;
  if (dueMs > 0) return startAfter(place, run, dueMs, 'a start is in doubt; waits until the platform must show it');
  if (isChanged(dependencies, run, intent)) return unresolved(dependencies, place, run, CHANGED);
  const leftMs = Date.parse(run.deadline) - now;
  const passage = await passageTo(dependencies, run, leftMs <= 0 ? 'stop' : 'start', { signal });
  if (!passage.ok) {
    if (leftMs <= 0)
      return unresolved(dependencies, place, run, `The platform's list could not be asked. ${passage.message}`);
    const waitMs = Math.min(passage.waitMs, leftMs);
    const kept = await keepBack(dependencies, run, passage, waitMs);
    return startAfter(place, kept, waitMs, passage.message);
  }
  try {
    const { at, fenceUntil } = intent;
    const { remainingMs: _, ...request } = await startRequestOf(dependencies, run);
    const called = await callPlatform(
      dependencies,
      run,
      { kind: 'read', hasMoment: true },
      async ({ find }, { scrubber }) => {
        if (find === undefined) return undefined;
        const found = await find({ ...request, intentAt: at, fenceUntil, now: clock.now }, { signal });
        if (found.some((one) => isTelling(scrubber, one))) throw TELLING;
        return found.map((one) => ({
          ...one,
          ...(one.remoteStatus === undefined ? {} : { remoteStatus: word(scrubber, one.remoteStatus) }),
        }));
      },
    );
    if (!called.ok)
      return again(dependencies, place, run, describe(called.scrubber, called.error), hintOf(called.error));
    return await judge(dependencies, place, run, intent, called.value);
  } catch (error) {
    if (error instanceof SecretUnavailableError)
      return again(dependencies, place, run, describe(createScrubber([]), error));
    throw error;
  }
}

/** An earlier version did not say by what it called; it called where the flow led then. */
function isChanged(dependencies: Dependencies, run: Run, { configDigest }: StartIntent): boolean {
  if (configDigest === undefined) return hasMoved(dependencies, run);
  return configDigest !== configDigestOf(dependencies, run);
}

async function judge(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  intent: StartIntent,
  found: readonly FoundRun[] | undefined,
): Promise<MachineState> {
  if (found === undefined) {
    const message = 'A start was interrupted and this platform cannot list its runs: it may or may not be running.';
    return unresolved(dependencies, place, run, message);
  }
  const free = await unowned(dependencies, run, found);
  const [only, ...others] = free;
  if (only === undefined && intent.unlistedAt === undefined) return lookOnceMore(dependencies, place, run, intent);
  if (only === undefined) return notAccepted(dependencies, place, run);
  if (others.length > 0)
    return unresolved(dependencies, place, run, `${free.length} runs at the platform could be this one.`);
  const isOurs = await dependencies.store.claimRemote({ connection: run.connection, remoteId: only.remoteId }, run.id);
  if (!isOurs) return again(dependencies, place, run, 'Another run has just taken the one that was found.');
  return adopt(dependencies, place, run, only);
}

/** Without what belongs to other runs or to earlier attempts: equal requests look alike in a platform's list. */
async function unowned({ store }: Dependencies, run: Run, listed: readonly FoundRun[]): Promise<readonly FoundRun[]> {
  const isPast = ({ remoteId }: FoundRun) => run.pastAttempts?.some((past) => past.remoteId === remoteId) === true;
  const found = listed.filter((one) => !isPast(one));
  const owners = await Promise.all(
    found.map(({ remoteId }) => store.remoteOwner({ connection: run.connection, remoteId })),
  );
  return found.filter((_, index) => (owners[index] ?? run.id) === run.id);
}

/** One list may come from a copy that lags, or say nothing for a fault of its own; a second start is never undone. */
async function lookOnceMore(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  intent: StartIntent,
): Promise<MachineState> {
  const message = `The platform lists no such run; looking once more in ${LIST_LAG_SECONDS} s, because one list may be late or cut.`;
  const now = dependencies.clock.now();
  const unlisted = { ...intent, unlistedAt: isoTime(now) };
  return lookLater(dependencies, place, run, unlisted, listLook(run, now), message, KEY_TAKEN);
}

async function notAccepted(dependencies: Dependencies, place: Place, run: Run): Promise<MachineState> {
  const message = 'The platform lists no such run after the fence, twice: proof that the start was not accepted.';
  const status = run.attempt > 1 ? 'COOLING_OFF' : 'ACCEPTED';
  const patch = {
    status,
    intent: undefined,
    target: undefined,
    troubles: undefined,
    ...KEY_TAKEN,
    nextLookAt: undefined,
  } as const;
  return startAfter(place, await update(dependencies, run, patch, { type: 'not-started', message }), 0, message);
}

async function adopt(dependencies: Dependencies, place: Place, run: Run, found: FoundRun): Promise<MachineState> {
  const now = dependencies.clock.now();
  const attemptStartedAt = run.intent?.at ?? isoTime(now);
  const next = run.cancel === undefined ? firstLook(dependencies, { ...run, attemptStartedAt }, now) : undefined;
  const message = `Found at the platform as ${found.remoteId}: the start had been accepted.`;
  const patch = {
    status: 'RUNNING',
    handle: found.handle,
    target: placeOf(dependencies, run)?.target,
    remoteId: found.remoteId,
    startedAt: run.startedAt ?? run.intent?.at ?? isoTime(now),
    attemptStartedAt,
    ...(next === undefined ? { nextLookAt: isoTime(now) } : nextLookPatch(now, next)),
    intent: undefined,
    maybeStarted: undefined,
    troubles: undefined,
    ...KEY_TAKEN,
    ...(found.remoteStatus === undefined ? {} : { remoteStatus: found.remoteStatus }),
  } as const;
  const event = { type: 'started', message, ...(next && { data: nextLookData(next) }) } as const;
  return lookAfter(place, await update(dependencies, run, patch, event), next?.waitMs ?? 0, message);
}

/** The list could not be read: asked again until the deadline, then a human must. */
async function again(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  why: string,
  retryAfterMs?: number,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  const remainingMs = Date.parse(run.deadline) - now;
  if (remainingMs <= 0) return unresolved(dependencies, place, run, `The platform's list could not be read. ${why}`);
  const troubles = (run.troubles ?? 0) + 1;
  const next = nextTry({ elapsedMs: 0, seed: run.id, remainingMs, retryAfterMs }, troubles);
  const message = `The platform's list could not be read; asking again. ${why}`;
  const event = { type: 'trouble', message, data: nextLookData(next) } as const;
  const later = await update(dependencies, run, { ...NOT_HELD, troubles, ...nextLookPatch(now, next) }, event);
  return startAfter(place, later, next.waitMs, message);
}

async function unresolved(dependencies: Dependencies, place: Place, run: Run, message: string): Promise<MachineState> {
  const evidence = startEvidence(run, correlationOf(run), dependencies.clock.now());
  return fallOut(dependencies, place, run, 'AMBIGUOUS_START', message, evidence);
}
