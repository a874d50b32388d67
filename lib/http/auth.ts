import { SecretUnavailableError } from '../domain/errors.ts';
import { refuseHeaderValue } from './headers.ts';
import type { AuthScheme, HttpClient } from './http-client.ts';
import { createTokenCache, type TokenCache } from './token-cache.ts';

export { createTokenCache, type TokenCache };

/** No headers at all. */
export const anonymous: AuthScheme = { headers: async () => ({}) };

/** `Authorization: Bearer …`. @throws SecretUnavailableError when the token cannot be a header's value. */
export function bearer(token: string): AuthScheme {
  return fixed('authorization', 'The token', token, `Bearer ${token}`);
}

/** The key as the value of one header. @throws SecretUnavailableError when it cannot be one. */
export function apiKeyHeader(name: string, key: string): AuthScheme {
  return fixed(name.toLowerCase(), 'The API key', key, key);
}

/** HTTP Basic in UTF-8. @throws SecretUnavailableError for what Basic cannot carry. */
export function basic(username: string, password: string): AuthScheme {
  if (username.includes(':')) throw new SecretUnavailableError('The user name contains ":"', 'malformed');
  if (/\p{Cc}/u.test(username + password))
    throw new SecretUnavailableError('The user name or password contains a control character', 'malformed');
  const value = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
  return fixed('authorization', 'The user name with the password', value, value);
}

function fixed(name: string, what: string, secret: string, value: string): AuthScheme {
  const problem = refuseHeaderValue(secret);
  if (problem !== undefined) throw new SecretUnavailableError(`${what} ${problem}`, 'malformed');
  return { headers: async () => ({ [name]: value }) };
}

export interface LoginOptions {
  /**
   * Fetches a token through `client`, which sends without authorisation. Any error but `ProviderUnauthorizedError` is
   * told to the caller as "the request itself was not sent".
   */
  login(client: HttpClient, signal: AbortSignal): Promise<string>;
  /** How long a token is good when it does not say so itself. Default: until it is refused. */
  readonly lifetimeMs?: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Shared by the clients of one connection and credentials; default: this scheme's own. */
  readonly cache?: TokenCache;
  /** Tells credentials apart in a shared cache; the base URL is told apart anyway. */
  readonly cacheKey?: string;
}

/** A platform may repeat a token that has been replaced meanwhile. */
const KEPT_TOKENS = 3;

/** Logs in once, for everybody who waits, and sends the token as a bearer until shortly before it expires. */
export function loginThenBearer(options: LoginOptions): AuthScheme {
  const { login, lifetimeMs, now = Date.now, cache = createTokenCache(), cacheKey = '' } = options;
  let used: { readonly key: string; readonly token: string } | undefined;
  let given: readonly string[] = [];
  return {
    async headers(client, signal) {
      const key = JSON.stringify([client.baseUrl ?? '', cacheKey]);
      const token = await cache.get(key, { now, lifetimeMs, signal, load: (shared) => login(client, shared) });
      used = { key, token };
      if (given[0] !== token) given = [token, ...given].slice(0, KEPT_TOKENS);
      return { authorization: `Bearer ${token}` };
    },
    refused() {
      if (used !== undefined) cache.drop(used.key, used.token);
      return used !== undefined;
    },
    tokens: () => given,
  };
}
