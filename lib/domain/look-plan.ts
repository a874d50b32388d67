/** How long runs of a flow usually take at the platform, in milliseconds. */
export interface Usual {
  /** Records of earlier versions lack it. */
  readonly p05Ms?: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** How many runs it was learnt from; at most 64. */
  readonly runs: number;
}

/**
 * What decided when the next look is. `usual`: the plan learnt from earlier runs; `early`: little is known of the flow yet;
 * `retry-after`: the platform asked for the wait; `progress`: the percentage it reports; `waiting`: it waits for a person;
 * `deadline`: its time is up then; `trouble`: the last look told nothing.
 */
export const LOOK_REASONS = ['usual', 'early', 'retry-after', 'progress', 'waiting', 'deadline', 'trouble'] as const;
export type LookReason = (typeof LOOK_REASONS)[number];

/** When to look at a run, made once when its platform has accepted it. */
export interface LookPlan {
  /** Whole seconds after the start, ascending, at most 24; behind the last, looks thin out. */
  readonly atSeconds: readonly number[];
  /** Seconds of lag that one look is worth. */
  readonly lookCostSeconds: number;
  /** Little is known, or many runs are under way: no wait longer than eight times what has passed. */
  readonly isStrict?: true;
  readonly usual?: Usual;
}
