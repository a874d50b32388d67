/** Flows that change: what the next twenty runs cost, next to exponential waits that never knew anything. */
import type { LookPlan } from '../../lib/domain/look-plan.ts';
import { type FlowHistory, howToRemember, RECENT_RUNS } from '../../lib/polling/flow-history.ts';
import { planAt, planLooks } from '../../lib/polling/plan-looks.ts';
import { normalQuantile, seeded } from '../random.ts';
import { judge, type Policy } from './judge.ts';
import { shipped } from './learned.ts';
import { exponential } from './rivals.ts';

export interface DriftOptions {
  /** As shipped, the guard is up when many runs are under way; it can be forced up or down. */
  readonly guard: 'shipped' | 'up' | 'down';
  /** So many runs are under way when one starts: what they took is not known yet. */
  readonly inFlight: number;
}

const LOOK_COST = 3;
const BEFORE = 150;
const AFTER = 20;
const ROUNDS = 12;

type Duration = (random: () => number) => number;

const steady =
  (mean: number): Duration =>
  (random) =>
    Math.max(mean / 10, mean * (1 + 0.1 * normalQuantile(random())));
const spread =
  (median: number): Duration =>
  (random) =>
    median * Math.exp(0.8 * normalQuantile(random()));

const instantFailure: Duration = (random) => 2 * Math.exp(0.15 * normalQuantile(random()));

const CHANGES: Readonly<Record<string, readonly [Duration, Duration]>> = {
  'spread, 4x slower': [spread(45), spread(180)],
  'spread, 4x faster': [spread(180), spread(45)],
  'steady, 3x faster': [steady(300), steady(100)],
  'steady, 3x slower': [steady(100), steady(300)],
  'steady, 2x slower': [steady(300), steady(600)],
  'steady, 2x faster': [steady(600), steady(300)],
  'steady, then instant failures': [steady(300), instantFailure],
};

/** For each change, the cost of the runs after it relative to exponential 1.5x/60 s. */
export function driftCosts(options: DriftOptions, seed: number): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(CHANGES).map(([name, [before, after]]) => {
      let ours = 0;
      let theirs = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const costs = oneRound(before, after, options, seed * 1_000 + round);
        ours += costs.ours;
        theirs += costs.theirs;
      }
      return [name, ours / theirs];
    }),
  );
}

function oneRound(before: Duration, after: Duration, { guard, inFlight }: DriftOptions, seed: number) {
  const random = seeded(seed);
  let history: FlowHistory | undefined;
  let now = 0;
  let [ours, theirs] = [0, 0];
  const underWay: number[] = [];
  for (let run = 0; run < BEFORE + AFTER; run += 1) {
    const seconds = (run < BEFORE ? before : after)(random);
    if (run >= BEFORE) {
      const plan = planOf(history, guard);
      ours += runCost(shipped(plan, `run_${seed}_${run}`), seconds);
      theirs += runCost(exponential(2, 1.5, 60)(random), seconds);
    }
    underWay.push(seconds);
    const ended = underWay.length < inFlight ? undefined : underWay.shift();
    if (ended === undefined) continue;
    now += (ended * 1_000) / inFlight;
    history = remembered(history, ended * 1_000, now, random);
  }
  return { ours, theirs };
}

function planOf(history: FlowHistory | undefined, guard: DriftOptions['guard']): LookPlan | undefined {
  if (history === undefined) return undefined;
  const isStrict = guard === 'up' || (guard === 'shipped' && planLooks(history)?.isStrict === true);
  return planAt(history.durationsMs, { lookCostSeconds: LOOK_COST, isStrict });
}

export function runCost(policy: Policy, seconds: number): number {
  const { lag, looks } = judge(policy, Float64Array.of(seconds));
  return lag + LOOK_COST * looks;
}

/** What the store does with a duration. */
export function remembered(
  history: FlowHistory | undefined,
  durationMs: number,
  now: number,
  random: () => number,
): FlowHistory {
  const { durationsMs, recentMs, recentAt } = history ?? { durationsMs: [], recentMs: [], recentAt: [] };
  const how = howToRemember(history, durationMs, now, random);
  if (how.kind === 'skip') return { durationsMs, recentMs, recentAt };
  const recent = {
    recentMs: [...recentMs, durationMs].slice(-RECENT_RUNS),
    recentAt: [...recentAt, now].slice(-RECENT_RUNS),
  };
  if (how.kind === 'reset') return { durationsMs: how.durationsMs, ...recent };
  if (how.kind === 'append') return { durationsMs: [...durationsMs, durationMs], ...recent };
  return { durationsMs: durationsMs.with(how.slot, durationMs), ...recent };
}
