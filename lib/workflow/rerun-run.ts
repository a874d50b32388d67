/** A new run with the parameters of an old one. */
import type { JsonObject } from '../domain/json.ts';
import { startOfMessage } from '../domain/queue-message.ts';
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import { type Accepted, acceptRun, type RunRequest, requestKeyId } from './accept-run.ts';
import type { Dependencies } from './ports.ts';
import { requestIdScope } from './take-message.ts';

export interface RerunOptions {
  readonly requestedBy?: string;
  readonly requestKey?: string;
}

export type Rerun =
  | Accepted
  | { readonly kind: 'open'; readonly run: Run }
  /** The parked message's own `requestId` was used for another request; for this run. */
  | { readonly kind: 'request-id-taken'; readonly run: Run }
  | { readonly kind: 'unknown' };

/**
 * @throws InvalidInputError when the flow takes such parameters no longer, each named.
 * @throws StoreUnavailableError: ask again.
 */
export async function rerunRun(dependencies: Dependencies, runId: string, options: RerunOptions): Promise<Rerun> {
  const run = await dependencies.store.get(runId);
  if (run === undefined) return { kind: 'unknown' };
  if (!isTerminal(run.status)) return { kind: 'open', run };
  const again = { rerunOf: run.id, trigger: 'rerun' } as const;
  const { parameters, rawBody } = await dependencies.vault.open(run.id, run.input);
  if (!wasNeverAccepted(run))
    return acceptRun(dependencies, { ...sameRequest(run, parameters, rawBody), ...options, ...again });
  // What was refused then may fit now that the configuration is mended: the kept message is read again.
  const { request, requestId } = startOfMessage(rawBody ?? '');
  if (requestId === undefined) return acceptRun(dependencies, { ...request, ...options, ...again });
  // Its sender may send it again, or has done so: whichever comes second is the same run.
  const key = { requestKey: requestId, requestKeyScope: requestIdScope(request.flowId) };
  const accepted = await acceptRun(dependencies, { ...request, ...options, ...key, ...again });
  if (accepted.kind !== 'key-reused') return accepted;
  const id = await requestKeyId(dependencies.vault, key.requestKeyScope, requestId);
  const known = await dependencies.store.byRequestKey(id);
  return known === undefined ? accepted : { kind: 'request-id-taken', run: known.run };
}

/** A message that was parked begins with its end. Closing it takes the reason away, and its input is the message still. */
function wasNeverAccepted({ events: [first] }: Run): boolean {
  return first?.seq === 1 && first.type === 'ended';
}

function sameRequest(run: Run, parameters: JsonObject, rawBody: string | undefined): Omit<RunRequest, 'trigger'> {
  return {
    flowId: run.flowId,
    parameters,
    ...(rawBody === undefined ? {} : { body: rawBody }),
    ...(run.businessKey === undefined ? {} : { businessKey: run.businessKey }),
    ...(run.tags === undefined ? {} : { tags: run.tags }),
  };
}
