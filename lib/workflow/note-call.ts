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
import type { Called } from './platform.ts';
import type { Dependencies } from './ports.ts';
import { describe } from './words.ts';

/** Where the platform says "later" and not when. */
const TOLD_MS = 5_000;
const MAX_ROUNDS = 3;

type Change = (state: ConnectionState, now: number) => ConnectionState | undefined;

/** Remembers how the call went; in the usual case, one that went well among others, there is nothing to write. */
export async function noteCall(dependencies: Dependencies, run: Run, called: Called<unknown>): Promise<void> {
  const change = changeBy(run, called);
  if (change === undefined) return;
  const { clock, log, states } = dependencies;
  try {
    if (change(await states.get(run.connection), clock.now()) === undefined) return;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const state = await states.getNow(run.connection);
      const next = change(state, clock.now());
      if (next === undefined) return;
      if (!(await states.save(run.connection, next))) continue;
      if (next.circuit !== undefined && state.circuit === undefined)
        log.error('circuit opened', { connection: run.connection, reason: next.circuit.why });
      // Also with each canary that fails, so that an alarm lasts as long as the trouble.
      if (next.circuit !== undefined) log.count(METRICS.circuitOpened, { connection: run.connection });
      return;
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    log.warn('call not noted', { connection: run.connection, error: error.name });
  }
}

function changeBy(run: Run, called: Called<unknown>): Change | undefined {
  if (called.ok) return (state, now) => afterSuccess(state, run.id, now);
  const { error, scrubber } = called;
  if (error instanceof HandlerTimeoutError) return undefined;
  if (error instanceof RequestNotSentError && error.byChoice) return undefined;
  if (error instanceof ProviderThrottledError)
    return (state, now) => afterTold(state, error.retryAfterMs ?? TOLD_MS, now);
  const kind = failureOf(error);
  // It understood and answered, whatever it thinks of the request.
  if (kind === undefined) return (state, now) => afterSuccess(state, run.id, now);
  const message = describe(scrubber, error);
  return (state, now) => afterFailure(state, { kind, message, runId: run.id }, now);
}

function failureOf(error: unknown): FailureKind | undefined {
  // A disguise may as well be a run that is gone: it counts, but not as fast.
  if (error instanceof ProviderUnauthorizedError) return error.disguised ? 'failing' : 'refused';
  return error instanceof RequestNotSentError || error instanceof ReplyLostError ? 'failing' : undefined;
}
