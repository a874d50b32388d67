/** What replies to a harmless request say of the key, where all providers read them alike. */
import { ProviderProtocolError, ProviderUnauthorizedError } from '../domain/errors.ts';
import type { HttpReply } from '../http/http-client.ts';
import { failureOf, isSuccess } from '../http/reply.ts';
import type { Checked } from './provider.ts';

/**
 * An id that no platform gives and every platform's schema allows, for asking about something that is not there.
 */
export const IMPOSSIBLE_ID = 'errand-check-00000000';

/** 401 and 403 refuse the key, whoever says so; undefined for every other reply. */
export function refusedKey(reply: HttpReply, what: string): Checked | undefined {
  if (reply.status !== 401 && reply.status !== 403) return undefined;
  const why = reply.status === 401 ? 'the key is not accepted' : 'the key is known, but may not do this';
  return { key: 'refused', message: `${what}: the reply was ${reply.status}, so ${why}` };
}

/** Nothing can be told of the key, and the message says why. */
export function untoldKey(what: string, why: string): Checked {
  return { key: 'unknown', message: `${what}: ${why}` };
}

/** A login page or a proxy's: no platform answers its API so. */
const PAGE = /^\s*<(?:!doctype|html)\b/i;

/** A platform that is out of order, or somebody else in its place, says nothing of a key: throws the error its reply stands for. */
export function requireInOrder(reply: HttpReply, what: string): void {
  const isAsking = reply.status === 429;
  if (reply.status >= 500 || isAsking || (reply.status >= 300 && reply.status < 400))
    throw failureOf(reply, { operation: 'read', what });
  if (isSuccess(reply) && PAGE.test(reply.text))
    throw new ProviderProtocolError(`${what}: the reply was ${reply.status}, a page for people; check baseUrl`, {
      status: reply.status,
    });
}

/** A login of its own that was refused; every other error goes on, and so does one that nobody was there to refuse. */
export function refusedLogin(error: unknown): Checked {
  if (!(error instanceof ProviderUnauthorizedError)) throw error;
  const { status = 401, message } = error;
  if (status < 400 || status === 404) throw new ProviderProtocolError(message, { status });
  return { key: 'refused', message: error.message };
}
