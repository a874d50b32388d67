/** Errors on their way out of a function: Lambda prints them into its log and Step Functions into its history. */
import { errorCode } from './service-errors.ts';

/** Errors of ours, whose messages are written to be read. */
const OWN: ReadonlySet<string> = new Set([
  'RequestNotSentError',
  'ProviderThrottledError',
  'ReplyLostError',
  'ProviderRefusedError',
  'ProviderUnauthorizedError',
  'RemoteNotFoundError',
  'ProviderProtocolError',
  'OutputTooLargeError',
  'HandlerTimeoutError',
  'StoreUnavailableError',
  'StaleRunError',
  'SecretUnavailableError',
  'InvalidInputError',
]);

/** The same name and place; anybody else's message, and every cause, is left out, since it may quote a value. */
export function outgoingError(error: unknown): Error {
  const code = errorCode(error);
  const known = error instanceof Error && OWN.has(error.name);
  const message = known ? error.message : `unexpected failure (${code})`;
  const outgoing = new Error(message);
  outgoing.name = known ? error.name : (code.split(' ')[0] ?? 'Error');
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line)) : [];
  outgoing.stack = [`${outgoing.name}: ${message}`, ...frames].join('\n');
  return outgoing;
}
