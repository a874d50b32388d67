/** What can be run. */
import { z } from 'zod';
import type { Flow } from '../../domain/config.ts';
import { maySee } from '../authenticate.ts';
import { durationsView } from '../durations-view.ts';
import { flowView } from '../flow-view.ts';
import { ProblemError } from '../problem.ts';
import { type Call, defineRoute } from '../route.ts';
import { flowParams } from '../schemas/common.ts';
import { durationsSchema, flowListSchema, flowSchema } from '../schemas/flow.ts';
import { usualDurations } from '../usual-durations.ts';

const listFlows = defineRoute({
  method: 'GET',
  path: '/v1/flows',
  operationId: 'listFlows',
  tag: 'flows',
  summary: 'What can be run',
  scope: 'runs:read',
  responses: { 200: { description: 'Every flow that the key may see.', body: flowListSchema } },
  async handle({ dependencies, key }) {
    const visible = Object.entries(dependencies.config.flows).filter(([id]) => maySee(key, id));
    const usual = await usualDurations(dependencies, visible);
    const items = visible.map(([id, flow], index) => flowView(dependencies, id, flow, usual[index]));
    return { status: 200, body: { items } };
  },
});

const getFlow = defineRoute({
  method: 'GET',
  path: '/v1/flows/{flowId}',
  operationId: 'getFlow',
  tag: 'flows',
  summary: 'One flow',
  scope: 'runs:read',
  request: { params: flowParams },
  responses: { 200: { description: 'The flow.', body: flowSchema } },
  async handle(call) {
    const { dependencies, params } = call;
    const { flowId } = params;
    const flow = visibleFlow(call);
    const [usual] = await usualDurations(dependencies, [[flowId, flow]]);
    return { status: 200, body: flowView(dependencies, flowId, flow, usual) };
  },
});

const getDurations = defineRoute({
  method: 'GET',
  path: '/v1/flows/{flowId}/durations',
  operationId: 'getFlowDurations',
  tag: 'flows',
  summary: 'How long its runs took',
  description: 'What is remembered of them, and when the next run would be looked at.',
  scope: 'runs:read',
  request: {
    params: flowParams,
    query: z.strictObject({
      value: z.string().max(1_024).optional().meta({
        description: 'JSON of the parameter that `looks.historyBy` names: `"north"`, `3`. Absent: of runs without it.',
      }),
    }),
  },
  responses: { 200: { description: 'The durations, and the looks that follow from them.', body: durationsSchema } },
  async handle(call) {
    const { dependencies, params, query } = call;
    const body = await durationsView(dependencies, params.flowId, visibleFlow(call), query.value);
    return { status: 200, body };
  },
});

/** The flow, or the same 404 for one that is absent and one that is not for this key. */
function visibleFlow({ dependencies, key, params }: Call<{ params: typeof flowParams }>): Flow {
  const { flows } = dependencies.config;
  const { flowId } = params;
  const flow = Object.hasOwn(flows, flowId) ? flows[flowId] : undefined;
  if (flow === undefined || !maySee(key, flowId))
    throw new ProblemError('NOT_FOUND', { detail: `There is no flow "${flowId}".` });
  return flow;
}

export const flowRoutes = [listFlows, getFlow, getDurations];
