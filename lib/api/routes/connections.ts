/** Where flows run. */
import { maySee } from '../authenticate.ts';
import { defineRoute } from '../route.ts';
import { connectionListSchema } from '../schemas/connection.ts';

const listConnections = defineRoute({
  method: 'GET',
  path: '/v1/connections',
  operationId: 'listConnections',
  tag: 'flows',
  summary: 'The platforms that flows run on',
  scope: 'runs:read',
  responses: { 200: { description: 'The connections of the flows that the key may see.', body: connectionListSchema } },
  async handle({ dependencies: { config }, key }) {
    const flows = Object.entries(config.flows).filter(([id]) => maySee(key, id));
    const used = new Set(flows.map(([, { connection }]) => connection));
    const items = Object.entries(config.connections)
      .filter(([id]) => key.flows === undefined || used.has(id))
      .map(([id, { provider, baseUrl, limits }]) => ({ id, provider, baseUrl, limits }));
    return { status: 200, body: { items } };
  },
});

export const connectionRoutes = [listConnections];
