/** Somebody stopped an execution in the console: they mean the run, so it is canceled as properly as by the API. */
import type { MachineState, SettleInput } from '../domain/machine-state.ts';
import { isoTime } from '../domain/record.ts';
import { ABORTED } from '../domain/settle-event.ts';
import { cancelRun } from './cancel-run.ts';
import { carriedOn, finished, type Place } from './machine.ts';
import type { Dependencies } from './ports.ts';
import { enterToSettle } from './task.ts';
import { wake } from './wake.ts';

/** A record must not stay open longer than this after its execution was stopped. */
const SETTLE_WITHIN_MS = 90_000;

/** Undefined where it is not for a cancel to settle: the execution failed by itself, or a start will be in doubt for long. */
export async function stoppedByHand(dependencies: Dependencies, input: SettleInput): Promise<MachineState | undefined> {
  if (input.failure.Cause !== ABORTED) return undefined;
  const place: Place = { runId: input.runId, generation: input.generation, lap: input.lap };
  const entered = await enterToSettle(dependencies, place);
  if ('done' in entered) return entered.done;
  const { run } = entered;
  const why = 'Its execution was stopped by hand.';
  if (run.status === 'FETCHING_OUTPUT') return undefined;
  if (run.status !== 'STARTING' && run.cancel === undefined) {
    const canceled = await cancelRun(dependencies, run.id, { why });
    if (canceled.kind === 'canceled') return finished(place, canceled.run);
    return carriedOn(place, run);
  }
  const now = dependencies.clock.now();
  const cancel = run.cancel ?? { requestedAt: isoTime(now) };
  if (run.status !== 'STARTING') {
    // The very execution that was to cancel it: another one has to.
    const event = { type: 'cancel', message: `${why} It is canceled all the same.` } as const;
    return carriedOn(place, await wake(dependencies, run, { cancel }, event));
  }
  if (run.intent === undefined || Date.parse(run.intent.fenceUntil) - now > SETTLE_WITHIN_MS) return undefined;
  // The call may still be under way: the next generation waits for the fence and judges it then.
  const message = `${why} A start was under way: it is judged as soon as it can be, and canceled.`;
  const patch = { cancel, nextLookAt: undefined };
  return carriedOn(place, await wake(dependencies, run, patch, { type: 'cancel', message }));
}
