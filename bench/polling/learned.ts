/** The shipped looks, followed as the workflow follows them: a plan from a history, waits by the clock, whole seconds. */
import type { LookPlan } from '../../lib/domain/look-plan.ts';
import { nextLookMs } from '../../lib/polling/next-look.ts';
import { planAt } from '../../lib/polling/plan-looks.ts';
import { seeded } from '../random.ts';
import { averaged, type Judged, judge, type Policy } from './judge.ts';
import type { Workload } from './workloads.ts';

export interface LearnedOptions {
  readonly runs: number;
  readonly lookCost: number;
  readonly isStrict: boolean;
  readonly histories: number;
  readonly seed: number;
}

/** One run's looks. The machine's waits have whole seconds and are rounded up. */
export function shipped(plan: LookPlan | undefined, seed: string): Policy {
  return (elapsed) => {
    const waitMs = nextLookMs({ elapsedMs: elapsed * 1_000, seed, plan, remainingMs: Number.MAX_SAFE_INTEGER });
    return elapsed + Math.ceil(waitMs / 1_000);
  };
}

export function drawn(workload: Workload, runs: number, random: () => number): readonly number[] {
  return Array.from({ length: runs }, () => workload.quantile(random()) * 1_000);
}

/** Mean over many histories, each followed by a run with a jitter of its own; no history: the rule without a plan. */
export function judgeLearned(workload: Workload, durations: Float64Array, options: LearnedOptions): Judged {
  const { runs, lookCost: lookCostSeconds, isStrict, histories, seed } = options;
  const random = seeded(seed);
  return averaged(
    Array.from({ length: histories }, (_, index) => {
      const plan = runs === 0 ? undefined : planAt(drawn(workload, runs, random), { lookCostSeconds, isStrict });
      return judge(shipped(plan, `run_${seed}_${index}`), durations);
    }),
  );
}
