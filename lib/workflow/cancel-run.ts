/** A request to cancel: at once where nothing was started, by the machine where something may run. */
import { isoTime } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { Dependencies } from './ports.ts';
import { startExecution } from './start-execution.ts';
import { update } from './update.ts';
import { decide, wake } from './wake.ts';

export type Canceled =
  /** Nothing was running at the platform. */
  | { readonly kind: 'canceled'; readonly run: Run }
  /** The machine takes a last look, tells the platform, and records what came of it. */
  | { readonly kind: 'requested'; readonly run: Run }
  /** Too late: it has ended, or the platform has reported its end. */
  | { readonly kind: 'ended'; readonly run: Run }
  | { readonly kind: 'unknown' };

export interface CancelRequest {
  /** What happened, as a sentence for the timeline. @default that it was asked for */
  readonly why?: string;
  /** Id of the API key that asks. */
  readonly by?: string;
}

/** @throws StaleRunError, StoreUnavailableError: ask again; a request that was written twice is one. */
export async function cancelRun(
  dependencies: Dependencies,
  runId: string,
  request: CancelRequest = {},
): Promise<Canceled> {
  return (await decide(dependencies, runId, (run) => cancel(dependencies, run, request))) ?? { kind: 'unknown' };
}

async function cancel(dependencies: Dependencies, run: Run, request: CancelRequest): Promise<Canceled> {
  if (isTerminal(run.status) || run.status === 'FETCHING_OUTPUT') return { kind: 'ended', run };
  const requestedAt = isoTime(dependencies.clock.now());
  const isWaiting = run.status === 'ACCEPTED' || run.status === 'COOLING_OFF';
  // Where a call may have been accepted, a human must hear of it.
  if (isWaiting && run.maybeStarted === undefined) return canceledAtOnce(dependencies, run, request);
  if (run.cancel !== undefined) {
    // Asked for before; should the execution that was to act on it be missing, it is not now.
    if (run.status !== 'STARTING') await startExecution(dependencies, run);
    return { kind: 'requested', run };
  }
  const event = { type: 'cancel', message: `${whyOf(request)} The machine sees to it.`, ...audit(request) } as const;
  // While a start is in doubt, only whoever made the call can say what there is to cancel.
  const change = run.status === 'STARTING' ? update : wake;
  return { kind: 'requested', run: await change(dependencies, run, { cancel: { requestedAt } }, event) };
}

const whyOf = ({ why = 'Cancellation was asked for.' }: CancelRequest) => why;
const audit = ({ by }: CancelRequest) => (by === undefined ? {} : { data: { by } });

async function canceledAtOnce(dependencies: Dependencies, run: Run, request: CancelRequest): Promise<Canceled> {
  const last = run.pastAttempts?.at(-1);
  const state =
    last === undefined ? 'Nothing had been started.' : `Attempt ${last.attempt} had ended, and the next had not begun.`;
  const message = `${whyOf(request)} ${state}`;
  const patch = {
    status: 'CANCELED',
    cancel: { requestedAt: isoTime(dependencies.clock.now()) },
    error: { code: 'CANCELED', message },
  } as const;
  const canceled = await update(dependencies, run, patch, { type: 'ended', message, ...audit(request) });
  if (run.queuedAt !== undefined) await leaveLine(dependencies, run);
  dependencies.log.info('run ended', { runId: run.id, provider: run.provider, flow: run.flowId, status: 'CANCELED' });
  return { kind: 'canceled', run: canceled };
}

/** Whoever admits the next passes over what has ended; only the count of those before somebody is wrong until then. */
async function leaveLine({ inFlight, log }: Dependencies, run: Run): Promise<void> {
  try {
    await inFlight.dequeue(run.connection, run.id);
  } catch (error) {
    log.warn('still in line', { runId: run.id, error: error instanceof Error ? error.name : 'unknown' });
  }
}
