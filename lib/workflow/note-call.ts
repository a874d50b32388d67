/** What one call teaches all runs of its connection. Bookkeeping: it never costs anybody the answer of the call. */
import { METRICS } from '../contract.ts';
import {
  HandlerTimeoutError,
  ProviderThrottledError,
  ProviderUnauthorizedError,
  ReplyLostError,
  RequestNotSentError,
  StoreUnavailableError,
} from '../domain/errors.ts';
import type { Run } from '../domain/run.ts';
import { afterFailure, afterSuccess, afterTold } from '../protection/breaker.ts';
import type { ConnectionState, FailureKind } from '../protection/connection-state.ts';
import { placeOf } from './place-of.ts';
import type { Called } from './platform.ts';
import type { Dependencies } from './ports.ts';

/** Where the platform says "later" and not when. */
const TOLD_MS = 5_000;
const MAX_ROUNDS = 3;

type Change = (state: ConnectionState, now: number) => ConnectionState | undefined;

/** Remembers how the call went; in the usual case, one that went well among others, there is nothing to write. */
export async function noteCall(
  dependencies: Dependencies,
  run: Run,
  called: Called<unknown>,
  kind: 'start' | 'read',
): Promise<void> {
  const change = changeBy(run, called, kind);
  const connection = placeOf(dependencies, run)?.connectionId;
  if (change === undefined || connection === undefined) return;
  const { clock, log, states } = dependencies;
  try {
    const known = await states.get(connection);
    const first = change(known, clock.now());
    if (first === undefined) return;
    // All is well, and one of all who find so at the same time says when: nobody reads again for that.
    if (called.ok && known.failures === 0 && known.circuit === undefined) {
      await states.save(connection, first);
      return;
    }
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const state = await states.getNow(connection);
      const next = change(state, clock.now());
      if (next === undefined) return;
      if (!(await states.save(connection, next))) continue;
      if (next.circuit !== undefined && state.circuit === undefined)
        log.error('circuit opened', { connection, reason: next.circuit.why });
      // Also with each canary that fails, so that an alarm lasts as long as the trouble.
      if (next.circuit !== undefined) log.count(METRICS.circuitOpened, { connection });
      return;
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    log.warn('call not noted', { connection, error: error.name });
  }
}

function changeBy(run: Run, called: Called<unknown>, operation: 'start' | 'read'): Change | undefined {
  if (called.ok) return (state, now) => afterSuccess(state, run.id, now);
  const { error, scrubber } = called;
  if (error instanceof HandlerTimeoutError) return undefined;
  if (error instanceof RequestNotSentError && error.byChoice) return undefined;
  if (error instanceof ProviderThrottledError)
    return (state, now) => afterTold(state, error.retryAfterMs ?? TOLD_MS, now);
  const kind = failureOf(error, operation);
  // It understood and answered, whatever it thinks of the request.
  if (kind === undefined) return (state, now) => afterSuccess(state, run.id, now);
  // Without the platform's own words: those of one flow are not for whoever may see another.
  const message = scrubber.text(error instanceof Error ? error.message : 'The call failed.');
  return (state, now) => afterFailure(state, { kind, message, runId: run.id, flowId: run.flowId }, now);
}

function failureOf(error: unknown, operation: 'start' | 'read'): FailureKind | undefined {
  // What looks like a refused key may as well be a run that is gone, where there is one: it counts, but not as fast.
  if (error instanceof ProviderUnauthorizedError)
    return error.disguised && operation === 'read' ? 'failing' : 'refused';
  return error instanceof RequestNotSentError || error instanceof ReplyLostError ? 'failing' : undefined;
}
