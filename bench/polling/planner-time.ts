/** How long a plan takes to make: in a process that has made many, and in one that has made none. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { planLooks } from '../../lib/polling/plan-looks.ts';
import { seeded } from '../random.ts';
import { drawn } from './learned.ts';
import { WORKLOADS } from './workloads.ts';

const WARM_PLANS = 300;
/** A busy machine only ever adds to the time of a process. */
const PROCESSES = 7;

export interface PlannerTimes {
  /** Middle of many, of the slowest workload. */
  readonly warmMs: number;
  /** Best of seven fresh processes, of the slowest workload. */
  readonly coldMs: number;
}

export function plannerTimes(seed: number): PlannerTimes {
  const warmMs = WORKLOADS.map((workload) => {
    const random = seeded(seed);
    const histories = Array.from({ length: WARM_PLANS }, () => drawn(workload, 64, random));
    const made = () => histories.map((durationsMs) => timed(durationsMs)).sort((a, b) => a - b);
    made();
    return made()[WARM_PLANS / 2] ?? 0;
  });
  const coldMs = WORKLOADS.map((_, place) => Math.min(...Array.from({ length: PROCESSES }, () => firstMs(place))));
  return { warmMs: Math.max(...warmMs), coldMs: Math.max(...coldMs) };
}

function firstMs(place: number): number {
  return Number(execFileSync(process.execPath, [fileURLToPath(import.meta.url), `${place}`], { encoding: 'utf8' }));
}

function timed(durationsMs: readonly number[]): number {
  const before = performance.now();
  planLooks({ durationsMs, recentMs: [], recentAt: [] });
  return performance.now() - before;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const workload = WORKLOADS[Number(process.argv[2])];
  if (workload !== undefined) console.log(timed(drawn(workload, 64, seeded(1))));
}
