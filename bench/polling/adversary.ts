/** The worst that a single run can do to the looks of a flow that is known well. */
import { planAt } from '../../lib/polling/plan-looks.ts';
import { seeded } from '../random.ts';
import { runCost } from './drift.ts';
import { drawn, shipped } from './learned.ts';
import { exponential } from './rivals.ts';
import type { Workload } from './workloads.ts';

const HISTORIES = 12;
const LOOK_COST = 3;
const GUARD_SECONDS = 10;
const GUARD_TIMES = 8;

export interface Worst {
  /** Cost relative to exponential 1.5x/60 s, of the worst duration after the worst history. */
  readonly ratio: number;
  /** The longest wait as a part of what the guard allows. */
  readonly wait: number;
}

export function worstRun(workload: Workload, isStrict: boolean, seed: number): Worst {
  const random = seeded(seed);
  const theirs = exponential(2, 1.5, 60)(random);
  let worst: Worst = { ratio: 0, wait: 0 };
  for (let round = 0; round < HISTORIES; round += 1) {
    const durationsMs = drawn(workload, 64, random);
    const ours = shipped(planAt(durationsMs, { lookCostSeconds: LOOK_COST, isStrict }), `run_${seed}_${round}`);
    const horizon = Math.max(...durationsMs) / 250;
    for (let look = 0, looks = 0; look < horizon; looks += 1) {
      const next = ours(look, looks);
      const wait = (next - look) / Math.max(GUARD_SECONDS, GUARD_TIMES * look);
      // Just after a look is the worst that our looks know, at one of the others' looks the best that theirs do.
      const moments = [look + 0.001, ...looksBetween(theirs, look, next)];
      const ratio = Math.max(...moments.map((moment) => runCost(ours, moment) / runCost(theirs, moment)));
      worst = { ratio: Math.max(worst.ratio, ratio), wait: Math.max(worst.wait, wait) };
      look = next;
    }
  }
  return worst;
}

function looksBetween(policy: ReturnType<ReturnType<typeof exponential>>, from: number, to: number): readonly number[] {
  const found: number[] = [];
  for (let look = 0, looks = 0; look < to && found.length < 4; looks += 1) {
    look = policy(look, looks);
    if (look > from && look < to) found.push(look);
  }
  return found;
}
