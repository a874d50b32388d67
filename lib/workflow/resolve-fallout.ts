/** A person's decision on a run that only a person can judge. Reopens or closes that same run, and says why for good. */
import type { JsonObject } from '../domain/json.ts';
import { isoTime, type Patch } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import type { FalloutReason } from '../domain/status.ts';
import { placeOf } from './place-of.ts';
import type { Dependencies } from './ports.ts';
import { update } from './update.ts';
import { decide, wake } from './wake.ts';

export const CLOSING_STATUSES = ['SUCCEEDED', 'FAILED', 'CANCELED'] as const;

export type FalloutDecision = { readonly reason: string } & (
  | { readonly decision: 'adopt'; readonly remoteId: string }
  | { readonly decision: 'not-started' }
  | { readonly decision: 'close'; readonly status: (typeof CLOSING_STATUSES)[number] }
);

export type Resolved =
  | { readonly kind: 'resolved'; readonly run: Run }
  | { readonly kind: 'not-fallout'; readonly run: Run }
  /** The decision does not fit this run; `message` says why and what to do instead. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'unknown' };

/**
 * @param by id of the API key that decides.
 * @throws InvalidInputError when no run of the platform can have the given id. StaleRunError, StoreUnavailableError.
 */
export async function resolveFallout(
  dependencies: Dependencies,
  runId: string,
  decision: FalloutDecision,
  by?: string,
): Promise<Resolved> {
  const resolved = await decide(dependencies, runId, async (run): Promise<Resolved> => {
    if (run.status !== 'FALLOUT') return { kind: 'not-fallout', run };
    const audit: JsonObject = {
      decision: decision.decision,
      reason: decision.reason,
      ...(run.fallout === undefined ? {} : { fallout: run.fallout.reason }),
      ...(by === undefined ? {} : { by }),
    };
    if (decision.decision === 'close') {
      // What the answer would tell could not be written down any more; where the call was seen to fail, none comes.
      const isOver = run.fallout?.evidence?.said !== undefined;
      const underWay = isOver ? undefined : startUnderWay(run, dependencies.clock.now());
      return underWay === undefined ? close(dependencies, run, decision, audit) : refuse(underWay);
    }
    if (run.fallout?.reason === 'POISON_MESSAGE')
      return refuse('The message asked for nothing that can be run: mend what it names and rerun it, or close it.');
    if (placeOf(dependencies, run) === undefined)
      return refuse(`The flow "${run.flowId}" is not in the configuration, so the run cannot go on; close it.`);
    if (decision.decision === 'adopt') return adopt(dependencies, run, decision, audit);
    return startAgain(dependencies, run, decision.reason, audit);
  });
  return resolved ?? { kind: 'unknown' };
}

const refuse = (message: string): Resolved => ({ kind: 'refused', message });

/** What the end left behind; without `ttl` gone, the table would forget an open run. */
const REOPENED = {
  endedAt: undefined,
  ttl: undefined,
  error: undefined,
  fallout: undefined,
  cancel: undefined,
  lateVerdict: undefined,
  output: undefined,
  plan: undefined,
  historyKey: undefined,
  seenGoingAt: undefined,
  slowSince: undefined,
  hasSlot: undefined,
  queuedAt: undefined,
} as const;

async function close(
  dependencies: Dependencies,
  run: Run,
  { status, reason }: Extract<FalloutDecision, { decision: 'close' }>,
  audit: JsonObject,
): Promise<Resolved> {
  const message = `Closed by a person as ${status}: ${reason}`;
  const error = status === 'SUCCEEDED' ? undefined : { code: 'CLOSED', message };
  const patch: Patch = { status, error, fallout: undefined, endedAt: isoTime(dependencies.clock.now()) };
  return {
    kind: 'resolved',
    run: await update(dependencies, run, patch, { type: 'decision', message, data: { ...audit, status } }),
  };
}

async function adopt(
  dependencies: Dependencies,
  run: Run,
  { remoteId, reason }: Extract<FalloutDecision, { decision: 'adopt' }>,
  audit: JsonObject,
): Promise<Resolved> {
  const handle = await dependencies.connections.handleOf(run, remoteId);
  if (handle === undefined)
    return refuse(`Runs of ${run.provider} cannot be asked after by their id here; close the run instead.`);
  // Where it is asked after: its own connection may have been taken out.
  const place = placeOf(dependencies, run);
  const connection = place?.connectionId ?? run.connection;
  if (!(await dependencies.store.claimRemote({ connection, remoteId }, run.id)))
    return refuse(`${remoteId} belongs to another run.`);
  const now = dependencies.clock.now();
  const left = run.orphans?.filter((orphan) => orphan !== remoteId);
  const calledAt = run.fallout?.evidence?.calledAt;
  const startedAt = typeof calledAt === 'string' ? calledAt : (run.startedAt ?? run.createdAt);
  const patch: Patch = {
    ...REOPENED,
    status: 'QUEUED',
    handle,
    connection,
    provider: place?.connection.provider ?? run.provider,
    target: place?.target,
    remoteId,
    orphans: left !== undefined && left.length > 0 ? left : undefined,
    startedAt: run.startedAt ?? startedAt,
    attemptStartedAt: startedAt,
    // Looks come as often as after a start: how long it took a person to decide says nothing of the job.
    waitedMs: Math.max(0, now - Date.parse(startedAt)),
    deadline: deadlineFrom(dependencies, run, now),
  };
  const message = `A person took ${remoteId} for this run: ${reason}`;
  return {
    kind: 'resolved',
    run: await wake(dependencies, run, patch, { type: 'decision', message, data: { ...audit, remoteId } }),
  };
}

async function startAgain(dependencies: Dependencies, run: Run, reason: string, audit: JsonObject): Promise<Resolved> {
  const now = dependencies.clock.now();
  const known = knownStart(run) ?? startUnderWay(run, now);
  if (known !== undefined) return refuse(known);
  const deadline = deadlineFrom(dependencies, run, now);
  // Known never to have begun, so the attempt in doubt counts for nothing and its number is not used again.
  const attempt = run.attempt + 1;
  const patch: Patch = {
    ...REOPENED,
    status: 'ACCEPTED',
    attempt,
    maxAttempts: Math.max(run.maxAttempts, attempt),
    startedAt: undefined,
    attemptStartedAt: undefined,
    target: undefined,
    deadline,
    startBy: deadline,
  };
  const message = `A person found that nothing had been started; attempt ${attempt} follows: ${reason}`;
  return {
    kind: 'resolved',
    run: await wake(dependencies, run, patch, { type: 'decision', message, data: { ...audit, attempt } }),
  };
}

/** Reasons of a job that has come to its end at the platform. */
const DONE: readonly FalloutReason[] = ['OUTPUT_MISSING', 'OUTPUT_TOO_LARGE', 'OUTPUT_INVALID'];

/** What the record knows of a start, also of one whose answer came after the run had been judged. */
function knownStart({ remoteId, orphans, lateVerdict, fallout }: Run): string | undefined {
  const accepted = remoteId ?? orphans?.at(-1);
  if (accepted !== undefined)
    return `The platform accepted this run as ${accepted}, so it was started: adopt that id, close the run, or rerun it.`;
  const isDone = lateVerdict !== undefined || (fallout !== undefined && DONE.includes(fallout.reason));
  return isDone ? 'The platform has done this job, so it was started: close the run, or rerun it.' : undefined;
}

/** An execution may be stopped while its call is on the wire, and nothing can be said of a call before it is over. */
function startUnderWay({ fallout }: Run, now: number): string | undefined {
  const fenceUntil = fallout?.evidence?.fenceUntil;
  if (typeof fenceUntil !== 'string' || Date.parse(fenceUntil) <= now) return undefined;
  return `The call that may have started it can last until ${fenceUntil}: decide after that.`;
}

/** Decisions take their time: the flow's deadline counts again, from the decision. */
function deadlineFrom(dependencies: Dependencies, run: Run, now: number): string {
  const allowedMs = placeOf(dependencies, run)?.flow.deadline ?? 0;
  return isoTime(Math.max(Date.parse(run.deadline), now + allowedMs));
}
