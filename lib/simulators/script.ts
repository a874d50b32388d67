/** What a simulated job does by itself: a list of phases, read against the clock. */
export interface Phase<State extends string> {
  readonly state: State;
  /** How long it lasts. Absent: for ever, or until somebody acts. */
  readonly forMs?: number;
  /** Lasts until a person does this, whatever the clock says. */
  readonly until?: 'opened' | 'answered';
}

/**
 * How long the next job of a flow lasts in all, instead of what the flow says; for tests with a distribution.
 * @param nth jobs that the platform took before.
 */
export type DurationOf = (flow: string, nth: number) => number | undefined;

/** The phases, those with a time of their own drawn out or together so that they last so long in all. */
export function lasting<P extends Phase<string>>(script: readonly P[], totalMs: number | undefined): readonly P[] {
  const ownMs = script.slice(0, -1).reduce((sum, { forMs = 0 }) => sum + forMs, 0);
  if (totalMs === undefined || ownMs === 0) return script;
  let passedMs = 0;
  const stretched = (ms: number) => Math.round((ms * totalMs) / ownMs);
  return script.map((phase, index) => {
    if (phase.forMs === undefined || index === script.length - 1) return phase;
    const before = stretched(passedMs);
    passedMs += phase.forMs;
    return { ...phase, forMs: stretched(passedMs) - before };
  });
}

/** When people did what the phases with `until` wait for, in order (epoch milliseconds). */
export type Gates = readonly number[];

/**
 * The phase a job is in: a pure function of its script, its beginning, the gates passed and the clock, so that a
 * platform that was killed comes back in the right place.
 */
export function phaseAt<State extends string>(
  script: readonly Phase<State>[],
  startedAt: number,
  now: number,
  gates: Gates = [],
): Phase<State> {
  let begin = startedAt;
  let gate = 0;
  for (const phase of script) {
    const end = phase.until === undefined ? begin + (phase.forMs ?? Number.POSITIVE_INFINITY) : gates[gate++];
    if (end === undefined || now < end) return phase;
    begin = end;
  }
  const last = script.at(-1);
  if (last === undefined) throw new Error('A script needs at least one phase.');
  return last;
}
