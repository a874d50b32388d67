import { type ProviderCallError, RequestNotSentError } from '../domain/errors.ts';
import type { HttpReply } from '../http/http-client.ts';
import { askedToWaitMs, failureOf } from '../http/reply.ts';

export interface StartFailureOptions {
  /** What was attempted, for the message. */
  readonly what: string;
  readonly serverErrorMeansNotAccepted: boolean;
}

/** What a start reply without success proves; a 5xx proves nothing unless the operator says so. */
export function startFailureOf(reply: HttpReply, options: StartFailureOptions): ProviderCallError {
  const { what, serverErrorMeansNotAccepted } = options;
  if (reply.status < 500 || !serverErrorMeansNotAccepted) return failureOf(reply, { operation: 'start', what });
  return new RequestNotSentError(
    `${what}: the reply was ${reply.status}, which on this connection means that nothing was accepted`,
    { status: reply.status, retryAfterMs: askedToWaitMs(reply) },
  );
}
