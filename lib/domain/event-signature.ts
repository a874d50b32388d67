/** Signs events, so that who gets them by way of others can tell that they are ours, whole and not old. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { Json } from './json.ts';

const FORM = /^t=(?<seconds>\d{1,12}),v1=(?<digest>[0-9a-f]{64})$/;
const TOLERANCE_MS = 300_000;

interface Signable {
  readonly eventId: string;
}

function digestOf(key: string | Uint8Array, seconds: string, detail: Signable): Buffer {
  const text = `${seconds}.${detail.eventId}.${canonicalJson(detail as unknown as Json)}`;
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

/** The detail with `signature`: `t=<epoch seconds>,v1=<hex HMAC-SHA-256 of "<t>.<eventId>.<canonical JSON>">`. */
export function signEvent<Detail extends Signable>(
  key: string | Uint8Array,
  detail: Detail,
  nowMs: number,
): Detail & { readonly signature: string } {
  const seconds = String(Math.floor(nowMs / 1_000));
  return { ...detail, signature: `t=${seconds},v1=${digestOf(key, seconds, detail).toString('hex')}` };
}

/**
 * True only for a detail that was signed with this key and not changed since, no longer ago (or ahead) than the
 * tolerance. Never throws, whatever JSON it is given.
 */
export function verifyEvent(
  key: string | Uint8Array,
  detail: unknown,
  nowMs: number,
  toleranceMs: number = TOLERANCE_MS,
): boolean {
  if (typeof detail !== 'object' || detail === null) return false;
  const { signature, ...signed } = detail as Readonly<Record<string, unknown>>;
  const { seconds, digest } = (typeof signature === 'string' ? FORM.exec(signature)?.groups : undefined) ?? {};
  if (seconds === undefined || digest === undefined || typeof signed.eventId !== 'string') return false;
  const isFresh = Math.abs(nowMs - Number(seconds) * 1_000) <= toleranceMs;
  const isOurs = timingSafeEqual(Buffer.from(digest, 'hex'), digestOf(key, seconds, signed as unknown as Signable));
  return isFresh && isOurs;
}
