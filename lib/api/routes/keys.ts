/** Who may do what. */

import { dropUndefined } from '../../domain/start-body.ts';
import type { ApiKeyRecord } from '../../workflow/ports.ts';
import { grantKey, manages } from '../key-grants.ts';
import { listKeys, revokeKey } from '../keys.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { keyCreatedSchema, keyListSchema, keyParams, keyRequestSchema, ownKeySchema } from '../schemas/key.ts';

function ownView({ keyId, scopes, flows, name, expiresAt }: ApiKeyRecord) {
  return dropUndefined({ keyId, scopes, flows, name, expiresAt });
}

const create = defineRoute({
  method: 'POST',
  path: '/v1/keys',
  operationId: 'createKey',
  tag: 'keys',
  summary: 'Make an API key',
  description:
    'With no scope that the asking key lacks, and where that one is limited to flows, with some of its flows.',
  scope: 'keys:admin',
  request: { body: keyRequestSchema },
  responses: { 201: { description: 'The key, this once.', body: keyCreatedSchema } },
  async handle({ dependencies, options, key, body }) {
    const created = await grantKey(dependencies, options.environment, key, dropUndefined(body));
    dependencies.log.info('API key made', { keyId: created.keyId, by: key.keyId });
    return { status: 201, body: created };
  },
});

const list = defineRoute({
  method: 'GET',
  path: '/v1/keys',
  operationId: 'listKeys',
  tag: 'keys',
  summary: 'API keys, without what is secret of them',
  description: 'A key that is limited to flows sees those alone that it could have made.',
  scope: 'keys:admin',
  responses: { 200: { description: 'The keys.', body: keyListSchema } },
  async handle({ dependencies, key }) {
    const records = await listKeys(dependencies, manages(key));
    const items = records.map((record) => {
      const { createdAt, lastUsedAt, revokedAt } = record;
      return dropUndefined({ ...ownView(record), createdAt, lastUsedAt, revokedAt });
    });
    return { status: 200, body: { items } };
  },
});

const self = defineRoute({
  method: 'GET',
  path: '/v1/keys/self',
  operationId: 'getOwnKey',
  tag: 'keys',
  summary: 'What the key that asks may do',
  scope: 'any',
  responses: { 200: { description: 'The key.', body: ownKeySchema } },
  handle: async ({ key }) => ({ status: 200, body: ownView(key) }),
});

const revoke = defineRoute({
  method: 'DELETE',
  path: '/v1/keys/{keyId}',
  operationId: 'revokeKey',
  tag: 'keys',
  summary: 'Revoke an API key, at once and for good',
  scope: 'keys:admin',
  request: { params: keyParams },
  responses: { 204: { description: 'No call accepts the key any more.' } },
  async handle({ dependencies, key, params: { keyId } }) {
    if (!(await revokeKey(dependencies, keyId, manages(key)))) throw new ProblemError('NOT_FOUND');
    dependencies.log.info('API key revoked', { keyId, by: key.keyId });
    return { status: 204 };
  },
});

export const keyRoutes = [create, list, self, revoke];
