import { MAX_LAPS } from '../contract.ts';
import { InvalidInputError } from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import { afterEnd, carriedOn, finished, type Place, rollOver } from './machine.ts';
import type { Dependencies } from './ports.ts';
import { update } from './update.ts';

export interface TaskOptions {
  /** Aborted with a HandlerTimeoutError shortly before Lambda's own limit. */
  readonly signal: AbortSignal;
}

/** A run that this execution is to carry on, or what to answer because there is nothing to do. */
export type Entered = { readonly run: Run } | { readonly done: MachineState };

/**
 * What every task of the machine does first: reads the run, and stops where the run has ended, where a later execution
 * has it, or where this one has gone so many laps that its history would overflow.
 */
export async function enter(dependencies: Dependencies, place: Place): Promise<Entered> {
  const run = await dependencies.store.get(place.runId);
  if (run === undefined) throw new Error(`There is no run ${place.runId}.`);
  if (isTerminal(run.status)) return { done: afterEnd(place, run) };
  // Starts the next generation under its fixed name, which exists already: whoever comes twice changes nothing.
  if (run.generation > place.generation) return { done: rollOver(place, run) };
  if (place.lap < MAX_LAPS) return { run };
  const generation = place.generation + 1;
  const event = { type: 'decision', message: `Goes on in a fresh execution (generation ${generation}).` } as const;
  return { done: rollOver(place, await update(dependencies, run, { generation }, event)) };
}

/** As `enter`, for the task that ends what cannot go on: it never rolls over. */
export async function enterToSettle(dependencies: Dependencies, place: Place): Promise<Entered> {
  const run = await dependencies.store.get(place.runId);
  if (run === undefined) throw new InvalidInputError(`There is no run ${place.runId}.`, []);
  if (isTerminal(run.status)) return { done: finished(place, run) };
  // News of an older execution says nothing of the one that carries the run on.
  return run.generation > place.generation ? { done: carriedOn(place, run) } : { run };
}
