/** When to look next. Pure: times in, times out; what is answered depends on the clock alone, so nothing can shift it. */
import type { LagBudget } from '../domain/lag-budget.ts';
import type { LookPlan, LookReason, Usual } from '../domain/look-plan.ts';
import { unitOf } from '../domain/unit-of.ts';
import { REMEMBERED_RUNS, type Took } from './flow-history.ts';
import { squares, withinBudget } from './ladder.ts';
import { DEFAULT_LOOK_COST_SECONDS } from './look-cost.ts';
import { ladderLookAfter, plannedLookAfter } from './planned-look.ts';

const JITTER = 0.1;
const MIN_WAIT_MS = 1_000;
/** Twelve hours: even a quiet run is seen twice a day. */
const MAX_WAIT_MS = 43_200_000;
const MAX_WAITING_MS = 900_000;
const FIRST_WAITING_MS = 20_000;
const MAX_TROUBLE_MS = 60_000;
const STRICT_FIRST_SECONDS = 10;
const STRICT_TIMES = 8;
/** A percentage says nothing before this, and is never believed to the end. */
const PROGRESS_FROM = 20;
const PROGRESS_SHARE = 0.7;

export interface LookMoment {
  /** Milliseconds since the platform accepted the run, without the time that people took. */
  readonly elapsedMs: number;
  /** Stable text per run; decides the jitter, so that a repeated decision is the same decision. */
  readonly seed: string;
  /** The provider's `Retry-After`: a lower bound, never shortened by anything. */
  readonly retryAfterMs?: number | undefined;
  /** Absent: little is known of the flow, and looks happen at c/2·k² seconds, or by the budget. */
  readonly plan?: LookPlan | undefined;
  /** How late the end may be noticed; only asked for without a plan. */
  readonly budget?: LagBudget | undefined;
  /** Only where the platform's percentages may be trusted. */
  readonly progress?: LookProgress | undefined;
  /** Time left until the deadline; the last look is made there. */
  readonly remainingMs: number;
}

export interface LookProgress {
  readonly percentage: number;
  /** After how much of the run's time it was said first; absent: just now. */
  readonly atMs?: number | undefined;
}

/** A wait, and what decided on it. */
export interface NextLook {
  readonly waitMs: number;
  readonly why: LookReason;
}

/** When to look next at a run that is going on. */
export function nextLook(moment: LookMoment): NextLook {
  const ruleMs = Math.max(MIN_WAIT_MS, lookAfter(moment) * 1_000 - moment.elapsedMs);
  const plannedMs = Math.min(ruleMs, guardMs(moment));
  const byProgressMs = progressMs(moment);
  if (byProgressMs < plannedMs) return clamp(byProgressMs, 'progress', moment);
  return clamp(plannedMs, plannedMs < ruleMs ? guardReason(moment.plan) : ruleReason(moment.plan), moment);
}

const ruleReason = (plan: LookPlan | undefined): LookReason => (plan?.usual === undefined ? 'early' : 'usual');

/** A plan is kept to less strictly while few runs are known; later on, only while many are under way. */
function guardReason(plan: LookPlan | undefined): LookReason {
  const { runs = 0 } = plan?.usual ?? {};
  return runs < REMEMBERED_RUNS ? 'early' : 'usual';
}

/** Wait before the next look at a run that is going on. */
export function nextLookMs(moment: LookMoment): number {
  return nextLook(moment).waitMs;
}

/**
 * When to look next at a run that waits for a person: the first within 30 s, then doubling to 15 min.
 * @param looks how many looks have found it waiting.
 */
export function nextWaitingLook(moment: LookMoment, looks: number): NextLook {
  const waitMs = Math.min(FIRST_WAITING_MS * 2 ** Math.min(looks, 10), MAX_WAITING_MS);
  const jitter = 1 + JITTER * (2 * unitOf(`${moment.seed}/waiting/${looks}`) - 1);
  return clamp(waitMs * jitter, 'waiting', moment);
}

/** When to try again after a failed call: 1 s doubling to 60 s with full jitter. @param failures in a row, at least 1. */
export function nextTry(moment: LookMoment, failures: number): NextLook {
  const ceiling = Math.min(MIN_WAIT_MS * 2 ** Math.min(failures, 10), MAX_TROUBLE_MS);
  const share = unitOf(`${moment.seed}/try/${failures}`);
  return clamp(Math.max(MIN_WAIT_MS, share * ceiling), 'trouble', moment);
}

/** After how much time a run may be expected to end; undefined past nearly all others, or when nothing is known. */
export function expectedEndMs(usual: Usual | undefined, elapsedMs: number): number | undefined {
  if (usual === undefined) return undefined;
  return [usual.p50Ms, usual.p95Ms, usual.p99Ms].find((ms) => ms > elapsedMs);
}

export interface SeenEnd {
  /** Epoch milliseconds, all of them. */
  readonly startedMs: number;
  /** The last look that found it going; the start where there was none. */
  readonly seenGoingMs: number;
  readonly seenEndedMs: number;
  /** What the provider says, by its own clock. */
  readonly finishedMs?: number | undefined;
}

/**
 * How long a run took: a span, because any moment between the last two looks may have been the end. The provider's word
 * counts where it agrees with what was seen.
 */
export function tookOf({ startedMs, seenGoingMs, seenEndedMs, finishedMs }: SeenEnd): Took {
  const isSound = finishedMs !== undefined && finishedMs >= seenGoingMs && finishedMs <= seenEndedMs;
  const [earliest, latest] = isSound ? [finishedMs, finishedMs] : [seenGoingMs, seenEndedMs];
  return { fromMs: Math.max(0, earliest - startedMs), toMs: Math.max(0, latest - startedMs) };
}

/** Seconds after the start. */
function lookAfter({ elapsedMs, seed, plan, budget }: LookMoment): number {
  const elapsed = elapsedMs / 1_000;
  const phase = unitOf(`${seed}/phase`) - 0.5;
  if (plan !== undefined) return plannedLookAfter(elapsed, plan, phase);
  return ladderLookAfter(
    elapsed,
    budget === undefined ? squares(DEFAULT_LOOK_COST_SECONDS) : withinBudget(budget),
    phase,
  );
}

/** In whole seconds, because waits are rounded up. */
function guardMs({ elapsedMs, plan }: LookMoment): number {
  if (plan?.isStrict !== true) return Number.POSITIVE_INFINITY;
  return 1_000 * Math.max(STRICT_FIRST_SECONDS, Math.floor((STRICT_TIMES * elapsedMs) / 1_000));
}

/** Most of what is left by the percentage; never closer than a look is worth, and nothing once it has proven wrong. */
function progressMs({ elapsedMs, progress, plan }: LookMoment): number {
  const { percentage = 0, atMs = elapsedMs } = progress ?? {};
  if (!(percentage > PROGRESS_FROM && percentage < 100)) return Number.POSITIVE_INFINITY;
  const leftMs = (atMs * 100) / percentage - elapsedMs;
  if (leftMs <= 0) return Number.POSITIVE_INFINITY;
  const leastMs = 1_000 * Math.max(1, plan?.lookCostSeconds ?? DEFAULT_LOOK_COST_SECONDS);
  return Math.max(leastMs, PROGRESS_SHARE * leftMs);
}

/** What the platform asks for counts more than what we want, and the deadline more than both. */
function clamp(wantedMs: number, wantedWhy: LookReason, { retryAfterMs = 0, remainingMs }: LookMoment): NextLook {
  const ourMs = Math.min(wantedMs, MAX_WAIT_MS);
  const [politeMs, why]: readonly [number, LookReason] =
    retryAfterMs > ourMs ? [retryAfterMs, 'retry-after'] : [ourMs, wantedWhy];
  if (remainingMs < politeMs) return { waitMs: Math.max(0, Math.round(remainingMs)), why: 'deadline' };
  return { waitMs: Math.max(0, Math.round(politeMs)), why };
}
