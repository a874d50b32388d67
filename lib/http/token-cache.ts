import { ProviderProtocolError, RequestNotSentError } from '../domain/errors.ts';
import { refuseHeaderValue } from './headers.ts';
import { parseJson } from './json.ts';
import { withSignal } from './watch.ts';

export interface TokenRequest {
  now(): number;
  readonly lifetimeMs: number | undefined;
  readonly signal: AbortSignal;
  /** Logs in. Its signal is aborted only when nobody waits for the token any more. */
  load(signal: AbortSignal): Promise<string>;
}

/** Tokens in memory, one login at a time for each key. */
export interface TokenCache {
  get(key: string, request: TokenRequest): Promise<string>;
  /** Forgets this token; a newer one under the same key stays. */
  drop(key: string, token: string): void;
}

interface Entry {
  readonly token: string;
  readonly goodUntil: number;
}

interface Flight {
  readonly entry: Promise<Entry>;
  readonly controller: AbortController;
  waiting: number;
}

export function createTokenCache(): TokenCache {
  const entries = new Map<string, Entry>();
  const flights = new Map<string, Flight>();

  function take(key: string, request: TokenRequest): Flight {
    const running = flights.get(key);
    if (running !== undefined) return running;
    const controller = new AbortController();
    const entry = logIn(request, controller.signal);
    const flight: Flight = { entry, controller, waiting: 0 };
    flights.set(key, flight);
    const landed = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    entry.then((value) => {
      landed();
      entries.set(key, value);
    }, landed);
    return flight;
  }

  return {
    async get(key, request) {
      const known = entries.get(key);
      if (known !== undefined && request.now() < known.goodUntil) return known.token;
      const flight = take(key, request);
      flight.waiting += 1;
      try {
        const failure = () => request.signal.reason ?? new RequestNotSentError('The login was given up');
        return (await withSignal(flight.entry, request.signal, failure)).token;
      } finally {
        flight.waiting -= 1;
        if (flight.waiting === 0) {
          if (flights.get(key) === flight) flights.delete(key);
          flight.controller.abort();
        }
      }
    },
    drop(key, token) {
      if (entries.get(key)?.token === token) entries.delete(key);
    },
  };
}

async function logIn({ now, lifetimeMs, load }: TokenRequest, signal: AbortSignal): Promise<Entry> {
  const askedAt = now();
  const token = await load(signal);
  const problem = refuseHeaderValue(token);
  if (problem !== undefined) throw new ProviderProtocolError(`The login gave a token that ${problem}`);
  const lifetime = Math.min(lifetimeOf(token, askedAt) ?? Infinity, lifetimeMs ?? Infinity);
  // A call may take a while to arrive, and clocks differ.
  return { token, goodUntil: askedAt + lifetime - Math.min(60_000, lifetime / 5) };
}

/** Lifetime a JSON Web Token claims: by its issuer's clock alone where it says when it was issued. */
function lifetimeOf(token: string, now: number): number | undefined {
  const claims = claimsOf(token.split('.')[1] ?? '');
  const { exp, iat } = claims;
  if (typeof exp !== 'number') return undefined;
  return typeof iat === 'number' && iat < exp ? (exp - iat) * 1_000 : exp * 1_000 - now;
}

function claimsOf(part: string): { readonly exp?: unknown; readonly iat?: unknown } {
  try {
    const claims = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
