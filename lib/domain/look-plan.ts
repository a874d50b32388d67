/** How long runs of a flow usually take at the platform, in milliseconds. */
export interface Usual {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** How many runs it was learnt from; at most 64. */
  readonly runs: number;
}

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
