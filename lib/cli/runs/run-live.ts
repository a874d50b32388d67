/** A run while it is waited for: a picture that is drawn again and again, or a line for each change. Pure. */
import { formatDuration } from '../../domain/duration.ts';
import { harmless } from '../frame/errand-table.ts';
import { shortTime, timeOfDay } from '../frame/local-times.ts';
import type { Paint } from '../frame/status-paint.ts';
import { adviceOn } from './advice.ts';
import { nextWords, progressWords, remoteWord, type Trouble, tookMs, waitingWords } from './run-words.ts';
import type { ShownRun } from './shown-run.ts';

/** What is known at one moment. */
export interface Seen {
  readonly run: ShownRun;
  readonly trouble?: Trouble | undefined;
  /** Why Errand itself cannot be asked at present. */
  readonly unreachable?: string | undefined;
}

/** The lines of a terminal, the status first. */
export function liveLines({ run, trouble, unreachable }: Seen, now: number, paint: Paint): readonly string[] {
  const attempt = run.maxAttempts > 1 ? `attempt ${run.attempt} of ${run.maxAttempts}` : '';
  const head = [paint.status(run.status), remoteWord(run), formatDuration(tookMs(run, now)), attempt];
  const waiting = waitingWords(run);
  const next = nextWords(run, now);
  const lines = [
    head.filter((part) => part !== '').join('  '),
    waiting === undefined ? progressWords(brief(run), now) : paint.strong(waiting),
    next && paint.weak(next),
    ...troubleLines(run, trouble, now).map((line) => paint.alarm(line)),
    unreachable && paint.alarm(`Errand does not answer; trying again. ${unreachable}`),
    paint.weak('Ctrl-C stops watching; the run goes on.'),
  ];
  return lines.filter((line): line is string => line !== undefined && line !== '');
}

const MAX_MESSAGE = 100;

/** What a platform says at length would leave no room for what is in the way. */
function brief(run: ShownRun): ShownRun {
  const { progress } = run;
  if (progress?.message === undefined || progress.message.length <= MAX_MESSAGE) return run;
  return { ...run, progress: { ...progress, message: `${progress.message.slice(0, MAX_MESSAGE - 1)}…` } };
}

/** What is in the way, since when, and what to do about it. */
export function troubleLines(run: ShownRun, trouble: Trouble | undefined, now: number): readonly string[] {
  if (trouble === undefined && run.heldBack === undefined) return [];
  const since = trouble?.since ?? run.heldBack?.since;
  const when = since === undefined ? '' : ` (since ${shortTime(since, now)})`;
  const advice = adviceOn(run, trouble?.message);
  return [
    `${harmless(trouble?.message ?? `Kept back: ${run.heldBack?.why}`)}${when}`,
    ...(advice === undefined ? [] : [`What to do: ${advice}`]),
  ];
}

/** What has changed since the picture before, one line each; empty where nothing worth telling has. */
export function changeLines(before: Seen | undefined, seen: Seen, now: number): readonly string[] {
  const at = timeOfDay(now);
  const [was, is] = [before && factsOf(before), factsOf(seen)];
  const lines = [
    ...(was?.state === is.state ? [] : [is.state]),
    ...(is.waiting === undefined || was?.waiting === is.waiting ? [] : [is.waiting]),
    ...(is.trouble === was?.trouble ? [] : troubleLines(seen.run, seen.trouble, now)),
    ...(is.unreachable === undefined || was?.unreachable !== undefined
      ? []
      : [`Errand does not answer; trying again. ${is.unreachable}`]),
  ];
  return lines.map((line) => `${at}  ${line}`);
}

/** What is compared: words that change only with what they tell. */
function factsOf({ run, trouble, unreachable }: Seen) {
  const { status, progress, attempt, maxAttempts, slowSince } = run;
  const state = [
    status,
    remoteWord(run),
    progress?.percentage === undefined ? '' : `${Math.round(progress.percentage)} %`,
    progress?.message === undefined ? '' : harmless(progress.message),
    maxAttempts > 1 ? `attempt ${attempt} of ${maxAttempts}` : '',
    slowSince === undefined ? '' : 'slower than nearly all runs of its flow',
  ];
  return {
    state: state.filter((part) => part !== '').join('  '),
    waiting: waitingWords(run),
    trouble: trouble?.message ?? run.heldBack?.why,
    unreachable,
  };
}
