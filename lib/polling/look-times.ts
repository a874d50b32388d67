/** The look times that cost least for a forecast: a dynamic programme over the moments at which a look may lie. */
import { nextOnSquares } from './ladder.ts';
import type { Moments } from './moments.ts';
import { MAX_LOOKS } from './planned-look.ts';

export interface LookTimesOptions {
  /** Seconds of lag that one look is worth. */
  readonly lookCostSeconds: number;
  /** No wait longer than eight times what has passed. */
  readonly isStrict: boolean;
}

/** Tighter than the guard itself (10 s, 8 times), so that looks can be spread and still keep to it. */
const STRICT_FIRST_SECONDS = 8;
const STRICT_TIMES = 5;

/** @returns whole seconds, ascending, at least one and at most 24. */
export function lookTimes(moments: Moments, options: LookTimesOptions): readonly number[] {
  const { at, slowest } = moments;
  const next = cheapestNext(moments, options);
  const looks: number[] = [];
  let place = 0;
  while (looks.length < MAX_LOOKS && place < at.length - 1) {
    const look = at[place] ?? 0;
    place = next[place] ?? 0;
    const following = at[place] ?? 0;
    // Past the slowest run nobody knows: looks must not become fewer than those that know nothing.
    if (look >= slowest && following > nextOnSquares(look, options.lookCostSeconds)) break;
    looks.push(following);
  }
  return looks;
}

/** From each moment that found the run going, the moment of the next look. */
function cheapestNext({ at, ended, mean }: Moments, { lookCostSeconds, isStrict }: LookTimesOptions): Int32Array {
  const last = at.length - 1;
  const costs = new Float64Array(at.length);
  const next = new Int32Array(at.length);
  for (let from = last - 1; from >= 0; from -= 1) {
    const start = at[from] ?? 0;
    const latest = isStrict ? start + Math.max(STRICT_FIRST_SECONDS, STRICT_TIMES * start) : Number.POSITIVE_INFINITY;
    const endedBefore = ended[from] ?? 0;
    const meanBefore = mean[from] ?? 0;
    // Whoever looked earlier looks again no later, so nothing behind that needs to be tried.
    const furthest = next[from + 1] || last;
    let least = Number.POSITIVE_INFINITY;
    for (let to = from + 1; to <= furthest; to += 1) {
      const look = at[to] ?? 0;
      const lag = look * ((ended[to] ?? 0) - endedBefore) - ((mean[to] ?? 0) - meanBefore);
      // Waiting longer only adds lag.
      if (lag > least || look > latest) break;
      const cost = lag + (costs[to] ?? 0);
      if (cost < least) {
        least = cost;
        next[from] = to;
      }
    }
    costs[from] = least + lookCostSeconds * (1 - endedBefore);
  }
  return next;
}
