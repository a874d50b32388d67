/** What a use case tells the state machine: what is next, and in a few words why. */
import { NEXT } from '../contract.ts';
import type { MachineState } from '../domain/machine-state.ts';
import type { Run } from '../domain/run.ts';
import { type FalloutReason, isGood, isTerminal } from '../domain/status.ts';

/** Where in the machine a task was entered. */
export interface Place {
  readonly runId: string;
  readonly generation: number;
  readonly lap: number;
}

/** Look again after a wait; one lap more. */
export function lookAfter(place: Place, run: Run, waitMs: number, reason: string): MachineState {
  return { ...base(place, run, reason), lap: place.lap + 1, next: NEXT.wait, waitSeconds: wholeSeconds(waitMs) };
}

/** Enter the start again after a wait. */
export function startAfter(place: Place, run: Run, waitMs: number, reason: string): MachineState {
  return { ...base(place, run, reason), lap: place.lap + 1, next: NEXT.coolOff, waitSeconds: wholeSeconds(waitMs) };
}

export function fetchNext(place: Place, run: Run, reason: string): MachineState {
  return { ...base(place, run, reason), next: NEXT.fetch };
}

/** The execution ends, the run waits: whoever frees a slot begins its next generation. */
export function park(place: Place, run: Run, reason: string): MachineState {
  return { ...base(place, run, reason), next: NEXT.park };
}

/** As `state`, with the run's slot given back first. */
export function releasing(state: MachineState): MachineState {
  return { ...state, next: NEXT.release };
}

/** Go on in the next generation of the execution. */
export function rollOver(place: Place, run: Run): MachineState {
  return { ...base(place, run, `lap ${place.lap}: goes on in a fresh execution`), next: NEXT.rollOver };
}

/** A later execution has the run; this one ends without a word on it. */
export function carriedOn(place: Place, run: Run): MachineState {
  return { ...base(place, run, `generation ${run.generation} carries the run on`), next: NEXT.succeeded };
}

/** The run has ended; the execution ends as it did. @throws Error for an open run. */
export function finished(place: Place, run: Run): MachineState {
  if (!isTerminal(run.status)) throw new Error(`The run ${run.id} has not ended: ${run.status}.`);
  const reason = run.error?.message ?? run.events.at(-1)?.message ?? run.status;
  if (isGood(run.status)) return { ...base(place, run, reason), next: NEXT.succeeded };
  return {
    ...base(place, run, reason),
    next: NEXT.failed,
    error: run.fallout?.reason ?? run.error?.code ?? run.status,
  };
}

/** As `finished`, by way of giving back the slot of a run whose job has certainly ended. */
export function afterEnd(place: Place, run: Run): MachineState {
  const state = finished(place, run);
  return run.hasSlot && !mayStillRun(run) ? releasing(state) : state;
}

/** Fallout that says nothing of a job. */
const NO_JOB: readonly (FalloutReason | undefined)[] = [
  'INPUT_REJECTED',
  'OUTPUT_INVALID',
  'OUTPUT_MISSING',
  'OUTPUT_TOO_LARGE',
];

/** True when the platform may still be at work on the job of a run that has ended for us. */
function mayStillRun({ status, fallout, cancel, remoteId }: Run): boolean {
  if (status === 'FALLOUT')
    return fallout?.reason === 'AMBIGUOUS_START' || (remoteId !== undefined && !NO_JOB.includes(fallout?.reason));
  // Nobody can ask when it ends.
  if (status === 'HANDED_OFF') return true;
  const isStopped = status === 'CANCELED' || status === 'TIMED_OUT';
  return isStopped && remoteId !== undefined && cancel !== undefined && cancel.remote !== 'confirmed';
}

function base(place: Place, run: Run, reason: string) {
  return {
    runId: place.runId,
    generation: place.generation,
    lap: place.lap,
    waitSeconds: 0,
    status: run.status,
    ...(run.remoteStatus === undefined ? {} : { remoteStatus: run.remoteStatus }),
    // The budget of a state is 4 KiB; a reason is a sentence.
    reason: reason.slice(0, 300),
  };
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1_000));
}
