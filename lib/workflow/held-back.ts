/** A run that may not call its platform now: says so in its record and comes back at the right time. */
import { RequestNotSentError } from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { isoTime, type Patch } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import { endWithoutOutput, fallOut } from './conclude.ts';
import type { Place } from './machine.ts';
import { type Held, heldMessage } from './passage.ts';
import { placeOf } from './place-of.ts';
import type { Dependencies } from './ports.ts';
import { authGraceOf } from './settings.ts';
import { update } from './update.ts';

/** What a call that was made takes away again. */
export const NOT_HELD = { heldBack: undefined, turnAt: undefined } as const;

/**
 * Since when the key is refused for this run, by a call of its own or by being kept back for those of others: it need not
 * find out for itself, but has its own grace. How long the others know says nothing: nobody may have asked meanwhile.
 */
export function refusedSince({ authTroubleSince, heldBack }: Run, now: number): string {
  const heldSince = heldBack?.why === 'refused' ? heldBack.since : undefined;
  const known = [authTroubleSince, heldSince].filter((at) => at !== undefined).map((at) => Date.parse(at));
  return isoTime(Math.min(now, ...known));
}

/** So soon what had no turn of ours is tried again, and so long at most: a limit too small for two requests has none ever. */
const NO_TURN_MS = 5_000;
const NO_TURN_FOR_MS = 300_000;

export type Resume = (place: Place, run: Run, waitMs: number, reason: string) => MachineState;

/**
 * @param limitMs never later than this; epoch milliseconds.
 * @param resume where the run comes back to.
 */
export async function heldBack(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  held: Held,
  limitMs: number,
  resume: Resume,
): Promise<MachineState> {
  const now = dependencies.clock.now();
  const { why, message } = held;
  const since = refusedSince(run, now);
  const graceMs = authGraceOf(placeOf(dependencies, run)?.connection);
  const graceUntil = why === 'refused' ? Date.parse(since) + graceMs : limitMs;
  if (why === 'refused' && now >= graceUntil) return keyRefused(dependencies, place, run, since);
  const waitMs = Math.max(0, Math.min(held.waitMs, limitMs - now, graceUntil - now));
  return resume(place, await keepBack(dependencies, run, held, waitMs), waitMs, message);
}

/**
 * Whether the last call at a limit is to be made again because of a limit of our own: nothing was sent, and that must cost
 * neither a run its end nor a human an output.
 */
export function hadNoTurn({ heldBack: kept }: Run, error: unknown, limitMs: number, now: number): boolean {
  const isOurs = error instanceof RequestNotSentError && error.byChoice;
  // The last call may itself come late.
  const sinceMs = kept?.why === 'busy' ? Math.max(limitMs, Date.parse(kept.since)) : now;
  return isOurs && now >= limitMs && now < sinceMs + NO_TURN_FOR_MS;
}

export function withoutTurn(dependencies: Dependencies, place: Place, run: Run, resume: Resume): Promise<MachineState> {
  const held: Held = { why: 'busy', waitMs: NO_TURN_MS, message: heldMessage(run.connection, 'busy') };
  return heldBack(dependencies, place, run, held, Number.POSITIVE_INFINITY, resume);
}

/** Writes down that a run is kept back, since when for the same reason, and its place in line. */
export async function keepBack(
  dependencies: Dependencies,
  run: Run,
  { why, message, place }: Held,
  waitMs: number,
): Promise<Run> {
  const now = dependencies.clock.now();
  const { since, times } = run.heldBack?.why === why ? run.heldBack : { since: isoTime(now), times: 0 };
  const patch: Patch = {
    nextLookAt: isoTime(now + waitMs),
    heldBack: { why, since, times: times + 1 },
    turnAt: place === undefined ? undefined : isoTime(place),
  };
  return update(dependencies, run, patch, { type: 'held', message });
}

async function keyRefused(dependencies: Dependencies, place: Place, run: Run, since: string): Promise<MachineState> {
  const refused = `The platform has refused our key since ${since}, also to the calls of other runs`;
  // What is known of the job stays true.
  if (run.verdict !== undefined)
    return endWithoutOutput(dependencies, place, run, run.verdict, `The output could not be fetched. ${refused}.`);
  const job = run.remoteId === undefined ? 'nothing was started' : 'the job may still be running there';
  const message = `${refused}; ${job}.`;
  return fallOut(dependencies, place, run, 'AUTH_FAILED', message);
}
