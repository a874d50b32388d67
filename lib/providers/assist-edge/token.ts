/** Gets a token. Nothing of a run is sent here, so no failure of a login may look as if a run had begun. */
import {
  ProviderThrottledError,
  ProviderUnauthorizedError,
  ReplyLostError,
  RequestNotSentError,
} from '../../domain/errors.ts';
import type { HttpClient, HttpReply } from '../../http/http-client.ts';
import { failureOf, isSuccess } from '../../http/reply.ts';
import { decode, isRecord } from './json.ts';
import { type AssistEdgeCredentials, type AssistEdgeSettings, tokenPath } from './settings.ts';

const WHAT = 'AssistEdge login';

/** Printable characters without blanks: a JWT is one; a proxy's login page and half a JSON document are not. */
const TOKEN = /^(?!.*[<>"[\]{}])[\x21-\x7e]{1,8192}$/;

/**
 * Trades a user name and password for a token.
 * @throws ProviderUnauthorizedError when refused, ProviderThrottledError, or RequestNotSentError when the platform
 *   is out of order. A lost reply is what `lib/http` makes of it: the run's own request was not sent.
 */
export async function login(
  client: HttpClient,
  settings: AssistEdgeSettings,
  { username, password }: AssistEdgeCredentials,
  signal: AbortSignal,
): Promise<string> {
  const reply = await client.send({
    method: 'POST',
    path: tokenPath(settings),
    body: { kind: 'json', value: { username, password } },
    accept: 'application/json, text/plain',
    signal,
  });
  if (!isSuccess(reply)) throw refusal(reply);
  const token = readToken(reply.text);
  if (token !== undefined) return token;
  throw new ProviderUnauthorizedError(`${WHAT}: the reply holds no token; check \`tokenPath\` and \`tenant\``, {
    status: reply.status,
  });
}

function refusal(reply: HttpReply): Error {
  const { status } = reply;
  const failure = failureOf({ ...reply, text: '' }, { operation: 'read', what: WHAT });
  if (failure instanceof ProviderThrottledError) return failure;
  // The vendor's words for 500 are "talk to the administrator": that is how a wrong password looks.
  if (failure instanceof ReplyLostError && status > 399 && status !== 500)
    return new RequestNotSentError(`${WHAT}: HTTP ${status}, so the request itself was not sent`, { status });
  const hint = status === 404 || status < 400 ? '`tokenPath` and `tenant`' : 'user name and password';
  return new ProviderUnauthorizedError(`${WHAT}: HTTP ${status}; check ${hint}`, { status });
}

/** Installations answer with plain text, a JSON string or an object. */
export function readToken(text: string): string | undefined {
  const value = decode(text);
  const found = isRecord(value) ? (value.token ?? value.access_token) : value;
  const token = typeof found === 'string' ? unwrapped(found) : '';
  return TOKEN.test(token) ? token : undefined;
}

const WRAPPING = /["'\s]/;

/** By hand: an expression would look for the end from every blank there is. */
function unwrapped(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WRAPPING.test(text.charAt(start))) start += 1;
  while (start < end && WRAPPING.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
