import {
  ProviderCallError,
  ProviderRefusedError,
  ProviderThrottledError,
  ProviderUnauthorizedError,
  RemoteNotFoundError,
  RequestNotSentError,
} from '../domain/errors.ts';
import { interrupted } from './failures.ts';
import type { AuthScheme, HttpClient } from './http-client.ts';
import type { Call } from './open-reply.ts';
import { withSignal } from './watch.ts';

/**
 * Headers of a scheme, within the limits of the call they are for. However a login fails, the call itself was not
 * sent, and the error says so: a lost reply of a login must not make a start ambiguous.
 */
export async function authorise(
  auth: AuthScheme,
  login: HttpClient,
  call: Call,
): Promise<Readonly<Record<string, string>>> {
  try {
    return await beforeSending(call, (signal) => auth.headers(login, signal));
  } catch (error) {
    throw ofLogin(error, call.subject);
  }
}

/** Waits for what must be there before a request is sent; a call that ends meanwhile was not sent, and says so. */
export async function beforeSending<T>(
  { subject, watch: { signal, why } }: Call,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const failure = () => interrupted(subject, why(), false, signal.reason);
  if (signal.aborted) throw failure();
  return withSignal(work(signal), signal, failure);
}

function ofLogin(error: unknown, subject: string): unknown {
  if (!(error instanceof ProviderCallError)) return error;
  if (error instanceof RequestNotSentError || error instanceof ProviderThrottledError) return error;
  if (error instanceof ProviderUnauthorizedError) return error;
  const { status, remoteText } = error;
  const details = {
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(remoteText === undefined ? {} : { remoteText }),
  };
  if (error instanceof ProviderRefusedError || error instanceof RemoteNotFoundError)
    return new ProviderUnauthorizedError(`${subject}: not sent, because the login was refused`, details);
  return new RequestNotSentError(`${subject}: not sent, because the login got no usable reply`, details);
}
