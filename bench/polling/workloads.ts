/** How long jobs take, in seconds: the synthetic flows on which policies are compared. */
import { normalQuantile } from '../random.ts';

export interface Workload {
  readonly id: string;
  readonly title: string;
  /** The duration that a share `p` of all runs stays below. */
  readonly quantile: (p: number) => number;
  /** Seconds of lag that one look is worth. */
  readonly lookCost: number;
  /** Grid on which the optimum may look, in seconds. */
  readonly step: number;
}

const HOUR = 3_600;
const INSTANT_FAILURES = 0.15;

function lognormal(median: number, sigma: number, cut = Number.POSITIVE_INFINITY) {
  return (p: number) => Math.min(cut, median * Math.exp(sigma * normalQuantile(p)));
}

function normal(mean: number, deviation: number) {
  return (p: number) => Math.max(mean / 10, mean + deviation * normalQuantile(p));
}

function bimodal(p: number): number {
  if (p < INSTANT_FAILURES) return lognormal(2, 0.15)(p / INSTANT_FAILURES);
  return lognormal(300, 0.15)((p - INSTANT_FAILURES) / (1 - INSTANT_FAILURES));
}

const pareto = (p: number) => Math.min(6 * HOUR, 15 * (1 - p) ** (-1 / 1.3));
const exponential = (p: number) => -60 * Math.log(1 - p);

export const WORKLOADS: readonly Workload[] = [
  { id: 'LN', title: 'lognormal, median 45 s, sigma 0.8', quantile: lognormal(45, 0.8), lookCost: 3, step: 1 },
  { id: 'BI', title: '15 % fail at 2 s, the rest about 300 s', quantile: bimodal, lookCost: 3, step: 1 },
  { id: 'PA', title: 'Pareto 1.3 from 15 s, cut at 6 h', quantile: pareto, lookCost: 3, step: 1 },
  { id: 'NC', title: 'nearly constant, 300 s, 10 %', quantile: normal(300, 30), lookCost: 3, step: 1 },
  {
    id: 'HU',
    title: 'people, median 2 h, sigma 1, cut at 72 h',
    quantile: lognormal(2 * HOUR, 1, 72 * HOUR),
    lookCost: 60,
    step: 20,
  },
  { id: 'EX', title: 'exponential, mean 60 s', quantile: exponential, lookCost: 3, step: 1 },
];

function portfolioFlow(id: string, quantile: Workload['quantile']): Workload {
  return { id, title: id, quantile, lookCost: 3, step: 1 };
}

/** Nine flows that one setting has to serve. */
export const PORTFOLIO: readonly Workload[] = [
  portfolioFlow('LN 5 s', lognormal(5, 0.8)),
  portfolioFlow('LN 45 s', lognormal(45, 0.8)),
  portfolioFlow('LN 600 s', lognormal(600, 0.8)),
  portfolioFlow('NC 20 s', normal(20, 2)),
  portfolioFlow('NC 300 s', normal(300, 30)),
  portfolioFlow('NC 1800 s', normal(1_800, 180)),
  portfolioFlow('BI', bimodal),
  portfolioFlow('PA', pareto),
  portfolioFlow('EX', exponential),
];

/** As many durations as asked, evenly over the distribution, ascending: what every policy is judged on. */
export function evenly(workload: Workload, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => workload.quantile((index + 0.5) / count));
}
