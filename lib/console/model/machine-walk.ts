/** Steps through the state machine, counted; and the ways that runs take from one of its tasks to another. Pure. */
import { STATES } from '../../contract.ts';
import type { Status } from '../../domain/status.ts';

const { howBegun, accept, start, poll, fetchOutput, whatNext, waitToPoll, coolOff } = STATES;

export type Task = typeof start | typeof poll | typeof fetchOutput;

/** Where an execution is before its first state. */
const BEGIN = 'begin';

/** What lies between the place where a run was last and the task that it is found in. */
const WAYS: Readonly<Record<string, Readonly<Record<Task, readonly string[]>>>> = {
  [BEGIN]: {
    [start]: [howBegun, start],
    [poll]: [howBegun, start, whatNext, waitToPoll, poll],
    [fetchOutput]: [howBegun, start, whatNext, fetchOutput],
  },
  [start]: { [start]: [], [poll]: [whatNext, waitToPoll, poll], [fetchOutput]: [whatNext, fetchOutput] },
  [coolOff]: {
    [start]: [start],
    [poll]: [start, whatNext, waitToPoll, poll],
    [fetchOutput]: [start, whatNext, fetchOutput],
  },
  [waitToPoll]: {
    [start]: [poll, whatNext, coolOff, start],
    [poll]: [poll],
    [fetchOutput]: [poll, whatNext, fetchOutput],
  },
  [poll]: { [start]: [whatNext, coolOff, start], [poll]: [], [fetchOutput]: [whatNext, fetchOutput] },
  [fetchOutput]: { [start]: [whatNext, coolOff, start], [poll]: [whatNext, waitToPoll, poll], [fetchOutput]: [] },
};

/** The task that carries on a run of this status. */
export function taskOf(status: Status): Task {
  if (status === 'ACCEPTED' || status === 'STARTING' || status === 'COOLING_OFF') return start;
  return status === 'FETCHING_OUTPUT' ? fetchOutput : poll;
}

export interface MachineWalk {
  readonly states: ReadonlyMap<string, number>;
  /** As `from to`. */
  readonly edges: ReadonlyMap<string, number>;
  /** The state where it is, the first while an execution is only about to begin. */
  readonly at: string;
  go(...states: readonly string[]): void;
  /** Goes to the task, where it is not there. */
  reach(task: Task): void;
  /** Another execution carries the run on; what becomes of the one before it is not told. */
  begin(): void;
}

/** @param isByHand a person started the first execution with what the run is made of. */
export function createMachineWalk(isByHand: boolean): MachineWalk {
  const states = new Map<string, number>();
  const edges = new Map<string, number>();
  let at: string = BEGIN;
  const go = (...ids: readonly string[]) => {
    for (const id of ids) {
      if (at !== BEGIN) count(edges, `${at} ${id}`);
      count(states, id);
      at = id;
    }
  };
  return {
    states,
    edges,
    get at() {
      return at === BEGIN ? howBegun : at;
    },
    go,
    reach(task) {
      if (isByHand && states.size === 0) go(howBegun, accept, whatNext, coolOff);
      go(...(WAYS[at]?.[task] ?? []));
    },
    begin() {
      at = BEGIN;
    },
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
