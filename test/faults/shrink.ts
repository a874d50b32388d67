/** The smallest part of what went wrong in a seed that still breaks a promise. */
import { type SimulationOptions, type SimulationResult, simulate } from './simulate.ts';
import type { Strike } from './strikes.ts';

export interface Shrunk {
  /** The first so many faults are enough. */
  readonly prefix: number;
  /** Of those, the ones that matter. */
  readonly strikes: readonly Strike[];
  readonly result: SimulationResult;
}

const isBad = (tried: SimulationResult | undefined): tried is SimulationResult =>
  tried !== undefined && tried.violations.length > 0;

/** A part of the story in which the world breaks by itself breaks no promise. */
const attempt = (options: SimulationOptions) => simulate(options).catch(() => undefined);

/** Tries shorter and shorter prefixes, then leaves out one fault after the other. Undefined for a seed that holds. */
export async function shrink(options: SimulationOptions): Promise<Shrunk | undefined> {
  const whole = await simulate(options);
  if (!isBad(whole)) return undefined;
  let [low, high] = [0, whole.strikes.length];
  let result = whole;
  // What holds with fewer faults may break with fewer still: the found one is short, and surely enough.
  while (low < high) {
    const limit = Math.floor((low + high) / 2);
    const tried = await attempt({ ...options, limit });
    if (isBad(tried)) [high, result] = [limit, tried];
    else low = limit + 1;
  }
  const without = new Set<number>();
  for (let index = 0; index < high; index += 1) {
    without.add(index);
    const tried = await attempt({ ...options, limit: high, without });
    if (isBad(tried)) result = tried;
    else without.delete(index);
  }
  return { prefix: high, strikes: result.strikes, result };
}
