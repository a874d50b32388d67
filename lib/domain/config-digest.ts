import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { ConfigPlace } from './config-place.ts';

/**
 * SHA-256 of what the configuration says of a start: where it goes and how its values are named, but none of the values.
 * Where it has changed, the platform's list is another list, or is searched for another body. Without the target, which a
 * run keeps from its call on.
 */
export function configDigest({ connectionId, connection, flow }: ConfigPlace): string {
  const said = {
    connection: connectionId,
    provider: connection.provider,
    baseUrl: connection.baseUrl,
    secret: connection.secret ?? null,
    names: Object.fromEntries(Object.entries(flow.parameters).map(([name, { apiName }]) => [name, apiName ?? name])),
    correlationParameter: flow.correlationParameter ?? null,
    rawBody: flow.rawBody,
  };
  return createHash('sha256').update(canonicalJson(said)).digest('base64url');
}
