/** A new run with the parameters of an old one. */
import { requestOfMessage } from '../domain/queue-message.ts';
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import { type Accepted, acceptRun, type RunRequest } from './accept-run.ts';
import type { Dependencies } from './ports.ts';

export interface RerunOptions {
  readonly requestedBy?: string;
  readonly requestKey?: string;
}

export type Rerun = Accepted | { readonly kind: 'open'; readonly run: Run } | { readonly kind: 'unknown' };

/**
 * @throws InvalidInputError when the flow takes such parameters no longer, each named.
 * @throws StoreUnavailableError: ask again.
 */
export async function rerunRun(dependencies: Dependencies, runId: string, options: RerunOptions): Promise<Rerun> {
  const run = await dependencies.store.get(runId);
  if (run === undefined) return { kind: 'unknown' };
  if (!isTerminal(run.status)) return { kind: 'open', run };
  return acceptRun(dependencies, {
    ...(await sameRequest(dependencies, run)),
    ...options,
    rerunOf: run.id,
    trigger: 'rerun',
  });
}

/** A message that was parked begins with its end. Closing it takes the reason away, and its input is the message still. */
function wasNeverAccepted({ events: [first] }: Run): boolean {
  return first?.seq === 1 && first.type === 'ended';
}

async function sameRequest(dependencies: Dependencies, run: Run): Promise<Omit<RunRequest, 'trigger'>> {
  const { parameters, rawBody } = await dependencies.vault.open(run.id, run.input);
  // What was refused then may fit now that the configuration is mended: the kept message is read again.
  if (wasNeverAccepted(run)) return requestOfMessage(rawBody ?? '');
  return {
    flowId: run.flowId,
    parameters,
    ...(rawBody === undefined ? {} : { body: rawBody }),
    ...(run.businessKey === undefined ? {} : { businessKey: run.businessKey }),
    ...(run.tags === undefined ? {} : { tags: run.tags }),
  };
}
