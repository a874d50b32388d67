/** What replies to a harmless request say of the key, where all providers read them alike. */
import { ProviderUnauthorizedError } from '../domain/errors.ts';
import type { HttpReply } from '../http/http-client.ts';
import { failureOf } from '../http/reply.ts';
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

/** A platform that is out of order says nothing of a key: throws the error its reply stands for. */
export function requireInOrder(reply: HttpReply, what: string): void {
  const isAsking = reply.status === 429;
  if (reply.status >= 500 || isAsking || (reply.status >= 300 && reply.status < 400))
    throw failureOf(reply, { operation: 'read', what });
}

/** A login of its own that was refused; every other error goes on. */
export function refusedLogin(error: unknown): Checked {
  if (!(error instanceof ProviderUnauthorizedError)) throw error;
  return { key: 'refused', message: error.message };
}
