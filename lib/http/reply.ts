/** What a reply means, by what its status proves. */
import type { z } from 'zod';
import {
  type ProviderCallError,
  ProviderProtocolError,
  ProviderRefusedError,
  ProviderThrottledError,
  ProviderUnauthorizedError,
  RemoteNotFoundError,
  ReplyLostError,
} from '../domain/errors.ts';
import type { HttpReply } from './http-client.ts';
import { parseJson } from './json.ts';
import { untilQuota } from './rate-limit.ts';
import { clampWaitMs, parseHttpDate, parseRetryAfter } from './retry-after.ts';

/** A reply, or the head of a download. */
export type ReplyHead = Pick<HttpReply, 'status' | 'header'> & { readonly text?: string };

export interface ReplyContext {
  /** A start may have been accepted, a read changes nothing. */
  readonly operation: 'start' | 'read';
  /** What was attempted: "start of BRYTER session". */
  readonly what: string;
  /** For messages. */
  readonly host?: string;
}

export function isSuccess(reply: Pick<HttpReply, 'status'>): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/**
 * True when only the end of the connection ends the body, so that a reply cut short looks as whole as it does whole;
 * what such a reply means must be proven by its content.
 */
export function endsWithConnection({ status, header }: Pick<HttpReply, 'status' | 'header'>): boolean {
  if (status === 204 || header('content-length') !== undefined) return false;
  return !/\bchunked$/i.test(header('transfer-encoding') ?? '');
}

/** 4xx that proxies also send for requests that they had passed on. */
const MAYBE_TAKEN: ReadonlySet<number> = new Set([408, 425, 460, 499]);
/** What gateways say of a server that they could not hear; 520 to 527 and 530 are those of content networks. */
const GATEWAY: ReadonlySet<number> = new Set([502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530]);
const NOT_FOUND: ReadonlySet<number> = new Set([404, 410]);

/** True for a status with which a proxy speaks for itself: its body is no word of the server behind it, which may run. */
export function isProxyStatus(status: number): boolean {
  return MAYBE_TAKEN.has(status) || GATEWAY.has(status);
}

/** The error that a reply without success stands for. */
export function failureOf(reply: ReplyHead, { operation, what, host }: ReplyContext): ProviderCallError {
  const { status } = reply;
  const retryAfterMs = askedToWaitMs(reply);
  const remoteText = remoteTextOf(reply.text ?? '');
  const details = { status, ...(remoteText === '' ? {} : { remoteText }) };
  const message = `${what}${host === undefined ? '' : ` at ${host}`}: the reply was ${status}`;
  const isRead = operation === 'read';

  if (status === 401 || status === 403) return new ProviderUnauthorizedError(message, details);
  if (status === 429 || (isRead && status === 503 && retryAfterMs !== undefined))
    return new ProviderThrottledError(message, { ...details, retryAfterMs });
  if (isRead && NOT_FOUND.has(status)) return new RemoteNotFoundError(message, details);
  if (status >= 400 && status < 500 && !MAYBE_TAKEN.has(status)) return new ProviderRefusedError(message, details);
  if (status >= 300 && status < 400)
    return new ReplyLostError(`${message}, a redirect to ${targetOf(reply)}, which is not followed`, details);
  return new ReplyLostError(message, { ...details, retryAfterMs });
}

/**
 * The body as JSON of the expected shape.
 * @throws ReplyLostError when it is not JSON at all (a proxy's page, a cut reply) or comes from a cache;
 *   ProviderProtocolError when it is other JSON. Neither quotes the body.
 */
export function readJson<T>(reply: HttpReply, schema: z.ZodType<T>, { operation, what, host }: ReplyContext): T {
  const subject = `${what}${host === undefined ? '' : ` at ${host}`}`;
  const details = { status: reply.status };
  if (operation === 'read' && /^0*[1-9]\d*$/.test(reply.header('age') ?? ''))
    throw new ReplyLostError(`${subject}: the reply comes from a cache`, details);
  const value = parseBody(reply.text, () => new ReplyLostError(`${subject}: the reply is not JSON`, details));
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, 3)
    .map(({ path, code }) => `${path.join('.') || 'the whole'} (${code})`);
  throw new ProviderProtocolError(`${subject}: the reply is not what is documented: ${problems.join(', ')}`, details);
}

function parseBody(text: string, failure: () => Error): unknown {
  try {
    return parseJson(text);
  } catch {
    throw failure();
  }
}

/**
 * How long a reply, good or bad, asks to wait before the next request: its `Retry-After`, else the rest of a used-up
 * quota. A date counts only against the reply's own clock, so no clock of ours is needed.
 */
export function askedToWaitMs(reply: Pick<HttpReply, 'header'>): number | undefined {
  const value = reply.header('retry-after');
  const date = reply.header('date');
  const now = parseHttpDate(date);
  const isUsable = now !== undefined || /^\d+$/.test(value ?? '');
  const told = isUsable ? parseRetryAfter(value, { now: now ?? 0, date }) : undefined;
  if (told !== undefined) return told;
  const waitMs = untilQuota((name) => reply.header(name), now);
  return waitMs === undefined ? undefined : clampWaitMs(waitMs);
}

/** How far the clock that dated a reply is ahead of ours; `Date` has whole seconds, so it tells no less than two. */
export function aheadMs(reply: Pick<HttpReply, 'header'>, nowMs: number): number {
  const theirs = parseHttpDate(reply.header('date')) ?? nowMs;
  return Math.abs(theirs - nowMs) < DATE_PRECISION_MS ? 0 : theirs - nowMs;
}

const DATE_PRECISION_MS = 2_000;

/** Only the host: the rest of a `Location` may carry what was sent. */
function targetOf(reply: ReplyHead): string {
  const location = reply.header('location');
  if (location === undefined) return 'nowhere';
  if (URL.canParse(location)) return new URL(location).host || 'no host';
  return 'another path';
}

const MAX_REMOTE_BYTES = 2_048;

/** The provider's words: first 2 KiB, without control, format and line-separator characters. */
function remoteTextOf(text: string): string {
  const visible = text
    .slice(0, 4 * MAX_REMOTE_BYTES)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return new TextDecoder().decode(Buffer.from(visible).subarray(0, MAX_REMOTE_BYTES)).replace(/\uFFFD+$/, '');
}
