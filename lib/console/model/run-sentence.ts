/** What is happening with a run now, or how it ended, in one sentence and what follows from it. Pure. */
import { formatDuration } from '../../domain/duration.ts';
import type { LookReason } from '../../domain/look-plan.ts';
import { lookWords, type UsualDuration } from '../../domain/look-words.ts';
import { type FalloutReason, isTerminal, type Status } from '../../domain/status.ts';
import { FALLOUT_WORDS } from './fallout-words.ts';
import type { HeldBackWhy } from './next-step.ts';

/** Of a run, as the API tells it. */
export interface ToldRun {
  readonly status: Status;
  readonly connection: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly createdAt: string;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  readonly nextLookAt?: string | undefined;
  readonly nextLookWhy?: LookReason | undefined;
  readonly duration?: UsualDuration | undefined;
  readonly slowSince?: string | undefined;
  readonly queue?: QueueSeen | undefined;
  readonly heldBack?: { readonly why: HeldBackWhy; readonly since: string } | undefined;
  readonly waitingFor?: { readonly answerable?: boolean | undefined; readonly url?: string | undefined } | undefined;
  readonly error?: { readonly message: string } | undefined;
  readonly fallout?: { readonly reason: FalloutReason } | undefined;
  readonly cancel?: { readonly remote?: string | undefined } | undefined;
}

interface QueueSeen {
  readonly position?: number | undefined;
  readonly since: string;
  readonly expectedStartAt?: string | undefined;
}

export interface Sentence {
  /** What is so. */
  readonly is: string;
  /** What comes next, or why it is so. */
  readonly next?: string;
}

export function runSentence(run: ToldRun, now: number): Sentence {
  if (isTerminal(run.status)) return ended(run);
  if (run.cancel !== undefined)
    return { is: 'It is being canceled.', next: 'Errand looks once more, then asks the platform to stop the job.' };
  if (run.heldBack !== undefined && run.heldBack.why !== 'in-flight') return held(run, run.heldBack, now);
  if (run.queue !== undefined) return queued(run, run.queue, now);
  return OPEN[run.status]?.(run, now) ?? { is: run.status };
}

const OPEN: Partial<Record<Status, (run: ToldRun, now: number) => Sentence>> = {
  ACCEPTED: (run, now) =>
    isLater(run, now)
      ? { is: 'It could not be started yet.', next: `It is tried again ${due(run, now)}.` }
      : { is: 'Accepted; it is about to be started.' },
  STARTING: (run, now) =>
    isLater(run, now)
      ? { is: 'Whether it was started is not known yet.', next: `It is looked up at the platform ${due(run, now)}.` }
      : { is: 'It is being started: the platform is called.' },
  QUEUED: (run, now) => ({ is: 'It waits in the queue of the platform.', ...look(run, now) }),
  RUNNING: (run, now) => ({ is: running(run, now), ...look(run, now) }),
  WAITING_FOR_INPUT: (run, now) => ({
    is: run.waitingFor?.answerable
      ? 'It waits for a person: answer below.'
      : 'It waits for a person, who answers at the platform.',
    ...look(run, now),
  }),
  WAITING_FOR_EVENT: (run, now) => ({ is: 'It waits for something outside of the platform.', ...look(run, now) }),
  FETCHING_OUTPUT: (run, now) => ({
    is: 'The job is done; its output is being fetched.',
    ...(isLater(run, now) ? { next: `It is tried again ${due(run, now)}.` } : {}),
  }),
  COOLING_OFF: (run, now) => ({
    is: `Attempt ${run.attempt - 1} has ended; attempt ${run.attempt} of ${run.maxAttempts} follows.`,
    next: `It begins ${due(run, now)}.`,
  }),
};

function running(run: ToldRun, now: number): string {
  const since =
    run.startedAt === undefined ? '' : `, for ${formatDuration(Math.max(0, now - Date.parse(run.startedAt)))}`;
  return run.slowSince === undefined
    ? `It runs at the platform${since}.`
    : `It runs at the platform${since}: longer than nearly all runs of its flow.`;
}

function look({ nextLookAt, nextLookWhy, duration }: ToldRun, now: number): { readonly next?: string } {
  if (nextLookAt === undefined) return {};
  const inMs = Date.parse(nextLookAt) - now;
  if (nextLookWhy === undefined)
    return { next: inMs < 1_000 ? 'Looking now.' : `Next look in ${formatDuration(inMs)}.` };
  return { next: `${begun(lookWords({ why: nextLookWhy, inMs, duration }))}.` };
}

const HELD: Readonly<Record<HeldBackWhy, string>> = {
  paused: 'is paused by a person',
  failing: 'does not answer; one call at a time tries whether it does again',
  refused: 'refuses the key; one call at a time tries whether it still does',
  'told-to-wait': 'has asked for a pause',
  busy: 'has had as many requests as its limit allows',
  'in-flight': 'has as many jobs in flight as its limit allows',
};

function held(run: ToldRun, { why, since }: NonNullable<ToldRun['heldBack']>, now: number): Sentence {
  const forMs = Math.max(0, now - Date.parse(since));
  return {
    is: `Held back for ${formatDuration(forMs)}: the connection ${run.connection} ${HELD[why]}.`,
    next: why === 'paused' ? 'It goes on once somebody resumes the connection.' : `It comes back ${due(run, now)}.`,
  };
}

function queued(run: ToldRun, { position, since, expectedStartAt }: QueueSeen, now: number): Sentence {
  const place = position === undefined ? 'In line' : `In line at position ${position}`;
  const forMs = Math.max(0, now - Date.parse(since));
  const leftMs = expectedStartAt === undefined ? undefined : Date.parse(expectedStartAt) - now;
  return {
    is: `${place} for ${formatDuration(forMs)}: the connection ${run.connection} ${HELD['in-flight']}.`,
    next:
      leftMs === undefined || leftMs < 1_000
        ? 'It starts as soon as it is its turn.'
        : `It is expected to start in ${formatDuration(leftMs)}.`,
  };
}

function ended(run: ToldRun): Sentence {
  const { status, error, fallout } = run;
  if (status === 'FALLOUT') {
    const words = fallout && FALLOUT_WORDS[fallout.reason];
    const told = error?.message ?? words?.meaning;
    return {
      is: `A person has to decide. ${words?.title ?? 'It fell out'}.`,
      ...(told === undefined ? {} : { next: told }),
    };
  }
  if (status === 'HANDED_OFF')
    return { is: 'The platform has taken it.', next: 'It offers no way to learn more, so this is the end of it here.' };
  const took = tookWords(run);
  const next = error === undefined ? {} : { next: error.message };
  return { is: `${ENDS[status] ?? status}${took}.`, ...next };
}

const ENDS: Partial<Record<Status, string>> = {
  SUCCEEDED: 'It succeeded',
  SUCCEEDED_WITH_WARNINGS: 'It succeeded, with warnings',
  FAILED: 'It failed',
  CANCELED: 'It was canceled',
  TIMED_OUT: 'Its time ran out',
};

function tookWords({ startedAt, endedAt, attempt }: ToldRun): string {
  if (startedAt === undefined || endedAt === undefined) return '';
  const took = ` after ${formatDuration(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)))}`;
  return attempt > 1 ? `${took}, at attempt ${attempt}` : took;
}

function isLater({ nextLookAt }: ToldRun, now: number): boolean {
  return nextLookAt !== undefined && Date.parse(nextLookAt) - now >= 1_000;
}

function due({ nextLookAt }: ToldRun, now: number): string {
  const leftMs = nextLookAt === undefined ? 0 : Date.parse(nextLookAt) - now;
  return leftMs < 1_000 ? 'now' : `in ${formatDuration(leftMs)}`;
}

function begun(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
