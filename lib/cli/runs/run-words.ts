/** A run in words for people: how it is, how far, what is next, what is in the way. Pure. */
import { formatDuration } from '../../domain/duration.ts';
import { LOOK_REASONS } from '../../domain/look-plan.ts';
import { lookWords } from '../../domain/look-words.ts';
import { isTerminal, STATUSES } from '../../domain/status.ts';
import { harmless } from '../frame/errand-table.ts';
import { shortTime } from '../frame/local-times.ts';
import type { ShownEvent, ShownRun } from './shown-run.ts';

export const hasEnded = ({ status }: Pick<ShownRun, 'status'>): boolean => {
  const known = STATUSES.find((one) => one === status);
  return known !== undefined && isTerminal(known);
};

const BAR = 24;

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
}

/** How far it is: as the platform says, else as earlier runs let expect; undefined where nothing is known. */
export function progressWords(run: ShownRun, now: number): string | undefined {
  const { progress, startedAt, expectedEndAt } = run;
  const message = progress?.message === undefined ? '' : `  ${harmless(progress.message)}`;
  if (progress?.percentage !== undefined)
    return `${bar(progress.percentage / 100)} ${Math.round(progress.percentage)} %${message}`;
  if (startedAt === undefined || expectedEndAt === undefined) return message === '' ? undefined : message.trim();
  const [begin, end] = [Date.parse(startedAt), Date.parse(expectedEndAt)];
  if (now >= end) return `${bar(1)} longer than usual${usuallyWords(run)}${message}`;
  const share = Math.min(0.95, (now - begin) / Math.max(1, end - begin));
  return `${bar(share)} about ${formatDuration(Math.max(1_000, end - now))} to go${usuallyWords(run)}${message}`;
}

function usuallyWords({ duration }: ShownRun): string {
  if (duration === undefined) return '';
  return ` (half of the runs end within ${formatDuration(duration.p50Ms)}, 95 % within ${formatDuration(duration.p95Ms)})`;
}

/** What comes next and why then; undefined where nothing is known to come. */
export function nextWords(run: ShownRun, now: number): string | undefined {
  const { nextLookAt, queue, duration } = run;
  if (hasEnded(run)) return undefined;
  if (queue?.position !== undefined) {
    const when =
      queue.expectedStartAt === undefined ? '' : `; it may start at ${shortTime(queue.expectedStartAt, now)}`;
    return `place ${queue.position} in line for the platform${when}`;
  }
  if (nextLookAt === undefined) return undefined;
  const inMs = Math.max(0, Date.parse(nextLookAt) - now);
  const why = LOOK_REASONS.find((reason) => reason === run.nextLookWhy);
  if (why !== undefined) return lookWords({ why, inMs, duration });
  const what = run.startedAt === undefined ? 'next try' : 'next look';
  return inMs < 1_000 ? `${what} now` : `${what} in ${formatDuration(inMs)}`;
}

/** What it waits for and how that can be given. */
export function waitingWords({ id, status, waitingFor }: ShownRun): string | undefined {
  if (status === 'WAITING_FOR_EVENT') return 'It waits for something outside of the platform.';
  if (status !== 'WAITING_FOR_INPUT') return undefined;
  const place = waitingFor?.url === undefined ? undefined : harmless(waitingFor.url);
  if (waitingFor?.answerable === true)
    return `It waits for an answer: errand answer ${id}${place === undefined ? '' : `, or at ${place}`}`;
  return `It waits for an answer, which a person gives ${place === undefined ? 'at the platform' : `at ${place}`}`;
}

export interface Trouble {
  /** When the first of the troubles in a row was. */
  readonly since: string;
  readonly message: string;
}

const TROUBLES: readonly string[] = ['trouble', 'not-started', 'held'];
/** Happen in the midst of trouble and end none. */
const BETWEEN: readonly string[] = ['intent', 'published', 'input', 'cancel'];

/** What was in the way at last; undefined once something has gone well since. */
export function troubleOf(events: readonly ShownEvent[]): Trouble | undefined {
  const told = events.filter(({ type }) => !BETWEEN.includes(type));
  const good = told.findLastIndex(({ type }) => !TROUBLES.includes(type));
  const [first] = told.slice(good + 1);
  const last = told.at(-1);
  return first === undefined || last === undefined ? undefined : { since: first.at, message: last.message };
}

/** The same for a run that has ended, whose last line says only how. */
export function lastTrouble(events: readonly ShownEvent[]): string | undefined {
  return events.findLast(({ type }) => TROUBLES.includes(type))?.message;
}

/** "SUCCEEDED", with the platform's own word where it has one. */
export function remoteWord({ remoteStatus }: ShownRun): string {
  return remoteStatus === undefined ? '' : `"${harmless(remoteStatus)}"`;
}

export function tookMs(run: ShownRun, now: number): number {
  const end = run.endedAt === undefined ? now : Date.parse(run.endedAt);
  return Math.max(0, end - Date.parse(run.createdAt));
}
