/** How many seconds of lag one look is worth. */
import type { LagBudget } from '../domain/lag-budget.ts';
import { quantileOf } from './quantile.ts';

/** When nothing is known of the flow. */
export const DEFAULT_LOOK_COST_SECONDS = 3;
const SHARE_OF_MEDIAN = 0.02;
const LEAST_SECONDS = 1;
const MOST_SECONDS = 60;

/** Two per cent of the median duration, between a second and a minute. @param sorted in seconds, ascending. */
export function lookCostOf(sorted: readonly number[]): number {
  if (sorted.length === 0) return DEFAULT_LOOK_COST_SECONDS;
  const share = SHARE_OF_MEDIAN * quantileOf(sorted, 0.5);
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, Math.round(share * 10) / 10));
}

/** The mean lag that a budget allows to runs of such durations, in seconds. */
export function allowedLagOf({ share = 0, ms = 0 }: LagBudget, durations: readonly number[]): number {
  const mean = durations.reduce((sum, duration) => sum + duration, 0) / durations.length;
  return Math.max(share * mean, ms / 1_000);
}
