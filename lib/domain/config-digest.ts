import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { ConfigPlace } from './config-place.ts';
import type { JsonObject } from './json.ts';

/**
 * SHA-256 of what the configuration says of a start: where it goes and how its values are named, but none of the values.
 * Where it has changed, the platform's list is another list, or is searched for another body.
 */
export function configDigest({ connectionId, connection, flow }: ConfigPlace): string {
  const said = {
    connection: connectionId,
    provider: connection.provider,
    baseUrl: connection.baseUrl,
    secret: connection.secret ?? null,
    target: flow.target as JsonObject,
    names: Object.fromEntries(Object.entries(flow.parameters).map(([name, { apiName }]) => [name, apiName ?? name])),
    correlationParameter: flow.correlationParameter ?? null,
    rawBody: flow.rawBody,
  };
  return createHash('sha256').update(canonicalJson(said)).digest('base64url');
}
