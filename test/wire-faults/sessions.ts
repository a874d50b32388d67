/** Sessions of the real providers over the real client, whose limits are short. */
import { createHttpClient } from '../../lib/http/create-http-client.ts';
import type { HttpClient, HttpLimits, HttpRequest } from '../../lib/http/http-client.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { providerOf } from '../../lib/providers/registry.ts';
import type { Certificate } from '../http/servers.ts';
import { trust } from './certificates.ts';
import type { WirePlatform } from './platforms.ts';

/** As in production, only shorter. */
export const LIMITS = { connectMs: 2_000, idleMs: 1_500, totalMs: 3_000, maxBytes: 1_048_576 } as const;

/** A session as the composition roots build it, with a client that has no connection yet. */
export function openSession(
  { provider, basePath, ...platform }: WirePlatform,
  origin: string,
  trusted: readonly Certificate[],
): { readonly http: HttpClient; readonly session: ProviderSession } {
  const definition = providerOf(provider);
  const settings = definition.settings.parse(platform.settings);
  const target = definition.target.parse(platform.target);
  const auth = definition.auth(definition.credentials.parse(platform.credentials), settings);
  const baseUrl = `${origin}${basePath}`;
  const { connectMs, idleMs, totalMs } = LIMITS;
  const trustedAuthorities = trust(trusted);
  const http = createHttpClient({ baseUrl, auth, trustedAuthorities, limits: { connectMs, idleMs, totalMs } });
  return { http, session: definition.connect({ settings, target, baseUrl, http: hurried(http) }) };
}

/** Providers ask for limits of their own; none of them gets more than ours. */
function hurried(http: HttpClient): HttpClient {
  const hurry = (request: HttpRequest): HttpRequest => ({ ...request, limits: shorter(request.limits ?? {}) });
  return {
    ...http,
    send: (request) => http.send(hurry(request)),
    download: (request) => http.download(hurry(request)),
  };
}

function shorter(limits: Partial<HttpLimits>): Partial<HttpLimits> {
  const names = Object.keys(LIMITS) as (keyof HttpLimits)[];
  const given = names.filter((name) => limits[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, Math.min(limits[name] ?? 0, LIMITS[name])]));
}

export type Witness = <Value>(call: () => Promise<Value>) => Promise<Value>;

/** Counts what is called, and keeps what it is rejected with. */
export function witnessOf(errors: Error[], called: () => void): Witness {
  return async (call) => {
    called();
    try {
      return await call();
    } catch (error) {
      if (error instanceof Error) errors.push(error);
      throw error;
    }
  };
}

/** The same session, each of whose calls is seen. */
export function witnessed(session: ProviderSession, witness: Witness): ProviderSession {
  const members = Object.entries(session).map(([name, member]) => {
    if (typeof member !== 'function') return [name, member];
    return [name, (...args: unknown[]) => witness(() => (member as (...args: unknown[]) => Promise<unknown>)(...args))];
  });
  return Object.fromEntries(members);
}
