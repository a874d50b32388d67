/** What comes next for a run, or what keeps it, in a few words for a list. Pure. */
import { formatDuration } from '../../domain/duration.ts';
import type { LookReason } from '../../domain/look-plan.ts';
import { lookWords, type UsualDuration } from '../../domain/look-words.ts';
import { type FalloutReason, isTerminal, type Status } from '../../domain/status.ts';
import { FALLOUT_WORDS } from './fallout-words.ts';

export interface Stepping {
  readonly status: Status;
  readonly nextLookAt?: string | undefined;
  readonly nextLookWhy?: LookReason | undefined;
  readonly duration?: UsualDuration | undefined;
  readonly heldBack?: { readonly why: HeldBackWhy } | undefined;
  readonly queue?: { readonly expectedStartAt?: string | undefined } | undefined;
  readonly progress?: { readonly percentage?: number | undefined; readonly message?: string | undefined } | undefined;
  readonly error?: { readonly message: string } | undefined;
  readonly fallout?: { readonly reason: FalloutReason } | undefined;
}

export type HeldBackWhy = 'paused' | 'failing' | 'refused' | 'told-to-wait' | 'busy' | 'in-flight';

export interface NextStep {
  readonly words: string;
  /** All of it, for whoever points at it; absent where the words are all. */
  readonly told?: string;
  /** `held`: nothing happens until something changes. */
  readonly tone: 'plain' | 'held';
}

/** Why a run may not call its platform at present. */
export const HELD_BACK_WORDS: Readonly<Record<HeldBackWhy, string>> = {
  paused: 'held: connection is paused',
  failing: 'held: platform is failing',
  refused: 'held: key is refused',
  'told-to-wait': 'held: platform asked to wait',
  busy: 'held: request budget is used up',
  'in-flight': 'held: as many run as may',
};

/** Only what the clock shows may differ between two calls with the same run. */
export function nextStep(run: Stepping, now: number): NextStep {
  if (isTerminal(run.status)) return ended(run);
  if (run.heldBack !== undefined) return { words: HELD_BACK_WORDS[run.heldBack.why], tone: 'held' };
  if (run.status === 'WAITING_FOR_INPUT') return { ...looking(run, now), words: 'waits for a person', tone: 'held' };
  const leftMs = run.nextLookAt === undefined ? undefined : Date.parse(run.nextLookAt) - now;
  if (run.status === 'ACCEPTED') return { words: queued(run, now), tone: 'plain' };
  if (run.status === 'COOLING_OFF') return { words: `next attempt ${inWords(leftMs)}`.trimEnd(), tone: 'plain' };
  if (leftMs === undefined) return { words: run.status === 'STARTING' ? 'being started' : '', tone: 'plain' };
  const before = run.status === 'WAITING_FOR_EVENT' ? 'waits for an event, look ' : 'look ';
  const { percentage } = run.progress ?? {};
  const done = percentage === undefined ? '' : ` · ${Math.round(percentage)} %`;
  return { ...looking(run, now), words: `${before}${inWords(leftMs)}${done}`, tone: 'plain' };
}

function looking({ nextLookAt, nextLookWhy, duration, progress }: Stepping, now: number): { readonly told?: string } {
  if (nextLookAt === undefined || nextLookWhy === undefined) return {};
  const look = lookWords({ why: nextLookWhy, inMs: Date.parse(nextLookAt) - now, duration });
  return { told: progress?.message === undefined ? look : `${progress.message} (${look})` };
}

function queued({ queue, nextLookAt }: Stepping, now: number): string {
  const at = queue?.expectedStartAt ?? nextLookAt;
  if (at === undefined) return queue === undefined ? 'about to start' : 'in line';
  return `starts ${inWords(Date.parse(at) - now)}`;
}

/** A moment that has just passed is now; one that has long passed is late, and worth a look of one's own. */
const LATE_MS = 30_000;

function inWords(leftMs: number | undefined): string {
  if (leftMs === undefined) return '';
  if (leftMs >= 1_000) return `in ${formatDuration(leftMs)}`;
  return leftMs > -LATE_MS ? 'now' : `due ${formatDuration(-leftMs)} ago`;
}

function ended({ status, fallout, error }: Stepping): NextStep {
  if (status === 'FALLOUT' && fallout !== undefined) {
    const { title, meaning } = FALLOUT_WORDS[fallout.reason];
    return { words: title, told: error?.message ?? meaning, tone: 'held' };
  }
  if (error === undefined) return { words: '', tone: 'plain' };
  return { words: error.message, told: error.message, tone: 'plain' };
}
