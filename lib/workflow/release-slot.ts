/** Gives back a run's slot at its platform, whose job has ended there, and begins whoever is next in line. */
import { InvalidInputError } from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import { isTerminal } from '../domain/status.ts';
import { admitNext } from './in-flight.ts';
import { finished, type Place, startAfter } from './machine.ts';
import type { Dependencies } from './ports.ts';

/** Changes nothing of the run itself, so it may be done any number of times. */
export async function releaseSlot(dependencies: Dependencies, place: Place): Promise<MachineState> {
  const { clock, inFlight, store } = dependencies;
  const run = await store.get(place.runId);
  if (run === undefined) throw new InvalidInputError(`There is no run ${place.runId}.`, []);
  // Begun again meanwhile, by a person's decision: the slot is in use.
  const isDone = isTerminal(run.status) || run.status === 'COOLING_OFF';
  if (isDone) await inFlight.release(run.connection, run.id);
  await admitNext(dependencies, run.connection);
  if (isTerminal(run.status)) return finished(place, run);
  const waitMs = Math.max(0, Date.parse(run.nextLookAt ?? run.updatedAt) - clock.now());
  return startAfter(place, run, waitMs, run.events.at(-1)?.message ?? 'begins again');
}
