/**
 * When the next run may end, from how long earlier runs took. Everything happens in logarithms of seconds, because a
 * job that can take twice as long can take half as long.
 */
import { tailScaleOf } from './quantile.ts';

/** The next run ends here with this probability, evenly over the stretch (in logarithms of seconds). */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly mass: number;
}

/** What is always kept for a run that ends earlier than all before it. */
const EARLY_ENDS = 0.02;
/** The first tenth of the fastest run. */
const BEGINNING = Math.log(10);
/** As many runs as a bell is worth: with few runs it has most of the say, with many it rounds off the corners. */
const BELL_RUNS = 10;
/** Neighbours that lie further apart do not blur into each other, groups that do have nothing in common. */
const JUMP = Math.log(1.5);
const CHASM = Math.log(4);
const LONE_RUN = 0.5;
const SHARPEST = 0.01;
/** What a spread is thought to be before anything is seen; counts as one run. */
const FIRST_VARIANCE = 0.1;
/** A run or two say little of the spread: the next may take twice as long, or half. */
const LEAST_FREEDOM = 0.25;
/** A logistic curve of scale 1 has this standard deviation. */
const LOGISTIC_DEVIATION = Math.PI / Math.sqrt(3);
const BELL_SLICES = [0.003, 0.01, 0.03, 0.07, 0.13, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97, 0.99, 0.997];
const TAIL_SLICES = [0, 0.25, 0.5, 0.7, 0.85, 0.95, 0.99, 0.998];

export interface Forecast {
  /** One for each run seen. */
  readonly cells: readonly Stretch[];
  readonly others: readonly Stretch[];
}

/** @param sorted durations in seconds, ascending, not empty. @returns stretches whose masses add up to 1. */
export function forecastOf(sorted: readonly number[]): Forecast {
  const logs = sorted.map(Math.log);
  const bells = ((1 - EARLY_ENDS) * BELL_RUNS) / (BELL_RUNS + logs.length);
  const cell = (1 - EARLY_ENDS - bells) / (logs.length + 1);
  return {
    cells: cellsOf(logs, cell),
    others: [earlyEnds(logs[0] ?? 0), ...pastTheSlowest(sorted, cell), ...bellsOf(logs, bells / logs.length)],
  };
}

/** Runs that end early have mostly failed, and most of those fail at the beginning, at any scale of time. */
function earlyEnds(fastest: number): Stretch {
  const to = fastest - BEGINNING;
  return { from: Math.min(0, to - 1), to, mass: EARLY_ENDS };
}

/** Each run stands for the stretch between the neighbours √n places away on either side. */
function cellsOf(logs: readonly number[], mass: number): readonly Stretch[] {
  const reach = Math.max(1, Math.round(Math.sqrt(logs.length)));
  return logs.map((log, place) => {
    const below = distance(logs, place, -1, reach);
    const above = distance(logs, place, 1, reach);
    const down = below ?? Math.min(JUMP, above ?? LONE_RUN);
    const up = above ?? Math.min(JUMP, below ?? LONE_RUN);
    return { from: log - Math.max(SHARPEST, down), to: log + Math.max(SHARPEST, up), mass };
  });
}

/** How far the neighbour is that lies so many places away, or the last one before a jump; undefined at the edge. */
function distance(logs: readonly number[], place: number, step: 1 | -1, reach: number): number | undefined {
  const start = logs[place] ?? 0;
  let reached = logs[place + step];
  if (reached === undefined) return undefined;
  for (let steps = 2; steps <= reach; steps += 1) {
    const next = logs[place + steps * step];
    if (next === undefined || Math.abs(next - reached) > JUMP) break;
    reached = next;
  }
  return Math.abs(reached - start);
}

/** One run in n + 1 takes longer than all n before it. */
function pastTheSlowest(sorted: readonly number[], mass: number): readonly Stretch[] {
  const slowest = Math.log(sorted.at(-1) ?? 1);
  const scale = tailScaleOf(sorted);
  return slices(TAIL_SLICES, mass, (share) => slowest - scale * Math.log(1 - share));
}

/** A bell (logistic) for each group of runs, as wide as so few runs leave it uncertain. */
function bellsOf(logs: readonly number[], massOfRun: number): readonly Stretch[] {
  return groupsOf(logs).flatMap((group) => {
    const runs = group.length;
    const middle = group.reduce((sum, log) => sum + log, 0) / runs;
    const squares = group.reduce((sum, log) => sum + (log - middle) ** 2, 0);
    const freedom = Math.max(LEAST_FREEDOM, runs - 2);
    const scale = Math.sqrt(((squares + FIRST_VARIANCE) / freedom) * (1 + 1 / runs)) / LOGISTIC_DEVIATION;
    return slices(BELL_SLICES, runs * massOfRun, (share) => middle + scale * Math.log(share / (1 - share)));
  });
}

function groupsOf(logs: readonly number[]): readonly (readonly number[])[] {
  const groups: number[][] = [];
  for (const [place, log] of logs.entries()) {
    const isNear = place > 0 && log - (logs[place - 1] ?? 0) <= CHASM;
    if (isNear) groups.at(-1)?.push(log);
    else groups.push([log]);
  }
  return groups;
}

function slices(shares: readonly number[], mass: number, quantile: (share: number) => number): readonly Stretch[] {
  const [first = 0, last = 1] = [shares[0], shares.at(-1)];
  return shares.slice(1).map((share, place) => {
    const before = shares[place] ?? 0;
    return { from: quantile(before), to: quantile(share), mass: (mass * (share - before)) / (last - first) };
  });
}
