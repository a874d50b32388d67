/** What follows when a run has ended at the platform, or when its time is up. */

import type { JsonObject } from '../domain/json.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { type EventDraft, isoTime } from '../domain/record.ts';
import { maskParameters } from '../domain/redact.ts';
import type { PastAttempt, Run, RunError, RunOutput, Verdict } from '../domain/run.ts';
import type { FalloutReason } from '../domain/status.ts';
import type { ProviderOutput } from '../providers/provider.ts';
import { nextLookPatch } from './look-moment.ts';
import { afterEnd, fetchNext, lookAfter, type Place, releasing, startAfter } from './machine.ts';
import { placeOf } from './place-of.ts';
import type { Dependencies } from './ports.ts';
import { correlationOf } from './start-request.ts';
import { update } from './update.ts';
import { endWaiting } from './waiting.ts';

/** More would make the record grow without bound; the timeline has them all. */
const MAX_PAST = 20;

/** Fields of a start that is over; a run that has ended or begins again has none of them. */
const NO_START = {
  intent: undefined,
  maybeStarted: undefined,
  troubles: undefined,
  authTroubleSince: undefined,
  missing: undefined,
  waitingLooks: undefined,
  waitingSince: undefined,
  inputDeadline: undefined,
  answer: undefined,
  nextLookWhy: undefined,
  heldBack: undefined,
  turnAt: undefined,
} as const;

/**
 * A verdict of the platform: another attempt where the flow asks for one, the output where there is one to fetch, else
 * the end.
 * @param canFetch the provider has an output to give for this run.
 * @param retryAfterMs how long the platform asked to be left alone when it told the verdict.
 */
export async function conclude(
  dependencies: Dependencies,
  place: Place,
  given: Run,
  verdict: Verdict,
  canFetch: boolean,
  retryAfterMs = 0,
): Promise<MachineState> {
  // Seen to end while it was still waiting: what a person took does not count here either.
  const { waitingFor: _, ...waited } = given;
  const { deadline = given.deadline } = endWaiting(given, dependencies.clock.now());
  const run: Run = { ...waited, deadline };
  const coolOffMs = Math.max(run.coolOffMs, retryAfterMs);
  const again = nextAttempt(dependencies, run, verdict, coolOffMs);
  if (again !== undefined) {
    const cooling = await update(dependencies, run, again.patch, again.event);
    const state = startAfter(place, cooling, coolOffMs, again.event.message);
    return run.hasSlot ? releasing(state) : state;
  }
  if (hasSucceeded(verdict) && canFetch) {
    const patch = { status: 'FETCHING_OUTPUT', verdict, ...remoteWord(verdict), ...NO_START, fetches: 0 } as const;
    const event = { type: 'look', message: `The platform reports ${words(verdict)}; fetching the output.` } as const;
    const now = dependencies.clock.now();
    const waitMs = Math.max(0, Math.min(retryAfterMs, Date.parse(run.deadline) - now));
    // A look that came early leaves no time for the next behind.
    const next = waitMs > 0 ? nextLookPatch(now, { waitMs, why: 'retry-after' }) : { nextLookAt: undefined };
    const fetching = await update(dependencies, run, { ...patch, ...next }, event);
    return waitMs > 0 ? lookAfter(place, fetching, waitMs, event.message) : fetchNext(place, fetching, event.message);
  }
  return end(dependencies, place, run, verdict, { note: whyNoAttempt(run, verdict) });
}

export interface Ending {
  readonly output?: RunOutput;
  /** Stands in the timeline behind how it ended. */
  readonly note?: string | undefined;
  /** What a human needs to decide. */
  readonly evidence?: JsonObject | undefined;
}

/** Records the end. */
export async function end(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  verdict: Verdict,
  { output, evidence, note }: Ending = {},
): Promise<MachineState> {
  // No end of our own may say that nothing was started.
  if (run.maybeStarted !== undefined && verdict.falloutReason !== 'AMBIGUOUS_START')
    return endInDoubt(dependencies, place, run, `Since then: ${verdict.error?.message ?? words(verdict)}`);
  const { status, error, falloutReason } = verdict;
  const patch = {
    status,
    ...remoteWord(verdict),
    ...NO_START,
    verdict: undefined,
    error,
    ...(output === undefined ? {} : { output }),
    ...(falloutReason === undefined ? {} : { fallout: falloutOf(run, falloutReason, evidence) }),
  };
  const how = error?.message ?? `The run has ended: ${words(verdict)}.`;
  const message = note === undefined ? how : `${how} ${note}`;
  const ended = await update(dependencies, run, patch, { type: 'ended', message });
  dependencies.log.info('run ended', { runId: run.id, provider: run.provider, flow: run.flowId, status });
  dependencies.log.count(status === 'FALLOUT' ? 'RunFellOut' : 'RunEnded', {
    provider: run.provider,
    flow: run.flowId,
  });
  return afterEnd(place, ended);
}

function falloutOf({ version }: Run, reason: FalloutReason, evidence?: JsonObject): Run['fallout'] {
  return { reason, version: version + 1, ...(evidence && { evidence }) };
}

/** Ends the run where only a human can say more. */
export async function fallOut(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  reason: FalloutReason,
  message: string,
  evidence?: JsonObject,
): Promise<MachineState> {
  const error: RunError = { code: reason, message };
  return end(dependencies, place, run, { status: 'FALLOUT', error, falloutReason: reason }, { evidence });
}

/** Ends a run of which an earlier call may have been accepted and that is not sent again. */
export async function endInDoubt(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  why: string,
): Promise<MachineState> {
  const message = `The answer to a call of this attempt was lost: its job may or may not be running. ${why}`;
  const evidence = startEvidence(run, correlationOf(run), dependencies.clock.now());
  return fallOut(dependencies, place, run, 'AMBIGUOUS_START', message, evidence);
}

export function hasSucceeded({ status }: Verdict): boolean {
  return status === 'SUCCEEDED' || status === 'SUCCEEDED_WITH_WARNINGS';
}

/** The flow cannot do without an output, and this is none: neither a value nor a file. */
export function lacksOutput(dependencies: Dependencies, run: Run, output: ProviderOutput | undefined): boolean {
  const isEmpty = output === undefined || (output.value === undefined && output.files.length === 0);
  return isEmpty && placeOf(dependencies, run)?.flow.outputRequired === true;
}

/** Ends a run that succeeded but brought nothing back. */
export async function endWithoutOutput(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  verdict: Verdict,
  missing: string,
): Promise<MachineState> {
  if (placeOf(dependencies, run)?.flow.outputRequired)
    return fallOut(dependencies, place, run, 'OUTPUT_MISSING', `It succeeded, but its output is missing. ${missing}`);
  return end(dependencies, place, run, verdict, { output: { files: [], bytes: 0, missing } });
}

/** What a human needs to find a start that may or may not have happened. */
export function startEvidence(run: Run, correlation: string, until: number, said?: string): JsonObject {
  // The first call that may have been accepted.
  const calledAt = run.maybeStarted?.at ?? run.intent?.at;
  return {
    attempt: run.attempt,
    ...(calledAt === undefined ? {} : { calledAt }),
    ...(run.intent === undefined ? {} : { fenceUntil: run.intent.fenceUntil }),
    answeredBy: isoTime(until),
    correlation,
    parameters: maskParameters(run.input),
    ...(said === undefined ? {} : { said }),
  };
}

function nextAttempt(
  dependencies: Dependencies,
  run: Run,
  verdict: Verdict,
  coolOffMs: number,
): { readonly patch: Parameters<typeof update>[2]; readonly event: EventDraft } | undefined {
  const retryOn: readonly string[] = placeOf(dependencies, run)?.flow.retry.on ?? [];
  const resumesAt = dependencies.clock.now() + coolOffMs;
  if (!retryOn.includes(verdict.status) || run.attempt >= run.maxAttempts || run.cancel !== undefined) return undefined;
  if (verdict.class === 'business') return undefined;
  if (resumesAt >= Date.parse(run.deadline)) return undefined;
  const attempt = run.attempt + 1;
  const why = verdict.error === undefined ? '' : ` ${verdict.error.message}`;
  const message = `Attempt ${run.attempt} ended: ${words(verdict)}.${why} Attempt ${attempt} of ${run.maxAttempts} follows.`;
  return {
    patch: {
      status: 'COOLING_OFF',
      attempt,
      pastAttempts: [...(run.pastAttempts ?? []), pastAttempt(dependencies, run, verdict)].slice(-MAX_PAST),
      ...remoteWord(verdict),
      ...NO_START,
      handle: undefined,
      target: undefined,
      remoteId: undefined,
      progress: undefined,
      browserUrl: undefined,
      attemptStartedAt: undefined,
      waitedMs: undefined,
      plan: undefined,
      historyKey: undefined,
      seenGoingAt: undefined,
      slowSince: undefined,
      expectedEndAt: undefined,
      hasSlot: undefined,
      nextLookAt: isoTime(resumesAt),
    },
    event: {
      type: 'decision',
      message,
      data: { attempt: run.attempt, ...(run.remoteId === undefined ? {} : { remoteId: run.remoteId }) },
    },
  };
}

function pastAttempt({ clock }: Dependencies, run: Run, verdict: Verdict): PastAttempt {
  return {
    attempt: run.attempt,
    status: verdict.status,
    ...remoteWord(verdict),
    ...(run.remoteId === undefined ? {} : { remoteId: run.remoteId }),
    ...(run.attemptStartedAt === undefined ? {} : { startedAt: run.attemptStartedAt }),
    endedAt: isoTime(clock.now()),
    ...(verdict.error === undefined ? {} : { error: verdict.error.code }),
  };
}

/** Only where somebody may have expected one. */
function whyNoAttempt(run: Run, verdict: Verdict): string | undefined {
  if (verdict.class !== 'business' || run.attempt >= run.maxAttempts) return undefined;
  return 'No further attempt follows: the platform calls it a business error, which the same request would meet again.';
}

function remoteWord(verdict: Verdict): { readonly remoteStatus?: string } {
  return verdict.remoteStatus === undefined ? {} : { remoteStatus: verdict.remoteStatus };
}

function words(verdict: Verdict): string {
  return verdict.remoteStatus === undefined || verdict.remoteStatus === ''
    ? verdict.status
    : `${verdict.status} (the platform says "${verdict.remoteStatus}")`;
}
