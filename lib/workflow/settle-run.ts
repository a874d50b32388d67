/** The catch-all: an execution that cannot go on still ends its run, with what is known. */
import type { MachineState, SettleInput } from '../domain/machine-state.ts';
import { endWithoutOutput, fallOut, startEvidence } from './conclude.ts';
import type { Place } from './machine.ts';
import type { Dependencies } from './ports.ts';
import { correlationOf } from './start-request.ts';
import { enterToSettle } from './task.ts';

export async function settleRun(dependencies: Dependencies, input: SettleInput): Promise<MachineState> {
  const place: Place = { runId: input.runId, generation: input.generation, lap: input.lap };
  const entered = await enterToSettle(dependencies, place);
  if ('done' in entered) return entered.done;
  const { run } = entered;
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
    return endWithoutOutput(dependencies, place, run, run.verdict, why);
  const nothing = run.status === 'ACCEPTED' || run.status === 'COOLING_OFF';
  const message = nothing ? `${why} Nothing was started.` : `${why} The job may still be running at the platform.`;
  return fallOut(dependencies, place, run, 'ORCHESTRATOR_FAULT', message);
}
