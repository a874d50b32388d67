/** What a look that worked means for the run, and when to look next. */
import { formatDuration } from '../domain/duration.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { type EventDraft, isoTime, type Patch } from '../domain/record.ts';
import type { Progress, Run, WaitingFor } from '../domain/run.ts';
import { canMove, type RemoteStatus, type Status } from '../domain/status.ts';
import { type NextLook, nextLook, nextWaitingLook } from '../polling/next-look.ts';
import type { Look } from '../providers/provider.ts';
import { conclude } from './conclude.ts';
import { remember } from './flow-learning.ts';
import { NOT_HELD } from './held-back.ts';
import { elapsedMsOf, expectedEndOf, momentOf, nextLookData, nextLookPatch } from './look-moment.ts';
import { lookAfter, type Place } from './machine.ts';
import { placeOf } from './place-of.ts';
import type { Platform } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { timeOut } from './stop-run.ts';
import type { TaskOptions } from './task.ts';
import { update } from './update.ts';
import { beginWaiting, endWaiting, isNewQuestion, limitOf, withKnownLink } from './waiting.ts';
import { progressOf, verdictOf, waitingForOf, word } from './words.ts';

type Ended = Extract<Look, { kind: 'ended' }>;
type Going = Exclude<Look, Ended>;

/** With fewer, the slowest of them says nothing of the one in a hundred. */
const RUNS_FOR_SLOW = 20;

export async function seen(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  saw: Look,
  platform: Platform,
  options: TaskOptions,
): Promise<MachineState> {
  return saw.kind === 'ended'
    ? seenEnded(dependencies, place, run, saw, platform, options)
    : seenGoing(dependencies, place, run, saw, platform, options);
}

async function seenEnded(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  saw: Ended,
  { scrubber, session }: Platform,
  options: TaskOptions,
): Promise<MachineState> {
  const { progress: _, ...rest } = run;
  const progress = progressOf(scrubber, saw.progress);
  const verdict = verdictOf(scrubber, saw.verdict);
  // Most likely we stopped it, in a try whose record was lost; that it has stopped is confirmed either way.
  const cancel =
    verdict.status === 'CANCELED' && run.cancel ? ({ ...run.cancel, remote: 'confirmed' } as const) : run.cancel;
  const ended: Run = { ...rest, looks: run.looks + 1, ...(progress && { progress }), ...(cancel && { cancel }) };
  // Stopped past its deadline, most likely by us in a try whose record was lost. Nobody is stopped for not answering.
  const isOurs = run.cancel === undefined && run.inputDeadline === undefined;
  if (dependencies.clock.now() >= limitOf(run) && isOurs && verdict.status === 'CANCELED')
    return timeOut(dependencies, place, ended, verdict.remoteStatus, options);
  const canFetch = session.fetchOutput !== undefined;
  const state = await conclude(dependencies, place, ended, verdict, canFetch, saw.hints?.retryAfterMs);
  await remember(dependencies, run, saw.hints?.finishedAt);
  return state;
}

async function seenGoing(
  dependencies: Dependencies,
  place: Place,
  run: Run,
  saw: Going,
  platform: Platform,
  options: TaskOptions,
): Promise<MachineState> {
  const { scrubber } = platform;
  const now = dependencies.clock.now();
  const looks = run.looks + 1;
  const waitingFor = waitingOf(saw, run, platform);
  const isAsking = waitingFor?.kind === 'input';
  const asks = isAsking && isNewQuestion(run, waitingFor);
  // Somebody has just answered, or is asked something new: that has its own time.
  if (now >= limitOf(run) && (run.inputDeadline === undefined || (isAsking && !asks)))
    return timeOut(dependencies, place, { ...run, looks }, saw.remoteStatus, options);
  const flow = placeOf(dependencies, run)?.flow;
  const waiting = isAsking
    ? beginWaiting(run, waitingFor, now, flow?.inputDeadline)
    : { ...endWaiting(run, now), waitingFor };
  const { waitedMs = run.waitedMs ?? 0 } = waiting;
  const progress = furtherOf(run.progress, progressOf(scrubber, saw.progress));
  const timed: Run = { ...run, waitedMs };
  const limitMs = limitAfter(run, waiting);
  const moment = momentOf(timed, now, { retryAfterMs: saw.hints?.retryAfterMs, limitMs, flow, progress });
  const next = isAsking ? nextWaitingLook(moment, (waiting.waitingLooks ?? 1) - 1) : nextLook(moment);
  const expectedEndAt = isAsking ? undefined : expectedEndOf(timed, now);
  const isSlow = !isAsking && isSlower(timed, now);
  const remoteStatus = word(scrubber, saw.remoteStatus);
  const patch: Patch = {
    ...waiting,
    ...NOT_HELD,
    status: statusAfter(run.status, saw.kind === 'waiting' ? 'WAITING_FOR_INPUT' : saw.status),
    remoteStatus,
    looks,
    progress,
    seenGoingAt: isoTime(now),
    ...nextLookPatch(now, next),
    expectedEndAt: expectedEndAt === undefined ? undefined : isoTime(expectedEndAt),
    ...(isSlow ? { slowSince: isoTime(now) } : {}),
    troubles: undefined,
    authTroubleSince: undefined,
    missing: undefined,
    ...(saw.browserUrl === undefined ? {} : { browserUrl: scrubber.text(saw.browserUrl) }),
  };
  const unknown = saw.kind === 'going' && saw.unknownWord === true ? ', a word it does not document' : '';
  const says = `The platform says "${remoteStatus}"${unknown}.`;
  const event = eventOf(timed, now, { asks, isSlow, remoteStatus, says, next });
  return lookAfter(place, await update(dependencies, run, patch, event), next.waitMs, event.message);
}

/** A reply may be older than the one before it: what was done stays done. */
function furtherOf(known: Progress | undefined, seenNow: Progress | undefined): Progress | undefined {
  if (known?.percentage === undefined || seenNow?.percentage === undefined) return seenNow ?? known;
  return { ...seenNow, percentage: Math.max(known.percentage, seenNow.percentage) };
}

interface Said {
  readonly asks: boolean;
  readonly isSlow: boolean;
  readonly remoteStatus: string;
  readonly says: string;
  readonly next: NextLook;
}

function eventOf(run: Run, now: number, { asks, isSlow, remoteStatus, says, next }: Said): EventDraft {
  const data = nextLookData(next);
  if (asks) return { type: 'waiting', message: `It waits for a person to answer ("${remoteStatus}").`, data };
  const { usual } = run.plan ?? {};
  if (!isSlow || usual === undefined) return { type: 'look', message: says, data };
  const took = formatDuration(elapsedMsOf(run, now));
  const message = `${says} It has been going for ${took}; 99 % of the last runs of this flow ended within ${formatDuration(usual.p99Ms)}.`;
  return { type: 'slow', message, data };
}

/** Past what nearly all runs of the flow take, for the first time. */
function isSlower(run: Run, now: number): boolean {
  const { usual } = run.plan ?? {};
  if (run.slowSince !== undefined || usual === undefined || usual.runs < RUNS_FOR_SLOW) return false;
  return elapsedMsOf(run, now) > usual.p99Ms;
}

/** The limit that holds from now on. */
function limitAfter(run: Run, { deadline = run.deadline, inputDeadline }: Patch): number {
  return limitOf({ deadline, ...(inputDeadline === undefined ? {} : { inputDeadline }) });
}

/** A platform that puts a running job back in its queue does not move ours back; waiting is over all the same. */
function statusAfter(from: Status, seenNow: RemoteStatus): Status {
  if (canMove(from, seenNow)) return seenNow;
  return from === 'WAITING_FOR_INPUT' || from === 'WAITING_FOR_EVENT' ? 'RUNNING' : from;
}

function waitingOf(saw: Going, run: Run, { scrubber, session }: Platform): WaitingFor | undefined {
  if (saw.kind === 'waiting') {
    const asked = { ...waitingForOf(scrubber, saw.url, saw.form), answerable: session.answer !== undefined };
    return withKnownLink(run, asked);
  }
  return saw.status === 'WAITING_FOR_EVENT' ? ({ kind: 'event' } as const) : undefined;
}
