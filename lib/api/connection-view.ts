/** What callers see of a connection: how it is, and what keeps runs from it. Absent rather than null. */
import type { Connection } from '../domain/config.ts';
import { dropUndefined } from '../domain/start-body.ts';
import { connectionHealth, waveSpacingMs } from '../protection/breaker.ts';
import type { ConnectionState } from '../protection/connection-state.ts';
import type { Dependencies } from '../workflow/ports.ts';

/** @param state as it is kept, where that was read already. @throws StoreUnavailableError */
export async function connectionView(
  dependencies: Dependencies,
  id: string,
  { provider, baseUrl, limits }: Connection,
  state?: ConnectionState,
) {
  const { states, clock } = dependencies;
  const [known, line, requests] = await Promise.all([
    state ?? states.getNow(id),
    limits.inFlight === undefined ? undefined : lineOf(dependencies, id),
    limits.requestsPerSecond === undefined ? undefined : requestsOf(dependencies, id),
  ]);
  return dropUndefined({
    id,
    provider,
    baseUrl,
    limits,
    ...line,
    requests,
    ...protectionOf(known, clock.now()),
  });
}

async function lineOf({ inFlight }: Dependencies, id: string) {
  const [holders, queued] = await Promise.all([inFlight.holders(id), inFlight.ahead(id)]);
  return { inFlight: holders.length, queued };
}

async function requestsOf({ budgets }: Dependencies, id: string) {
  const { requestsMs, startsMs } = await budgets.backlog(id);
  return { busyForMs: Math.round(requestsMs), startsWaitMs: Math.round(startsMs) };
}

/** Field by field: what is kept is more than what is shown. */
function protectionOf(state: ConnectionState, now: number) {
  const { circuit, failures, failingSince, paused, toldToWaitUntil, lastSuccessAt, lastError } = state;
  const isToldToWait = toldToWaitUntil !== undefined && Date.parse(toldToWaitUntil) > now;
  return {
    state: connectionHealth(state, now),
    breaker: {
      state: breakerOf(state, now),
      reason: circuit?.why,
      since: circuit?.since ?? failingSince,
      openedAt: circuit?.openedAt,
      nextCanaryAt: circuit?.nextCanaryAt,
      failures,
    },
    paused: paused && { at: paused.at, by: paused.by, reason: paused.reason },
    toldToWaitUntil: isToldToWait ? toldToWaitUntil : undefined,
    lastSuccessAt,
    lastError: lastError && { at: lastError.at, message: lastError.message },
  };
}

/** Half-open as soon as a call may go to see, and while ever more of them may. */
function breakerOf(state: ConnectionState, now: number): 'closed' | 'open' | 'half-open' {
  const { circuit } = state;
  if (circuit !== undefined) return Date.parse(circuit.nextCanaryAt) <= now ? 'half-open' : 'open';
  return waveSpacingMs(state, now) === undefined ? 'closed' : 'half-open';
}
