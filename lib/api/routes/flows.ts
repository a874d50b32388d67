/** What can be run. */
import type { Flow } from '../../domain/config.ts';
import { nextSlot } from '../../domain/cron.ts';
import { parametersJsonSchema } from '../../domain/parameters.ts';
import type { Dependencies } from '../../workflow/ports.ts';
import { maySee } from '../authenticate.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { flowParams } from '../schemas/common.ts';
import { flowListSchema, flowSchema } from '../schemas/flow.ts';

function flowView({ config, clock }: Dependencies, id: string, flow: Flow) {
  const { connection, description, rawBody, schedule } = flow;
  return {
    id,
    connection,
    provider: config.connections[connection]?.provider ?? 'unknown',
    ...(description === undefined ? {} : { description }),
    parametersSchema: parametersJsonSchema(flow.parameters),
    ...(rawBody ? { rawBody } : {}),
    deadline: isoDuration(flow.deadline),
    ...(schedule === undefined ? {} : { schedule: scheduleView(schedule, clock.now()) }),
    duration: {},
  };
}

const UNITS = [
  ['D', 86_400_000],
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
] as const;

/** 8_100_000 as `PT2H15M`; what is less than a second is a fraction of one. */
function isoDuration(ms: number): string {
  let rest = ms;
  const parts = UNITS.map(([unit, size]) => {
    const count = unit === 'S' ? rest / size : Math.floor(rest / size);
    rest %= size;
    return count === 0 ? '' : `${count}${unit}`;
  });
  const [days, ...time] = parts;
  return `P${days}${time.some((part) => part !== '') ? 'T' : ''}${time.join('')}`;
}

/** Without its parameters: some may be sensitive. */
function scheduleView({ cron, timezone, overlap, missed }: NonNullable<Flow['schedule']>, now: number) {
  const nextAt = nextSlot({ cron, timezone }, now);
  return { cron, timezone, overlap, missed, ...(nextAt === undefined ? {} : { nextAt }) };
}

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
    return { status: 200, body: { items: visible.map(([id, flow]) => flowView(dependencies, id, flow)) } };
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
    return { status: 200, body: flowView(dependencies, flowId, flow) };
  },
});

export const flowRoutes = [listFlows, getFlow];
