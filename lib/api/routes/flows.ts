/** What can be run. */
import { maySee } from '../authenticate.ts';
import { flowView } from '../flow-view.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { flowParams } from '../schemas/common.ts';
import { flowListSchema, flowSchema } from '../schemas/flow.ts';
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
  async handle({ dependencies, key, params: { flowId } }) {
    const { config } = dependencies;
    const flow = Object.hasOwn(config.flows, flowId) ? config.flows[flowId] : undefined;
    if (flow === undefined || !maySee(key, flowId))
      throw new ProblemError('NOT_FOUND', { detail: `There is no flow "${flowId}".` });
    const [usual] = await usualDurations(dependencies, [[flowId, flow]]);
    return { status: 200, body: flowView(dependencies, flowId, flow, usual) };
  },
});

export const flowRoutes = [listFlows, getFlow];
