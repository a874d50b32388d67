/** Waiting for a person: what is asked, how long they may take, and what their time does to the deadline. Pure. */
import { isoTime, type Patch } from '../domain/record.ts';
import type { Run, WaitingFor } from '../domain/run.ts';

/** Until when a run may go on as it is: the deadline, or the person's own time limit where the flow gives one. */
export function limitOf(run: Pick<Run, 'deadline' | 'inputDeadline'>): number {
  return Date.parse(run.inputDeadline ?? run.deadline);
}

/**
 * There is an answer for the platform. Past the deadline a last look decides, whatever kept the answer back; a person's own
 * time limit was for the person, who has kept it.
 */
export function isToBeAnswered({ answer, deadline, inputDeadline }: Run, now: number): boolean {
  return answer !== undefined && (inputDeadline !== undefined || now < Date.parse(deadline));
}

/** True when the platform asks for the first time, or asks something else than before. */
export function isNewQuestion(run: Run, waitingFor: WaitingFor): boolean {
  if (run.status !== 'WAITING_FOR_INPUT') return true;
  return JSON.stringify(questionOf(run.waitingFor)) !== JSON.stringify(questionOf(waitingFor));
}

/** A link that this look did not bring is still that of the same question: reading it may fail by itself. */
export function withKnownLink(run: Run, waitingFor: WaitingFor): WaitingFor {
  const url = run.status === 'WAITING_FOR_INPUT' ? run.waitingFor?.url : undefined;
  if (url === undefined || waitingFor.url !== undefined) return waitingFor;
  const linked = { ...waitingFor, url };
  return isNewQuestion(run, linked) ? waitingFor : linked;
}

/**
 * Whoever has answered has kept their time: the looks that show it may take as long as the flow had left when it was asked.
 */
export function afterAnswer({ deadline, inputDeadline, waitingSince }: Run, now: number): Pick<Run, 'inputDeadline'> {
  if (inputDeadline === undefined || waitingSince === undefined) return {};
  const leftMs = Math.max(0, Date.parse(deadline) - Date.parse(waitingSince));
  return { inputDeadline: isoTime(Math.max(Date.parse(inputDeadline), now + leftMs)) };
}

/** A new question has its time anew. */
export function beginWaiting(
  run: Run,
  waitingFor: WaitingFor,
  now: number,
  inputDeadlineMs: number | undefined,
): Patch {
  const isNew = isNewQuestion(run, waitingFor);
  return {
    waitingFor,
    waitingSince: run.waitingSince ?? isoTime(now),
    waitingLooks: isNew ? 1 : (run.waitingLooks ?? 0) + 1,
    inputDeadline: inputDeadlineMs === undefined ? run.inputDeadline : timeToAnswer(run, isNew, now + inputDeadlineMs),
  };
}

/** What an answer has added is for the looks behind it: whoever is asked the same again has the time of a question. */
function timeToAnswer({ inputDeadline }: Run, isNew: boolean, anewMs: number): string | undefined {
  if (isNew) return isoTime(anewMs);
  return inputDeadline === undefined ? undefined : isoTime(Math.min(Date.parse(inputDeadline), anewMs));
}

/**
 * The deadline goes on by what the person took, where they have a time limit of their own; the looks go on as if no time
 * had passed, because what follows an answer takes no longer for having been waited for.
 */
export function endWaiting(run: Run, now: number): Patch {
  const waitedMs = run.waitingSince === undefined ? 0 : now - Date.parse(run.waitingSince);
  return {
    waitingSince: undefined,
    ...(waitedMs === 0 ? {} : { waitedMs: (run.waitedMs ?? 0) + waitedMs }),
    waitingLooks: undefined,
    inputDeadline: undefined,
    answer: undefined,
    ...(run.inputDeadline === undefined ? {} : { deadline: isoTime(Date.parse(run.deadline) + waitedMs) }),
  };
}

function questionOf(waitingFor: WaitingFor | undefined) {
  return { url: waitingFor?.url, form: waitingFor?.form };
}
