import type { JsonObject } from './json.ts';
import type { Parameters } from './parameters.ts';

/** Values keyed by the names the provider knows. */
export function toApiNames(declared: Parameters, values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [declared[name]?.apiName ?? name, value]));
}
