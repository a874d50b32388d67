/** What a simulated job does by itself: a list of phases, read against the clock. */
export interface Phase<State extends string> {
  readonly state: State;
  /** How long it lasts. Absent: for ever, or until somebody acts. */
  readonly forMs?: number;
  /** Lasts until a person does this, whatever the clock says. */
  readonly until?: 'opened' | 'answered';
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
