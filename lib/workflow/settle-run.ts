/** The catch-all: an execution that cannot go on still ends its run, with what is known. */
import type { MachineState, SettleInput } from '../domain/machine-state.ts';
import { isTerminal } from '../domain/status.ts';
import { end, fallOut, startEvidence } from './conclude.ts';
import { carriedOn, finished, type Place } from './machine.ts';
import type { Dependencies } from './ports.ts';
import { correlationOf } from './start-request.ts';

export async function settleRun(dependencies: Dependencies, input: SettleInput): Promise<MachineState> {
  const place: Place = { runId: input.runId, generation: input.generation, lap: input.lap };
  const run = await dependencies.store.get(input.runId);
  if (run === undefined) throw new Error(`There is no run ${input.runId}.`);
  if (isTerminal(run.status)) return finished(place, run);
  // News of an older execution says nothing of the one that carries the run on.
  if (input.generation < run.generation) return carriedOn(place, run);
  const why = `Its execution ended with ${input.failure.Error}.`;
  dependencies.log.error('execution failed', { runId: run.id, error: input.failure.Error });
  if (run.status === 'STARTING') {
    const evidence = startEvidence(run, correlationOf(run), dependencies.clock.now());
    return fallOut(
      dependencies,
      place,
      run,
      'AMBIGUOUS_START',
      `${why} A start was under way: it may or may not be running.`,
      evidence,
    );
  }
  if (run.status === 'FETCHING_OUTPUT' && run.verdict !== undefined)
    return end(dependencies, place, run, run.verdict, { files: [], bytes: 0, missing: why });
  const nothing = run.status === 'ACCEPTED' || run.status === 'COOLING_OFF';
  const message = nothing ? `${why} Nothing was started.` : `${why} The job may still be running at the platform.`;
  return fallOut(dependencies, place, run, 'ORCHESTRATOR_FAULT', message);
}
