import { createHttpClient } from '../../lib/http/create-http-client.ts';
import type { ProviderDefinition, ProviderSession } from '../../lib/providers/provider.ts';

interface SessionInput {
  readonly baseUrl: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly target: Readonly<Record<string, unknown>>;
  /** The secret's JSON; absent: anonymous. */
  readonly credentials?: unknown;
}

/** A provider's session as the composition roots build it: parsed by its own schemas, over the real HTTP client. */
export function openSession(definition: ProviderDefinition, input: SessionInput): ProviderSession {
  const settings = definition.settings.parse(input.settings ?? {});
  const target = definition.target.parse(input.target);
  const credentials = input.credentials === undefined ? undefined : definition.credentials.parse(input.credentials);
  const auth = definition.auth(credentials, settings);
  const http = createHttpClient({ baseUrl: input.baseUrl, auth });
  return definition.connect({ settings, target, baseUrl: input.baseUrl, http });
}
