/** How long runs of a flow took: what is remembered, how it is kept fresh, and what it says. Pure. */
import type { Usual } from '../domain/look-plan.ts';
import { quantileOf } from './quantile.ts';

/** The last 64 durations and the last four, in one item. */
export interface FlowHistory {
  /** In no order; a few more than 64 when several runs ended at once. */
  readonly durationsMs: readonly number[];
  /** The newest, oldest first, and when they ended (epoch milliseconds). */
  readonly recentMs: readonly number[];
  readonly recentAt: readonly number[];
}

/** How long a run took, as far as it was seen: at least the one, at most the other. */
export interface Took {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one write does with a duration; the newest four are kept beside it in every case but `skip`. */
export type Remembering =
  | { readonly kind: 'append' }
  | { readonly kind: 'replace'; readonly slot: number }
  /** The flow has changed: what it was like before is forgotten. */
  | { readonly kind: 'reset'; readonly durationsMs: readonly number[] }
  /** Enough is remembered of the last moments; one item cannot be written by everybody. */
  | { readonly kind: 'skip' };

export const REMEMBERED_RUNS = 64;
export const RECENT_RUNS = 4;
/** Four writes in so long are ten a second. */
const BUSY_MS = 400;
/** With fewer runs to compare with, four of a kind are no proof of a change. */
const RUNS_TO_COMPARE = 16;
const RUNS_TO_SPEAK_OF = 5;
const BAND = 0.1;
/** Of the runs before: with fewer of them in a span, an end there is a surprise. */
const USUAL_SHARE = 0.125;

/** Decides how a duration is added to what is remembered; the history may be a moment behind. */
export function howToRemember(
  history: FlowHistory | undefined,
  durationMs: number,
  now: number,
  random: () => number,
): Remembering {
  if (history === undefined) return { kind: 'append' };
  const oldest = history.recentAt.length < RECENT_RUNS ? undefined : history.recentAt[0];
  // Either way: a clock that was wrong once must not silence the flow for good.
  if (oldest !== undefined && Math.abs(now - oldest) < BUSY_MS) return { kind: 'skip' };
  const recentMs = [...history.recentMs, durationMs].slice(-RECENT_RUNS);
  const durationsMs = [...history.durationsMs, durationMs];
  if (hasChanged({ durationsMs, recentMs, recentAt: [] })) return { kind: 'reset', durationsMs: recentMs };
  const runs = history.durationsMs.length;
  return runs < REMEMBERED_RUNS ? { kind: 'append' } : { kind: 'replace', slot: Math.floor(random() * runs) };
}

/**
 * One duration for a span, to be remembered. Where so many runs ended in it before that the flow is as it was, one from the
 * middle half of those: those at the edges, drawn again and again, would never be forgotten. Elsewhere any moment is as
 * likely. The look that saw the end is none: it would move the next plan after itself.
 */
export function durationIn(history: FlowHistory | undefined, { fromMs, toMs }: Took, random: () => number): number {
  const known = history?.durationsMs ?? [];
  const inside = known.filter((ms) => ms > fromMs && ms <= toMs).sort((a, b) => a - b);
  const isUsual = inside.length > 0 && inside.length >= known.length * USUAL_SHARE;
  const middle = inside[Math.floor((0.25 + random() / 2) * inside.length)];
  return Math.round(isUsual && middle !== undefined ? middle : fromMs + random() * (toMs - fromMs));
}

/**
 * The newest four were all slower, or all faster, than all but a tenth of the others: by chance, that is so for two runs
 * in ten thousand.
 */
export function hasChanged({ durationsMs, recentMs }: FlowHistory): boolean {
  if (recentMs.length < RECENT_RUNS) return false;
  const others = without(durationsMs, recentMs).sort((a, b) => a - b);
  if (others.length < RUNS_TO_COMPARE) return false;
  const fast = quantileOf(others, BAND);
  const slow = quantileOf(others, 1 - BAND);
  return recentMs.every((ms) => ms < fast) || recentMs.every((ms) => ms > slow);
}

/** What a run of the flow may be expected to take; undefined below five runs. */
export function usualOf(history: FlowHistory | undefined): Usual | undefined {
  const sorted = (history?.durationsMs ?? []).toSorted((a, b) => a - b);
  if (sorted.length < RUNS_TO_SPEAK_OF) return undefined;
  const quantile = (share: number) => Math.round(quantileOf(sorted, share));
  return {
    p05Ms: quantile(0.05),
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    runs: Math.min(sorted.length, REMEMBERED_RUNS),
  };
}

function without(all: readonly number[], some: readonly number[]): number[] {
  const left = [...all];
  for (const value of some) {
    const index = left.indexOf(value);
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}
