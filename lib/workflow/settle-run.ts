/** The catch-all: an execution that cannot go on still ends its run, with what is known. */
import { NEXT } from '../contract.ts';
import type { MachineState, SettleInput } from '../domain/machine-state.ts';
import type { SettleEvent, StoppedExecution } from '../domain/settle-event.ts';
import { endWithoutOutput, fallOut, startEvidence } from './conclude.ts';
import { handStarted } from './console-key.ts';
import type { Place } from './machine.ts';
import type { Dependencies } from './ports.ts';
import { correlationOf } from './start-request.ts';
import { stoppedByHand } from './stopped-by-hand.ts';
import { enterToSettle } from './task.ts';
import { untilFirst } from './wake.ts';

/** Undefined for an execution that never had a run. */
export async function settleRun(dependencies: Dependencies, event: SettleEvent): Promise<MachineState | undefined> {
  if (!('execution' in event)) return withoutRelease(await settle(dependencies, event));
  const stopped = await runOf(dependencies, event);
  if (stopped === undefined) return undefined;
  const input: SettleInput = { ...stopped, lap: 0, failure: event.failure };
  // What the stopped execution had called goes on without it, and may write its result just now.
  return untilFirst(async () => (await stoppedByHand(dependencies, input)) ?? settle(dependencies, input));
}

/** Here everything ends; the sweep gives back what is left of a slot. */
function withoutRelease(state: MachineState): MachineState {
  if (state.next !== NEXT.release) return state;
  return { ...state, next: state.error === undefined ? NEXT.succeeded : NEXT.failed };
}

async function runOf(
  { store }: Dependencies,
  { run, execution }: StoppedExecution,
): Promise<{ readonly runId: string; readonly generation: number } | undefined> {
  if (run !== undefined) return run;
  const runId = await store.remoteOwner(handStarted(execution));
  return runId === undefined ? undefined : { runId, generation: 1 };
}

async function settle(dependencies: Dependencies, input: SettleInput): Promise<MachineState> {
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
