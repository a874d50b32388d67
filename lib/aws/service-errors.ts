/** Sorts what the AWS SDK throws: our own service failed to serve us, or we asked wrongly. */
import { StoreUnavailableError } from '../domain/errors.ts';

/** Refusals that a later try can turn into success although the SDK counts them as the caller's fault. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'KmsThrottled',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'LimitExceededException',
  'ExecutionLimitExceeded',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestTimeout',
  'RequestTimeoutException',
  'SlowDown',
  'OperationAborted',
]);

interface ServiceError {
  readonly name: string;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: unknown;
}

function asServiceError(error: unknown): ServiceError | undefined {
  return error instanceof Error ? (error as ServiceError) : undefined;
}

/** True for a failure with this AWS name. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** Name and code of a failure, from closed lists of letters: fit for messages and logs, whatever its text says. */
export function errorCode(error: unknown): string {
  const { name, code } = asServiceError(error) ?? { name: 'unknown' };
  const words = [name, code].filter((word) => typeof word === 'string' && /^[A-Za-z][\w.:]{0,63}$/.test(word));
  return [...new Set(words)].join(' ') || 'unknown';
}

/** True when the service refused what we asked and would refuse it again. */
export function isOurMistake(error: unknown): boolean {
  const status = asServiceError(error)?.$metadata?.httpStatusCode ?? 0;
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return isRefusal && error instanceof Error && !PASSING_REFUSALS.has(error.name);
}

/** True for a service failure with this HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  return asServiceError(error)?.$metadata?.httpStatusCode === status;
}

/** What to throw for a failed call: `StoreUnavailableError` for what may pass, the failure itself for our own mistakes. */
export function toStoreError(service: string, attempted: string, error: unknown): unknown {
  if (error instanceof StoreUnavailableError || isOurMistake(error)) return error;
  const reason = isStatus(error, 507) || errorCode(error).includes('ENOSPC') ? 'is out of space' : 'did not serve us';
  const message = `${service} ${reason} (${attempted}: ${errorCode(error)}); nothing is lost, try again`;
  return new StoreUnavailableError(message, { cause: error });
}
