/** The timeline for people: looks that say the same are folded, and every line says what it makes Errand do next. Pure. */
import { formatDuration } from '../../domain/duration.ts';
import { LOOK_REASONS, type LookReason } from '../../domain/look-plan.ts';
import { lookWords, type UsualDuration } from '../../domain/look-words.ts';
import type { EventType } from '../../domain/run.ts';
import type { Status } from '../../domain/status.ts';

export interface TimelineEvent {
  readonly seq: number;
  readonly at: string;
  readonly type: EventType;
  readonly status?: Status | undefined;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export interface EventRow {
  readonly kind: 'event';
  readonly key: number;
  readonly event: TimelineEvent;
  /** Why the next look is when it is. */
  readonly next?: string;
  /** What is left of its data. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The line moved the run to this status. */
  readonly status?: Status;
}

export interface FoldRow {
  readonly kind: 'fold';
  readonly key: number;
  readonly words: string;
  readonly rows: readonly EventRow[];
}

export interface GapRow {
  readonly kind: 'gap';
  readonly key: number;
  readonly words: string;
}

export type TimelineRow = EventRow | FoldRow | GapRow;

/** With fewer equal lines, folding hides more than it spares. */
const MIN_FOLDED = 3;
const MIN_GAP_MS = 1_000;

const FOLDED: Partial<Record<EventType, string>> = {
  look: 'looks, nothing new',
  waiting: 'looks, still the same question',
  held: 'times kept back for the same reason',
  trouble: 'times the same trouble',
  'not-started': 'tries with the same outcome',
};

/** @param events oldest first, as the rows are. */
export function timelineRows(
  events: readonly TimelineEvent[],
  duration: UsualDuration | undefined,
): readonly TimelineRow[] {
  const rows: TimelineRow[] = [];
  for (let index = 0; index < events.length; ) {
    const same = equalFrom(events, index);
    const before = events[index - 1];
    const first = events[index];
    if (first === undefined) break;
    rows.push(...gapOf(before, first));
    // Nothing but the last of them may still come true.
    const folded = same.slice(1, index + same.length === events.length ? -1 : undefined);
    if (folded.length < MIN_FOLDED) {
      for (const [offset, event] of same.entries())
        rows.push(
          ...(offset === 0 ? [] : gapOf(same[offset - 1], event)),
          rowOf(event, events[index + offset - 1], duration),
        );
    } else {
      rows.push(rowOf(first, before, duration), foldOf(folded, duration));
      const last = same.slice(1 + folded.length);
      rows.push(...last.flatMap((event) => [...gapOf(folded.at(-1), event), rowOf(event, folded.at(-1), duration)]));
    }
    index += same.length;
  }
  return rows;
}

function equalFrom(events: readonly TimelineEvent[], from: number): readonly TimelineEvent[] {
  const first = events[from];
  if (first === undefined || FOLDED[first.type] === undefined) return events.slice(from, from + 1);
  let to = from + 1;
  while (to < events.length && saysTheSame(events[to], first)) to += 1;
  return events.slice(from, to);
}

function saysTheSame(event: TimelineEvent | undefined, { type, message, status }: TimelineEvent): boolean {
  return event?.type === type && event.message === message && event.status === status;
}

function foldOf(events: readonly TimelineEvent[], duration: UsualDuration | undefined): FoldRow {
  const [first] = events;
  const tookMs = Date.parse(events.at(-1)?.at ?? '') - Date.parse(first?.at ?? '');
  const within = tookMs >= MIN_GAP_MS ? `, over ${formatDuration(tookMs)}` : '';
  return {
    kind: 'fold',
    key: first?.seq ?? 0,
    words: `${events.length} more ${FOLDED[first?.type ?? 'look']}${within}`,
    rows: events.map((event) => rowOf(event, event, duration)),
  };
}

function gapOf(before: TimelineEvent | undefined, event: TimelineEvent): readonly GapRow[] {
  if (before === undefined) return [];
  const ms = Date.parse(event.at) - Date.parse(before.at);
  return ms < MIN_GAP_MS ? [] : [{ kind: 'gap', key: event.seq, words: formatDuration(ms) }];
}

function rowOf(event: TimelineEvent, before: TimelineEvent | undefined, duration: UsualDuration | undefined): EventRow {
  const { nextLookInMs, why, parked: _, ...data } = event.data ?? {};
  const next =
    typeof nextLookInMs === 'number' && isReason(why) ? lookWords({ why, inMs: nextLookInMs, duration }) : undefined;
  const hasMoved = event.status !== undefined && event.status !== before?.status;
  return {
    kind: 'event',
    key: event.seq,
    event,
    ...(next === undefined ? {} : { next: next.charAt(0).toUpperCase() + next.slice(1) }),
    ...(Object.keys(data).length === 0 ? {} : { data }),
    ...(hasMoved && event.status !== undefined ? { status: event.status } : {}),
  };
}

function isReason(why: unknown): why is LookReason {
  return (LOOK_REASONS as readonly unknown[]).includes(why);
}
