/** Where flows run, and holding calls back from there. */
import type { Config, Connection } from '../../domain/config.ts';
import { pause, resume } from '../../protection/breaker.ts';
import type { ConnectionState } from '../../protection/connection-state.ts';
import type { ApiKeyRecord, Dependencies } from '../../workflow/ports.ts';
import { maySee } from '../authenticate.ts';
import { changeConnection } from '../change-connection.ts';
import { connectionView } from '../connection-view.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute, type Reply } from '../route.ts';
import { emptyBodySchema } from '../schemas/common.ts';
import { connectionListSchema, connectionParams, connectionSchema, pauseSchema } from '../schemas/connection.ts';

const listConnections = defineRoute({
  method: 'GET',
  path: '/v1/connections',
  operationId: 'listConnections',
  tag: 'flows',
  summary: 'The platforms that flows run on, and how they are',
  scope: 'runs:read',
  responses: { 200: { description: 'The connections of the flows that the key may see.', body: connectionListSchema } },
  async handle({ dependencies, key }) {
    const { config } = dependencies;
    const used = new Set(flowsOf(config).flatMap(([id, connection]) => (maySee(key, id) ? connection : [])));
    const visible = Object.entries(config.connections).filter(([id]) => key.flows === undefined || used.has(id));
    const items = await Promise.all(visible.map(([id, connection]) => connectionView(dependencies, id, connection)));
    return { status: 200, body: { items } };
  },
});

const flowsOf = ({ flows }: Config) => Object.entries(flows).map(([id, { connection }]) => [id, connection] as const);

/**
 * To hold back a connection is to hold back all its flows, so a key must see them all.
 * @throws ProblemError 404, the same for a connection that is absent and one that is not for this key.
 */
function ownConnection({ config }: Dependencies, key: ApiKeyRecord, id: string): Connection {
  const connection = Object.hasOwn(config.connections, id) ? config.connections[id] : undefined;
  const flows = flowsOf(config).filter(([, used]) => used === id);
  const seesAll = key.flows === undefined || (flows.length > 0 && flows.every(([flowId]) => maySee(key, flowId)));
  if (connection === undefined || !seesAll) throw new ProblemError('NOT_FOUND');
  return connection;
}

interface Decision {
  readonly dependencies: Dependencies;
  readonly key: ApiKeyRecord;
  readonly params: { readonly connectionId: string };
}

async function decide(
  { dependencies, key, params: { connectionId } }: Decision,
  what: string,
  change: (state: ConnectionState) => ConnectionState,
): Promise<Reply<200>> {
  const connection = ownConnection(dependencies, key, connectionId);
  const { state, isChanged } = await changeConnection(dependencies, connectionId, change);
  if (isChanged) dependencies.log.info(what, { connection: connectionId, by: key.keyId });
  return { status: 200, body: await connectionView(dependencies, connectionId, connection, state) };
}

const pauseConnection = defineRoute({
  method: 'POST',
  path: '/v1/connections/{connectionId}/pause',
  operationId: 'pauseConnection',
  tag: 'flows',
  summary: 'Hold back all calls to a platform',
  description:
    'Until it is resumed. Runs are accepted and wait; jobs under way there go on. Deadlines still count: the last look of a run, and cancellations, are made. One that is paused already stays as it is.',
  scope: 'fallout:resolve',
  request: { params: connectionParams, body: pauseSchema },
  responses: { 200: { description: 'The connection, paused.', body: connectionSchema } },
  handle: (call) =>
    decide(call, 'connection paused', (state) => {
      const { dependencies, key, body } = call;
      if (state.paused !== undefined) return state;
      return pause(state, { by: key.keyId, reason: body.reason }, dependencies.clock.now());
    }),
});

const resumeConnection = defineRoute({
  method: 'POST',
  path: '/v1/connections/{connectionId}/resume',
  operationId: 'resumeConnection',
  tag: 'flows',
  summary: 'End a pause',
  description: 'Runs that waited come back within minutes, not all at once. One that is not paused stays as it is.',
  scope: 'fallout:resolve',
  request: { params: connectionParams, body: emptyBodySchema },
  responses: { 200: { description: 'The connection, no longer paused.', body: connectionSchema } },
  handle: (call) => decide(call, 'connection resumed', (state) => (state.paused === undefined ? state : resume(state))),
});

export const connectionRoutes = [listConnections, pauseConnection, resumeConnection];
