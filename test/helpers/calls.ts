import type { Json } from '../../lib/domain/json.ts';
import type { Look, ProviderSession, Started, StartRequest } from '../../lib/providers/provider.ts';

/** Options of a call that nobody breaks off. */
export const call = { signal: new AbortController().signal };

export function startRequest(parameters: StartRequest['parameters'] = {}, rawBody?: string): StartRequest {
  const base = { runId: 'run_01KB0000000000000000000000', attempt: 1, correlation: 'c-1', remainingMs: 60_000 };
  return { ...base, parameters, ...(rawBody === undefined ? {} : { rawBody }) };
}

/** Starts, and insists on a run to look at. */
export async function startAccepted(session: ProviderSession, request: StartRequest = startRequest()) {
  const started: Started = await session.start(request, call);
  if (started.kind !== 'accepted') throw new Error(`expected an accepted start, got ${started.kind}`);
  return started;
}

export async function lookAt(session: ProviderSession, handle: Json): Promise<Look> {
  if (session.poll === undefined) throw new Error('this provider cannot be polled');
  return session.poll(handle, call);
}
