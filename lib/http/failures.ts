/** The two errors of a call without a usable reply, with words and causes that are safe to print. */
import { HandlerTimeoutError, ReplyLostError, RequestNotSentError } from '../domain/errors.ts';
import { FORBIDDEN_ADDRESS } from './addresses.ts';

/** The server showed a certificate, but not one that proves that it is the server we meant. */
const IDENTITY_CODES: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_FORMAT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  FORBIDDEN_ADDRESS,
]);

/** Which limit ended a call, or that its caller did. */
export type Interruption = 'deadline' | 'connect' | 'idle' | 'caller';

const INTERRUPTION: Readonly<Record<Interruption, string>> = {
  deadline: 'its time limit was reached',
  connect: 'the connection took too long',
  idle: 'the server fell silent',
  caller: 'it was aborted',
};

/** @param sent whether a byte of the request may have left. */
export function interrupted(subject: string, why: Interruption, sent: boolean, reason: unknown): Error {
  if (why === 'caller' && reason instanceof HandlerTimeoutError) return reason;
  if (sent) return new ReplyLostError(`${subject}: sent, but ${INTERRUPTION[why]} before the reply was complete`);
  return new RequestNotSentError(`${subject}: not sent, because ${INTERRUPTION[why]}`);
}

/** @param sent whether a byte of the request may have left. */
export function broken(subject: string, error: unknown, sent: boolean): Error {
  const code = codeOf(error);
  if (sent) return new ReplyLostError(`${subject}: sent, but the reply broke off (${code})`, { cause: bare(code) });
  const untrustedServer = IDENTITY_CODES.has(code);
  const what = untrustedServer ? 'the server is not the one it should be' : 'there was no connection';
  return new RequestNotSentError(`${subject}: not sent, because ${what} (${code})`, {
    cause: bare(code),
    untrustedServer,
  });
}

/** Codes are from a closed list of the platform's; messages are not, and a parser's error carries the raw bytes. */
function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : 'UNKNOWN';
}

function bare(code: string): Error {
  return Object.assign(new Error(code), { code });
}
