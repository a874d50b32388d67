/** API keys: `errand_<environment>_<keyId>_<secret><crc>`. The checksum lets a typing error be refused without a look-up. */
import { randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { isoTime } from '../domain/record.ts';
import type { ApiKeyRecord, Dependencies, Scope } from '../workflow/ports.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
/** 30 characters of 62 are 178 bits. */
const SECRET_LENGTH = 30;
const CRC_LENGTH = 6;
const FORMAT = new RegExp(
  `^errand_([a-z0-9-]{1,20})_([0-9A-Za-z]{${ID_LENGTH}})_([0-9A-Za-z]{${SECRET_LENGTH + CRC_LENGTH}})$`,
);

export interface KeyRequest {
  readonly scopes: readonly Scope[];
  /** Absent: all flows. */
  readonly flows?: readonly string[];
  readonly name?: string;
  readonly expiresAt?: string;
}

type KeyDependencies = Pick<Dependencies, 'keys' | 'vault' | 'clock'>;

/** Makes a key; the only time it is seen whole. */
export async function createKey(
  { keys, vault, clock }: KeyDependencies,
  environment: string,
  request: KeyRequest,
): Promise<{ readonly keyId: string; readonly key: string }> {
  const keyId = randomText(ID_LENGTH);
  const body = `errand_${environment}_${keyId}_${randomText(SECRET_LENGTH)}`;
  const key = `${body}${checksum(body)}`;
  await keys.put({ keyId, digest: await vault.digest('api-key', key), createdAt: isoTime(clock.now()), ...request });
  return { keyId, key };
}

/** The record of a key that may be used now; undefined for every other, whatever is wrong with it. */
export async function verifyKey(
  { keys, vault, clock }: KeyDependencies,
  environment: string,
  presented: string,
): Promise<ApiKeyRecord | undefined> {
  const match = presented.length <= 128 ? FORMAT.exec(presented) : null;
  const keyId = match?.[2];
  if (match === null || keyId === undefined || match[1] !== environment) return undefined;
  const body = presented.slice(0, -CRC_LENGTH);
  if (checksum(body) !== presented.slice(-CRC_LENGTH)) return undefined;
  const [record, digest] = await Promise.all([keys.get(keyId), vault.digest('api-key', presented)]);
  // An unknown id does the same work as a known one with a wrong secret.
  const same = equalDigests(record?.digest ?? digest.replace(/./, (first) => (first === 'A' ? 'B' : 'A')), digest);
  if (record === undefined || !same || record.revokedAt !== undefined) return undefined;
  if (record.expiresAt !== undefined && Date.parse(record.expiresAt) <= clock.now()) return undefined;
  return record;
}

function equalDigests(stored: string, computed: string): boolean {
  const [a, b] = [Buffer.from(stored), Buffer.from(computed)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function checksum(text: string): string {
  let rest = crc32(text);
  let out = '';
  for (let index = 0; index < CRC_LENGTH; index += 1) {
    out = `${ALPHABET[rest % ALPHABET.length]}${out}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return out;
}
