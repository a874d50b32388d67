import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Run } from '../domain/run.ts';
import { placeOf } from './place-of.ts';
import type { Dependencies } from './ports.ts';

/**
 * SHA-256 of what the configuration says of a start: where it goes and how its values are named, but none of the values.
 * Where it has changed, the platform's list is another list, or is searched for another body. Undefined when the flow
 * was taken out.
 */
export function configDigestOf(dependencies: Dependencies, run: Run): string | undefined {
  const place = placeOf(dependencies, run);
  if (place === undefined) return undefined;
  const { connectionId, connection, flow } = place;
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
