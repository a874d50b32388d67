/** The plan that a run follows, made once from the history of its flow when the platform has accepted it. */
import type { LagBudget } from '../domain/lag-budget.ts';
import type { LookPlan } from '../domain/look-plan.ts';
import { type FlowHistory, RECENT_RUNS, REMEMBERED_RUNS, usualOf } from './flow-history.ts';
import { allowedLagOf, lookCostOf } from './look-cost.ts';
import { lookTimes } from './look-times.ts';
import { type Moments, momentsOf } from './moments.ts';
import { looksThatFind, type Planned } from './planned-look.ts';
import { quantileOf } from './quantile.ts';

export interface PlanOptions {
  readonly lookCostSeconds: number;
  readonly isStrict: boolean;
}

/** So many runs at once, and a change of the flow would be paid for by too many. */
const MANY_IN_FLIGHT = 8;
/** The search for what a budget costs: from looks for nothing to hardly any. */
const CHEAPEST_LOOK = 1e-5;
const DEAREST_LOOK = 1e4;
const TRIALS = 9;
const PHASES = [-0.375, -0.125, 0.125, 0.375];

/**
 * Looks that balance lag and cost, or the cheapest that keep the mean lag within a budget.
 * @returns undefined for a flow of which nothing is remembered: looks then go by a rule without a plan.
 */
export function planLooks(history: FlowHistory | undefined, budget?: LagBudget): LookPlan | undefined {
  const sorted = secondsOf(history);
  if (history === undefined || sorted.length === 0) return undefined;
  const isStrict = sorted.length < REMEMBERED_RUNS || inFlightOf(history, sorted) >= MANY_IN_FLIGHT;
  const moments = momentsOf(sorted);
  const lookCostSeconds =
    budget === undefined ? lookCostOf(sorted) : lookCostWithin(allowedLagOf(budget, sorted), sorted, moments, isStrict);
  const usual = usualOf(history);
  return { ...planned(moments, { lookCostSeconds, isStrict }), ...(usual === undefined ? {} : { usual }) };
}

/** The plan at a given price of a look. @param durationsMs not empty. */
export function planAt(durationsMs: readonly number[], options: PlanOptions): LookPlan {
  const sorted = secondsOf({ durationsMs });
  return planned(momentsOf(sorted), options);
}

function planned(moments: Moments, options: PlanOptions): LookPlan {
  const { lookCostSeconds, isStrict } = options;
  const atSeconds = lookTimes(moments, options);
  return { atSeconds, lookCostSeconds, ...(isStrict ? { isStrict } : {}) };
}

/** The dearest look at which the mean lag, of the forecast's own runs, is still within what is allowed. */
function lookCostWithin(allowed: number, sorted: readonly number[], moments: Moments, isStrict: boolean): number {
  let low = Math.log(CHEAPEST_LOOK);
  let high = Math.log(DEAREST_LOOK);
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const middle = (low + high) / 2;
    const plan = planned(moments, { lookCostSeconds: Math.exp(middle), isStrict });
    if (meanLagOf(plan, sorted) <= allowed) low = middle;
    else high = middle;
  }
  return Number(Math.exp(low).toPrecision(3));
}

/** As looks happen in truth: spread, and past the end of the plan. */
function meanLagOf(plan: Planned, sorted: readonly number[]): number {
  const looks = PHASES.flatMap((phase) => looksThatFind(sorted, plan, phase));
  return meanOf(looks) - meanOf(sorted);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Little's law: how many ended lately, times how long each takes. */
function inFlightOf({ recentAt }: FlowHistory, sorted: readonly number[]): number {
  if (recentAt.length < RECENT_RUNS) return 1;
  const tookSeconds = (Math.max(...recentAt) - Math.min(...recentAt)) / 1_000;
  return ((recentAt.length - 1) * quantileOf(sorted, 0.5)) / Math.max(tookSeconds, 0.001);
}

function secondsOf(history: Pick<FlowHistory, 'durationsMs'> | undefined): readonly number[] {
  // Nothing takes no time; the logarithm of it would be endless.
  return (history?.durationsMs ?? []).map((ms) => Math.max(ms, 1) / 1_000).sort((a, b) => a - b);
}
