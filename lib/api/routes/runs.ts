/** Starting runs and looking at them. */
import { z } from 'zod';
import type { Run } from '../../domain/run.ts';
import { dropUndefined, requestIdSchema } from '../../domain/start-body.ts';
import { STATUSES } from '../../domain/status.ts';
import { acceptRun } from '../../workflow/accept-run.ts';
import type { RunPage, RunQuery } from '../../workflow/ports.ts';
import { maySee, visibleRun } from '../authenticate.ts';
import { listPage } from '../list-runs.ts';
import { fitting, fromCursor, toCursor } from '../page.ts';
import { ProblemError } from '../problem.ts';
import { type QueueView, queueNow } from '../queue-view.ts';
import { type Call, defineRoute } from '../route.ts';
import { startedReply, viewOf } from '../run-reply.ts';
import { eventView } from '../run-view.ts';
import { startRequestSchema } from '../schemas/action.ts';
import { flowIdSchema, flowParams, instantSchema, runIdSchema, runParams } from '../schemas/common.ts';
import { runListSchema, runSchema } from '../schemas/run.ts';
import { timelineSchema } from '../schemas/timeline.ts';

/** Shared with reruns, which are starts as well. */
export const startHeaders = z.object({
  'Idempotency-Key': requestIdSchema.optional().meta({
    description: 'Of the caller’s choosing, once per request: sent again with the same key, a request is one request.',
  }),
  Prefer: z
    .string()
    .optional()
    .meta({ description: '`wait=N`: answer when the run has ended, or after N (≤ 25) seconds.' }),
});
export const startQuery = z.strictObject({
  await: z.boolean().optional().meta({ description: 'Answer when the run has ended, or after 25 seconds.' }),
});
export const STARTED = ['Location', 'Retry-After', 'Preference-Applied', 'Idempotent-Replayed'] as const;

const startRun = defineRoute({
  method: 'POST',
  path: '/v1/flows/{flowId}/runs',
  operationId: 'startRun',
  tag: 'runs',
  summary: 'Start a flow',
  scope: 'runs:start',
  request: { params: flowParams, query: startQuery, headers: startHeaders, body: startRequestSchema },
  responses: {
    200: { description: 'The run has ended while it was waited for.', body: runSchema, headers: STARTED },
    202: { description: 'The run is accepted.', body: runSchema, headers: STARTED },
  },
  problems: ['IDEMPOTENCY_KEY_REUSED'],
  async handle(call) {
    const { flowId } = call.params;
    // The same words for a flow that is absent and for one that this key may not see.
    const unknown = new ProblemError('NOT_FOUND', { detail: `There is no flow "${flowId}".` });
    if (!maySee(call.key, flowId)) throw unknown;
    const requestKey = call.headers['Idempotency-Key'];
    const accepted = await acceptRun(call.dependencies, {
      ...dropUndefined(call.body),
      flowId,
      trigger: 'api',
      requestedBy: call.key.keyId,
      ...(requestKey === undefined ? {} : { requestKey }),
    });
    if (accepted.kind === 'unknown-flow') throw unknown;
    return startedReply(call, accepted, { ...call.query, ...call.headers });
  },
});

const getRun = defineRoute({
  method: 'GET',
  path: '/v1/runs/{runId}',
  operationId: 'getRun',
  tag: 'runs',
  summary: 'Look at a run',
  scope: 'runs:read',
  request: { params: runParams, headers: z.object({ 'If-None-Match': z.string().optional() }) },
  responses: {
    200: { description: 'The run.', body: runSchema, headers: ['ETag'] },
    304: { description: 'Nothing has changed since the `ETag` that was sent.', headers: ['ETag'] },
  },
  async handle(call) {
    const run = await visibleRun(call.dependencies, call.key, call.params.runId);
    const queue = await queueNow(call.dependencies, run);
    const etag = etagOf(run, queue);
    const headers = { etag, 'cache-control': 'private, no-cache' };
    if (matches(call.headers['If-None-Match'], etag)) return { status: 304, headers };
    return { status: 200, body: viewOf(call, run, queue), headers };
  },
});

/** A place in line changes by what other runs do, so the record's version is not all of what is shown. */
function etagOf({ version }: Run, queue: QueueView | undefined): string {
  return queue?.position === undefined ? `"${version}"` : `"${version}.${queue.position}"`;
}

/** Weak comparison, as RFC 9110 wants it for reads. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

const listQuery = z.strictObject({
  flow: flowIdSchema.optional(),
  status: z.array(z.enum(STATUSES)).max(STATUSES.length).optional().meta({ description: 'May be given repeatedly.' }),
  businessKey: z.string().min(1).max(256).optional(),
  remoteId: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .meta({ description: 'Exactly the id that its platform gave the run, or an attempt of it.' }),
  from: instantSchema.optional().meta({ description: 'Accepted at this instant or later.' }),
  to: instantSchema.optional().meta({ description: 'Accepted before this instant.' }),
  limit: z.int('expected a whole number from 1 to 100').min(1).max(100).default(50),
  cursor: z.string().optional().meta({ description: '`nextCursor` of the page before.' }),
});

const listRuns = defineRoute({
  method: 'GET',
  path: '/v1/runs',
  operationId: 'listRuns',
  tag: 'runs',
  summary: 'List runs, newest first',
  description:
    'Runs that are accepted meanwhile move nothing of what follows a cursor. A page may be shorter than asked for.',
  scope: 'runs:read',
  request: { query: listQuery },
  responses: { 200: { description: 'A page of runs.', body: runListSchema } },
  async handle(call) {
    const { limit, remoteId } = call.query;
    const cursor = fromCursor(call.query.cursor, runIdSchema);
    const wanted = queryOf(call);
    const page =
      wanted === undefined
        ? NOTHING
        : await listPage(call.dependencies, wanted, { limit, ...(cursor && { cursor }) }, remoteId);
    const views = page.runs.map((run) => viewOf(call, run));
    const items = fitting(views);
    const last = items.length < views.length ? page.runs[items.length - 1]?.id : page.cursor;
    return { status: 200, body: { items, ...(last === undefined ? {} : { nextCursor: toCursor(last) }) } };
  },
});

const NOTHING: RunPage = { runs: [] };

/** What the store is asked for; undefined where this key can see nothing of it. */
function queryOf({ query, key }: Call<{ query: typeof listQuery }>): RunQuery | undefined {
  const { flow, status, businessKey, from, to } = query;
  if (flow !== undefined && !maySee(key, flow)) return undefined;
  const flows = flow === undefined ? key.flows : [flow];
  return dropUndefined({
    flows,
    statuses: status,
    businessKey,
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  });
}

const seqSchema = z.string().regex(/^[1-9]\d{0,8}$/);

const listEvents = defineRoute({
  method: 'GET',
  path: '/v1/runs/{runId}/events',
  operationId: 'listRunEvents',
  tag: 'runs',
  summary: 'The timeline of a run, oldest first',
  scope: 'runs:read',
  request: { params: runParams, query: listQuery.pick({ cursor: true }) },
  responses: { 200: { description: 'Every transition, look and decision.', body: timelineSchema } },
  async handle({ dependencies, key, params, query }) {
    const after = Number(fromCursor(query.cursor, seqSchema) ?? 0);
    const run = await visibleRun(dependencies, key, params.runId);
    const events = (await dependencies.store.events(run.id)).filter(({ seq }) => seq > after);
    const items = fitting(events.map(eventView));
    const last = items.length < events.length ? events[items.length - 1]?.seq : undefined;
    return { status: 200, body: { items, ...(last === undefined ? {} : { nextCursor: toCursor(String(last)) }) } };
  },
});

export const runRoutes = [startRun, listRuns, getRun, listEvents];
