/**
 * Checks AWS Signature Version 4, in the header and in presigned URLs. Loopback is open to every program and web page
 * on the machine, so the local services demand what the real ones demand.
 */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Hex SHA-256 of the body; not needed where the request carries `x-amz-content-sha256` or is presigned. */
  readonly bodySha256?: string;
}

/** Undefined when the request is good, else AWS's name of the error. */
export type SignatureProblem =
  | 'MissingAuthenticationToken'
  | 'SignatureDoesNotMatch'
  | 'InvalidAccessKeyId'
  | 'Expired';

const hmac = (key: string | Buffer | KeyObject, text: string) => createHmac('sha256', key).update(text).digest();

/** RFC 3986: SigV4 encodes more than `encodeURIComponent` does. */
export const encodeRfc3986 = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));

interface Claim {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payloadHash: string;
  readonly query: readonly (readonly [string, string])[];
}

function splitQuery(url: string): { path: string; query: [string, string][] } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: [] };
  return { path: url.slice(0, mark), query: [...new URLSearchParams(url.slice(mark + 1))] };
}

function splitCredential(credential: string): { accessKeyId: string; scope: string } {
  const [accessKeyId = '', ...scope] = credential.split('/');
  return { accessKeyId, scope: scope.join('/') };
}

function headerClaim(request: SignedRequest, query: Claim['query']): Claim | undefined {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? '',
  );
  if (!match) return undefined;
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  const declared = request.headers['x-amz-content-sha256'];
  return {
    ...splitCredential(credential),
    date: String(request.headers['x-amz-date'] ?? ''),
    signedHeaders: signedHeaders.split(';'),
    signature,
    payloadHash: request.bodySha256 ?? String(declared ?? ''),
    query,
  };
}

function presignedClaim(query: Claim['query']): Claim | undefined {
  const read = (name: string) => query.find(([key]) => key === name)?.[1] ?? '';
  if (!read('X-Amz-Signature')) return undefined;
  return {
    ...splitCredential(read('X-Amz-Credential')),
    date: read('X-Amz-Date'),
    signedHeaders: read('X-Amz-SignedHeaders').split(';'),
    signature: read('X-Amz-Signature'),
    payloadHash: read('X-Amz-Content-Sha256') || 'UNSIGNED-PAYLOAD',
    query: query.filter(([key]) => key !== 'X-Amz-Signature'),
  };
}

function canonicalRequest(request: SignedRequest, path: string, claim: Claim): string {
  const query = claim.query
    .map(([key, value]) => [encodeRfc3986(key), encodeRfc3986(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map((pair) => pair.join('='))
    .join('&');
  const headers = claim.signedHeaders.map(
    (name) =>
      `${name}:${String(request.headers[name] ?? '')
        .replace(/\s+/g, ' ')
        .trim()}\n`,
  );
  return [request.method, path, query, headers.join(''), claim.signedHeaders.join(';'), claim.payloadHash].join('\n');
}

/** The last one derived: a key is good for a day and service, and a service here hears of one at a time. */
let derived: { readonly from: string; readonly key: KeyObject } | undefined;

function signingKey(scope: string, secret: string): KeyObject {
  const from = `${secret}/${scope}`;
  if (derived?.from === from) return derived.key;
  const [day = '', region = '', service = ''] = scope.split('/');
  const key = createSecretKey(hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request'));
  derived = { from, key };
  return key;
}

function expectedSignature(claim: Claim, canonical: string, secret: string): string {
  return hmac(
    signingKey(claim.scope, secret),
    ['AWS4-HMAC-SHA256', claim.date, claim.scope, hash('sha256', canonical)].join('\n'),
  ).toString('hex');
}

function isExpired(claim: Claim, nowMs: number): boolean {
  const seconds = Number(claim.query.find(([key]) => key === 'X-Amz-Expires')?.[1]);
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.date) ?? [];
  const signedAtMs = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  return !(nowMs < signedAtMs + seconds * 1_000);
}

/** Says what is wrong with a request's signature, undefined when nothing is. */
export function checkSignature(request: SignedRequest, key: AccessKey, nowMs: number): SignatureProblem | undefined {
  const { path, query } = splitQuery(request.url);
  const presigned = presignedClaim(query);
  const claim = presigned ?? headerClaim(request, query);
  if (!claim) return 'MissingAuthenticationToken';
  if (claim.accessKeyId !== key.accessKeyId) return 'InvalidAccessKeyId';
  const expected = expectedSignature(claim, canonicalRequest(request, path, claim), key.secretAccessKey);
  if (!/^[0-9a-f]{64}$/.test(claim.signature)) return 'SignatureDoesNotMatch';
  if (!timingSafeEqual(Buffer.from(claim.signature), Buffer.from(expected))) return 'SignatureDoesNotMatch';
  return presigned && isExpired(claim, nowMs) ? 'Expired' : undefined;
}
