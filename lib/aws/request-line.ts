/**
 * Who may call a platform next. One clock of moments for each connection, and for each kind of call a line of those who
 * were sent away. Pure; whoever keeps the clocks does what `stepOf` says, if it still holds when it is written.
 */
import type { Moment, MomentRequest } from '../workflow/ports.ts';

/** The clocks, in epoch milliseconds, with the line of the kind that asks. */
export interface Line {
  /** The last moment that was given out. */
  readonly lastAt?: number;
  /** The last place in line; absent when nobody was sent away since the platform was last idle. */
  readonly tail?: number;
  /** The place that was served last. */
  readonly turn?: number;
  /** How many kinds have a line, and share the moments. */
  readonly lines: number;
}

/**
 * `idle`: takes this very moment. `next`: takes the next one. `first`: begins a line at `place`. `behind`: goes to its
 * end. `keep`: has a place in it and comes again.
 */
export type Step =
  | { readonly kind: 'idle' }
  | { readonly kind: 'next' }
  | { readonly kind: 'behind' }
  | { readonly kind: 'first' | 'keep'; readonly place: number };

/** When moments nearer than this share of the horizon are left over, those in front are late: whoever was due goes. */
const SPARE = 0.3;
/** Who comes so much later than told (whole seconds, a slow function) is waited for; within it, order may change. */
const LATE_MS = 2_000;
/** Further ahead than any call can wait: the work of a clock that was wrong. */
export const LOST_MS = 3_600_000;
const LONG_WAIT_MS = 60_000;
/** A function waits for its moment; no longer than this beyond what it would have waited anyway. */
const MAX_LATENESS_MS = 15_000;

export function stepOf(line: Line, request: MomentRequest, now: number): Step {
  const { lastAt, tail, turn = 0 } = line;
  const { spacingMs, horizonMs, hadTurn, place } = request;
  if (lastAt === undefined || lastAt <= now - spacingMs || lastAt > now + LOST_MS) return { kind: 'idle' };
  const nextAt = lastAt + spacingMs;
  const isEmpty = tail === undefined || turn >= tail;
  const isSpare = nextAt <= now + horizonMs * SPARE;
  const dueAt = isSpare ? Math.max(now, turn + spacingMs) : turn + spacingMs;
  const isInTurn = isEmpty || (hadTurn && (place === undefined || place <= dueAt + LATE_MS));
  if (isInTurn && nextAt <= now + horizonMs + latenessOf(line, request)) return { kind: 'next' };
  if (isEmpty) return { kind: 'first', place: Math.max(now, nextAt - horizonMs) };
  return place !== undefined && place <= tail ? { kind: 'keep', place } : { kind: 'behind' };
}

/** Who was passed by others in its line may reach as much further ahead, or it would be passed again and again. */
export function latenessOf({ tail = 0, turn = 0 }: Line, { hadTurn, place }: MomentRequest): number {
  const isPassed = hadTurn && place !== undefined && turn < tail;
  return isPassed ? Math.min(Math.max(0, turn - place), MAX_LATENESS_MS) : 0;
}

/** How far a line has come once somebody of it was served; undefined when no further. */
export function turnAfter({ tail, turn }: Line, request: MomentRequest, now: number): number | undefined {
  const { hadTurn, place = now } = request;
  if (!hadTurn || tail === undefined || turn === undefined) return undefined;
  const served = Math.min(place, tail);
  return served > turn ? served : undefined;
}

/** For whoever is sent away: not before a moment can be near enough, nor before those in front had theirs. */
export function comeBack(line: Line, { spacingMs, horizonMs }: MomentRequest, place: number, now: number): Moment {
  const { lastAt = now, turn = place, lines } = line;
  const inFrontMs = (place - turn - spacingMs) * lines;
  const waitMs = Math.max(1, lastAt + spacingMs - horizonMs - now, place - now, inFrontMs);
  // What is far off may come sooner, once calls may follow each other faster; so the longer a wait, the sooner one asks
  // again, and still in order.
  return { taken: false, place, inMs: waitMs <= LONG_WAIT_MS ? waitMs : Math.sqrt(waitMs * LONG_WAIT_MS) };
}

export function backlogOf({ lastAt = 0, tail = 0, turn = 0, lines }: Line, now: number) {
  const requestsMs = Math.max(0, lastAt - now);
  return { requestsMs, startsMs: turn >= tail ? requestsMs : Math.max(requestsMs, tail - now, (tail - turn) * lines) };
}
