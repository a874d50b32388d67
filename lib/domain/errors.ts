/**
 * Errors named by what is *known*, not by where it happened. A job that ended badly is a result, never one of these.
 * Names are literals because Step Functions matches them as text and minifying renames classes. Messages say what was
 * attempted and what came back; never a header, a query string, a body or a value.
 */
import { ERROR, INVALID_INPUT } from '../contract.ts';

interface ErrorDetails {
  readonly cause?: unknown;
  /** HTTP status of the reply, where there was one. */
  readonly status?: number;
  /** The provider's own words, capped and never trusted. */
  readonly remoteText?: string;
}

/** Base of all failures of a call to a provider. */
export abstract class ProviderCallError extends Error {
  readonly status: number | undefined;
  readonly remoteText: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    // Not enumerable: Lambda's runtime prints enumerable fields of an error into its log.
    Object.defineProperty(this, 'remoteText', { value: details.remoteText, enumerable: false });
  }
}

/** Nothing reached the provider (refused, DNS, connect time-out, TLS), so even a start may be sent again. */
export class RequestNotSentError extends ProviderCallError {
  override readonly name = 'RequestNotSentError';
  /** The server's identity could not be proven: repeating will not help, somebody must look. */
  readonly untrustedServer: boolean;
  /** We did not send it for reasons of our own, so it says nothing of the platform. */
  readonly byChoice: boolean;
  /** The provider's hint, where it answered and the operator vouches that the answer means the same as none sent. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: ErrorDetails & {
      readonly untrustedServer?: boolean;
      readonly byChoice?: boolean;
      readonly retryAfterMs?: number | undefined;
    } = {},
  ) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
    this.untrustedServer = details.untrustedServer ?? false;
    this.byChoice = details.byChoice ?? false;
  }
}

/** The provider said "later" (429, or 503 on a read) and took nothing. */
export class ProviderThrottledError extends ProviderCallError {
  override readonly name = 'ProviderThrottledError';
  /** The provider's hint, already clamped. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: ErrorDetails & { readonly retryAfterMs?: number | undefined } = {}) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Sent, but what came back is missing or unreadable: time-out, reset, 5xx, 3xx, HTML. A start may have been accepted. */
export class ReplyLostError extends ProviderCallError {
  override readonly name = 'ReplyLostError';
  readonly retryAfterMs: number | undefined;
  /** A provider that disguises a bad key as this failure: check the key before believing anything else. */
  readonly authSuspect: boolean;
  /** By the operator's word the provider takes the same start twice without harm: it may be sent again. */
  readonly repeatable: boolean;

  constructor(
    message: string,
    details: ErrorDetails & {
      readonly retryAfterMs?: number | undefined;
      readonly authSuspect?: boolean;
      readonly repeatable?: boolean;
    } = {},
  ) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
    this.authSuspect = details.authSuspect ?? false;
    this.repeatable = details.repeatable ?? false;
  }
}

/** 4xx: the provider understood and took nothing. */
export class ProviderRefusedError extends ProviderCallError {
  override readonly name = 'ProviderRefusedError';
}

/** 401 or 403, or the provider's disguise for them; nothing was taken. */
export class ProviderUnauthorizedError extends ProviderCallError {
  override readonly name = 'ProviderUnauthorizedError';
  /** The same answer may mean "no such thing" (BRYTER's 404). */
  readonly disguised: boolean;

  constructor(message: string, details: ErrorDetails & { readonly disguised?: boolean } = {}) {
    super(message, details);
    this.disguised = details.disguised ?? false;
  }
}

/** 404 or 410 on a read: the provider does not know this run (any more). */
export class RemoteNotFoundError extends ProviderCallError {
  override readonly name = 'RemoteNotFoundError';
}

/** A complete reply that cannot be what the provider documents (no id, another run's id). Proves nothing. */
export class ProviderProtocolError extends ProviderCallError {
  override readonly name = 'ProviderProtocolError';
}

/** The output is larger than the limit in force. */
export class OutputTooLargeError extends ProviderCallError {
  override readonly name = 'OutputTooLargeError';
}

/** We ran out of Lambda time. */
export class HandlerTimeoutError extends Error {
  override readonly name = ERROR.handlerTimeout;
}

/** One of our own services (table, bucket) did not serve us; safe to repeat. */
export class StoreUnavailableError extends Error {
  override readonly name = ERROR.storeUnavailable;
}

/** The run was written by somebody else since we read it. */
export class StaleRunError extends Error {
  override readonly name = ERROR.staleRun;
}

/** The run that a message speaks of has not been accepted, or not yet: the message has to come again. */
export class RunNotYetAcceptedError extends Error {
  override readonly name = 'RunNotYetAcceptedError';
}

export type SecretProblem = 'absent' | 'denied' | 'unavailable' | 'malformed';

/** The secret cannot be had or is not what the provider needs; the message names the secret and the rule, not the value. */
export class SecretUnavailableError extends Error {
  override readonly name = 'SecretUnavailableError';
  readonly problem: SecretProblem;

  constructor(message: string, problem: SecretProblem, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}

export interface Issue {
  /** Where, as the caller wrote it: `flows.onboard.parameters.email`. */
  readonly path: string;
  readonly message: string;
}

/** Our caller is wrong; says where and what to do. */
export class InvalidInputError extends Error {
  override readonly name = INVALID_INPUT;
  readonly issues: readonly Issue[];

  constructor(message: string, issues: readonly Issue[]) {
    super(issues.length === 0 ? message : `${message}\n${issues.map((i) => `  ${i.path}: ${i.message}`).join('\n')}`);
    this.issues = issues;
  }
}
