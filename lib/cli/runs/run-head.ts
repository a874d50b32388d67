/** All that is known of a run, for people. Pure. */
import { formatDuration } from '../../domain/duration.ts';
import type { Json } from '../../domain/json.ts';
import { harmless } from '../frame/errand-table.ts';
import { localTime } from '../frame/local-times.ts';
import type { Paint } from '../frame/status-paint.ts';
import { adviceOn } from './advice.ts';
import { bytesWords, isGoodEnd } from './run-summary.ts';
import {
  hasEnded,
  lastTrouble,
  nextWords,
  progressWords,
  remoteWord,
  tookMs,
  troubleOf,
  waitingWords,
} from './run-words.ts';
import type { ShownEvent, ShownRun } from './shown-run.ts';

type Field = readonly [name: string, words: string | undefined];

const NAME_WIDTH = 13;

export interface Cost {
  readonly dollars: number;
  readonly transitions: number;
}

export function headLines(
  run: ShownRun,
  events: readonly ShownEvent[],
  cost: Cost,
  now: number,
  paint: Paint,
): readonly string[] {
  const reason = run.fallout?.reason ?? run.error?.code ?? '';
  const title = [paint.strong(run.id), paint.status(run.status), reason, remoteWord(run)];
  const fields = [...aboutNow(run, events, now), ...aboutTimes(run, now), ...aboutIdentity(run, cost)];
  return [
    title.filter((part) => part !== '').join('  '),
    ...fields.flatMap(([name, words]) =>
      words === undefined ? [] : [`  ${paint.weak(name.padEnd(NAME_WIDTH))} ${harmless(words)}`],
    ),
  ];
}

function aboutNow(run: ShownRun, events: readonly ShownEvent[], now: number): readonly Field[] {
  const isOver = hasEnded(run);
  const trouble = isOver ? lastTrouble(events) : troubleOf(events)?.message;
  const { error, cancel, output } = run;
  return [
    ['error', error?.message],
    ['trouble', isOver ? undefined : trouble],
    ['what to do', isGoodEnd(run) ? undefined : adviceOn(run, trouble)],
    ['waits', waitingWords(run)],
    ['progress', isOver ? undefined : progressWords(run, now)],
    ['next', nextWords(run, now)?.replace(/^next /, '')],
    ['slow', run.slowSince && `since ${localTime(run.slowSince)} it takes longer than nearly all runs of its flow`],
    ['canceled', cancel && `asked for ${localTime(cancel.requestedAt)}; ${cancelWords(cancel.remote)}`],
    ['output', output && (output.missing ?? (output.available ? bytesWords(output.bytes) : 'none'))],
    ['said later', run.lateVerdict && `the platform said ${run.lateVerdict.status} after this run had been judged`],
    ['also started', run.orphans?.join(', ')],
  ];
}

/** What became of it at the platform. */
export function cancelWords(remote: 'confirmed' | 'unconfirmed' | 'unsupported' | undefined): string {
  if (remote === 'confirmed') return 'the platform has confirmed it';
  if (remote === 'unconfirmed') return 'the platform has not confirmed it: the job may still be running there';
  if (remote === 'unsupported')
    return 'the platform cannot cancel: the job goes on there, and its result is not waited for';
  return 'the platform has not answered yet';
}

function aboutTimes(run: ShownRun, now: number): readonly Field[] {
  const { startedAt, endedAt, deadline, duration } = run;
  const took = formatDuration(tookMs(run, now));
  const usual =
    duration === undefined
      ? ''
      : ` (half of such runs end within ${formatDuration(duration.p50Ms)}, 95 % within ${formatDuration(duration.p95Ms)})`;
  return [
    ['accepted', `${localTime(run.createdAt)}, by ${run.trigger}`],
    ['started', startedAt && localTime(startedAt)],
    ['ended', endedAt && `${localTime(endedAt)}, after ${took}${usual}`],
    ['takes', endedAt === undefined ? `${took} so far${usual}` : undefined],
    ['deadline', endedAt === undefined ? localTime(deadline) : undefined],
  ];
}

function aboutIdentity(run: ShownRun, { dollars, transitions }: Cost): readonly Field[] {
  const { attempt, maxAttempts, attempts = [], tags = {}, parameters, links } = run;
  return [
    ['flow', `${run.flowId} on ${run.connection} (${run.provider})`],
    ['remote id', run.remoteId],
    ['platform', links.browser],
    ...attempts.map(pastAttempt),
    ['attempt', maxAttempts > 1 ? `${attempt} of ${maxAttempts}` : undefined],
    ['rerun of', run.rerunOf],
    ['business key', run.businessKey],
    ['tags', pairs(tags)],
    ['parameters', pairs(parameters)],
    ['cost', `about ${centsOf(dollars)} (${count(transitions, 'state transition')}, ${count(run.looks, 'look')})`],
  ];
}

function pastAttempt({ attempt, status, error, remoteId, endedAt }: NonNullable<ShownRun['attempts']>[number]): Field {
  const parts = [status, error, `ended ${localTime(endedAt)}`, remoteId === undefined ? undefined : `as ${remoteId}`];
  return [`attempt ${attempt}`, parts.filter((part) => part !== undefined).join(', ')];
}

const MAX_VALUE = 80;

function pairs(values: Readonly<Record<string, Json>>): string | undefined {
  const words = Object.entries(values).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${name}=${text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text}`;
  });
  return words.length === 0 ? undefined : words.join('  ');
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;

/** 0.00123 dollars as `0.12 cents`. */
function centsOf(dollars: number): string {
  return `${Number((dollars * 100).toPrecision(2))} cents`;
}
