/** What people and programs do to a run: cancel, answer, resolve, rerun. */
import type { Run, RunEvent } from '../../domain/run.ts';
import { isTerminal } from '../../domain/status.ts';
import { answerRun } from '../../workflow/answer-run.ts';
import { cancelRun } from '../../workflow/cancel-run.ts';
import { rerunRun } from '../../workflow/rerun-run.ts';
import { resolveFallout } from '../../workflow/resolve-fallout.ts';
import { visibleRun } from '../authenticate.ts';
import { watchRun } from '../await-run.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { acceptedReply, startedReply, viewOf } from '../run-reply.ts';
import { answerSchema, decisionSchema } from '../schemas/action.ts';
import { emptyBodySchema, runParams } from '../schemas/common.ts';
import { runSchema } from '../schemas/run.ts';
import { STARTED, startHeaders, startQuery } from './runs.ts';

/** The platform is given the answer by the machine; most take it within a second. */
const ANSWER_WAIT_MS = 20_000;

const conflict = (detail: string, url?: string) =>
  new ProblemError('CONFLICT', { detail, ...(url === undefined ? {} : { url }) });

const cancel = defineRoute({
  method: 'POST',
  path: '/v1/runs/{runId}/cancel',
  operationId: 'cancelRun',
  tag: 'decisions',
  summary: 'Cancel a run',
  description: 'The run itself says later, in `cancel.remote`, whether its platform confirmed, or cannot cancel.',
  scope: 'runs:cancel',
  request: { params: runParams, body: emptyBodySchema },
  responses: { 202: { description: 'Asked for, or done already.', body: runSchema, headers: ['Retry-After'] } },
  problems: ['CONFLICT'],
  async handle(call) {
    const { id } = await visibleRun(call.dependencies, call.key, call.params.runId);
    const canceled = await cancelRun(call.dependencies, id, { by: call.key.keyId });
    if (canceled.kind === 'unknown') throw new ProblemError('NOT_FOUND');
    if (canceled.kind === 'ended') throw conflict(`Too late to cancel: the run is ${canceled.run.status}.`);
    return acceptedReply(call, canceled.run);
  },
});

const answer = defineRoute({
  method: 'POST',
  path: '/v1/runs/{runId}/input',
  operationId: 'answerRun',
  tag: 'decisions',
  summary: 'Give a waiting run its input',
  description: 'Where the platform takes no answers by API, the refusal names the link at which a person can give one.',
  scope: 'runs:cancel',
  request: { params: runParams, body: answerSchema },
  responses: {
    202: { description: 'The platform has it, or will have it shortly.', body: runSchema, headers: ['Retry-After'] },
  },
  problems: ['CONFLICT'],
  async handle(call) {
    const { id } = await visibleRun(call.dependencies, call.key, call.params.runId);
    const answered = await answerRun(call.dependencies, id, call.body.values, call.key.keyId);
    if (answered.kind === 'unknown') throw new ProblemError('NOT_FOUND');
    if (answered.kind === 'not-waiting')
      throw conflict(`The run does not wait for input: it is ${answered.run.status}.`);
    if (answered.kind === 'not-answerable') throw notAnswerable(answered.run);
    if (answered.kind === 'busy')
      throw conflict('An earlier answer is on its way to the platform; look at the run again.');
    const until = (now: Run) => isTerminal(now.status) || outcomeOf(answered.run, now) !== undefined;
    const run = await watchRun(call.dependencies, answered.run, { waitMs: ANSWER_WAIT_MS, until });
    const outcome = outcomeOf(answered.run, run);
    if (outcome?.data?.accepted === false) throw conflict(outcome.message, run.waitingFor?.url);
    return acceptedReply(call, run);
  },
});

function notAnswerable({ provider, waitingFor }: Run): ProblemError {
  const url = waitingFor?.url;
  const where = url === undefined ? 'in the platform itself' : `by a person at ${url}`;
  return conflict(`${provider} takes no answer to this by API; it can be given ${where}.`, url);
}

/** What came of the answer; it has left the record before the platform is given it. */
function outcomeOf(given: Run, now: Run): RunEvent | undefined {
  const before = given.events.at(-1)?.seq ?? 0;
  return now.events.findLast(({ seq, type, data }) => seq > before && type === 'input' && 'accepted' in (data ?? {}));
}

const resolve = defineRoute({
  method: 'POST',
  path: '/v1/runs/{runId}/resolve',
  operationId: 'resolveRun',
  tag: 'decisions',
  summary: 'Decide on a run that fell out',
  description: 'Adopt the remote run that belongs to it, say that nothing was started, or close it.',
  scope: 'fallout:resolve',
  request: { params: runParams, body: decisionSchema },
  responses: { 200: { description: 'The run as the decision left it.', body: runSchema } },
  problems: ['CONFLICT'],
  async handle(call) {
    const { id } = await visibleRun(call.dependencies, call.key, call.params.runId);
    const resolved = await resolveFallout(call.dependencies, id, call.body, call.key.keyId);
    if (resolved.kind === 'unknown') throw new ProblemError('NOT_FOUND');
    if (resolved.kind === 'not-fallout')
      throw conflict(`There is nothing to decide: the run is ${resolved.run.status}.`);
    if (resolved.kind === 'refused') throw conflict(resolved.message);
    return { status: 200, body: viewOf(call, resolved.run) };
  },
});

const rerun = defineRoute({
  method: 'POST',
  path: '/v1/runs/{runId}/rerun',
  operationId: 'rerunRun',
  tag: 'decisions',
  summary: 'Start a new run with the parameters of an old one',
  scope: 'runs:start',
  request: { params: runParams, query: startQuery, headers: startHeaders, body: emptyBodySchema },
  responses: {
    200: { description: 'The new run has ended while it was waited for.', body: runSchema, headers: STARTED },
    202: { description: 'The new run is accepted.', body: runSchema, headers: STARTED },
  },
  problems: ['CONFLICT', 'IDEMPOTENCY_KEY_REUSED'],
  async handle(call) {
    const { id } = await visibleRun(call.dependencies, call.key, call.params.runId);
    const requestKey = call.headers['Idempotency-Key'];
    const requestedBy = call.key.keyId;
    const again = await rerunRun(call.dependencies, id, { requestedBy, ...(requestKey && { requestKey }) });
    if (again.kind === 'unknown') throw new ProblemError('NOT_FOUND');
    if (again.kind === 'open')
      throw conflict(`The run has not ended yet: ${again.run.status}. Cancel it first, or wait.`);
    if (again.kind === 'request-id-taken')
      throw conflict(`The requestId of this message was used for another request, which is run ${again.run.id}.`);
    if (again.kind === 'unknown-flow') throw conflict('The flow of this run is not in the configuration any more.');
    return startedReply(call, again, { ...call.query, ...call.headers });
  },
});

export const runActionRoutes = [cancel, answer, resolve, rerun];
