/** Replies that carry a run. */
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { Accepted } from '../workflow/accept-run.ts';
import { awaitRun, type Wanted, waitWanted } from './await-run.ts';
import { ProblemError } from './problem.ts';
import type { QueueView } from './queue-view.ts';
import type { Call, Reply } from './route.ts';
import { runView } from './run-view.ts';

type Asked = Pick<Call, 'dependencies'>;

export function viewOf({ dependencies }: Asked, run: Run, queue?: QueueView) {
  return runView(run, dependencies.executions.arnOf(run), queue);
}

/** 202: what was asked for is on its way; with the time at which a look is worth it. */
export function acceptedReply(call: Asked, run: Run): Reply<202> {
  return { status: 202, body: viewOf(call, run), headers: { ...lookAgain(call, run) } };
}

/** What acceptance came to: the run, waited for where that was wanted. @throws ProblemError 404 or 422. */
export async function startedReply(call: Asked, accepted: Accepted, wanted: Wanted): Promise<Reply<200 | 202>> {
  if (accepted.kind === 'unknown-flow') throw new ProblemError('NOT_FOUND');
  if (accepted.kind === 'key-reused')
    throw new ProblemError('IDEMPOTENCY_KEY_REUSED', {
      detail: 'Another request was accepted under this Idempotency-Key; send this one with a key of its own.',
    });
  const { waitMs, applied } = waitWanted(wanted);
  const run = await awaitRun(call.dependencies, accepted.run, waitMs);
  const status = waitMs > 0 && isTerminal(run.status) ? 200 : 202;
  const headers = {
    location: `/v1/runs/${run.id}`,
    ...(accepted.kind === 'replayed' ? { 'idempotent-replayed': 'true' } : {}),
    ...(applied === undefined ? {} : { 'preference-applied': applied }),
    ...lookAgain(call, run),
  };
  return { status, body: viewOf(call, run), headers };
}

/** Nothing can be new before we have looked ourselves. */
function lookAgain({ dependencies }: Asked, run: Run): Readonly<Record<string, string>> {
  if (isTerminal(run.status)) return {};
  const now = dependencies.clock.now();
  const nextMs = Date.parse(run.nextLookAt ?? '') - now;
  return { 'retry-after': String(Math.max(1, Math.ceil(nextMs / 1_000) || 1)) };
}
