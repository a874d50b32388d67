/** API keys: made once, kept as a keyed hash, checked against the table at each request, so that a revocation counts at once. */
import { timingSafeEqual } from 'node:crypto';
import { InvalidInputError } from '../domain/errors.ts';
import { isoTime } from '../domain/record.ts';
import { type ApiKeyRecord, type Dependencies, SCOPES, type Scope } from '../workflow/ports.ts';
import { expectedKeyId, keyIdOf, newKeyId, newKeyText, type Sign } from './key-text.ts';

export interface KeyRequest {
  readonly scopes: readonly Scope[];
  /** Absent: all flows. */
  readonly flows?: readonly string[];
  readonly name?: string;
  readonly expiresAt?: string;
}

export interface CreatedKey {
  readonly keyId: string;
  readonly key: string;
}

export type KeyDependencies = Pick<Dependencies, 'keys' | 'vault' | 'clock'>;

/**
 * Makes a key; the only time it is seen whole.
 * @throws InvalidInputError for a key that would never be valid.
 */
export async function createKey(
  { keys, vault, clock }: KeyDependencies,
  environment: string,
  { scopes, flows, name, expiresAt }: KeyRequest,
): Promise<CreatedKey> {
  const now = clock.now();
  const end = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  // Written so that what is no time at all is refused as well.
  if (end !== undefined && !(end > now))
    throw new InvalidInputError('The API key cannot be made.', [
      { path: 'expiresAt', message: `expected a time to come, after ${isoTime(now)}` },
    ]);
  const keyId = await newKeyId(signOf({ vault }));
  const key = newKeyText(environment, keyId);
  await keys.put({
    keyId,
    digest: await digestOf({ vault }, key),
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    ...(flows === undefined ? {} : { flows: [...new Set(flows)] }),
    ...(name === undefined ? {} : { name }),
    createdAt: isoTime(now),
    ...(end === undefined ? {} : { expiresAt: isoTime(end) }),
  });
  return { keyId, key };
}

export type KeyCheck =
  | { readonly kind: 'valid'; readonly record: ApiKeyRecord }
  /** No key of this environment by its form. */
  | { readonly kind: 'malformed' }
  /** Made up, or a wrong secret. */
  | { readonly kind: 'wrong' }
  /** Somebody's key once. */
  | { readonly kind: 'expired' | 'revoked'; readonly keyId: string };

/** Digests of keys that were tried with a wrong secret, by id. A key's digest never changes. */
export interface KnownDigests {
  get(keyId: string): string | undefined;
  set(keyId: string, digest: string): void;
}

/** No key has it: what an id without a record is remembered by. */
const NO_DIGEST = '';

/**
 * What a presented key is worth now. The table is asked only about ids that we made, and where `known` is given not
 * again for the next wrong secret of the same id; so nobody can make us read it by guessing, and a valid key is never judged by memory.
 */
export async function checkKey(
  { keys, vault, clock }: KeyDependencies,
  environment: string,
  presented: string,
  known?: KnownDigests,
): Promise<KeyCheck> {
  const keyId = keyIdOf(presented, environment);
  if (keyId === undefined) return { kind: 'malformed' };
  const [ours, digest] = await Promise.all([expectedKeyId(keyId, signOf({ vault })), digestOf({ vault }, presented)]);
  const remembered = known?.get(keyId);
  // All comparisons are made for every key: an id that is none of ours costs the same work as a wrong secret.
  const isOurs = isEqual(ours, keyId);
  const mayMatch = isEqual(remembered ?? digest, digest);
  if (!isOurs || !mayMatch) return { kind: 'wrong' };
  const record = await keys.get(keyId);
  if (record === undefined || !isEqual(record.digest, digest)) {
    known?.set(keyId, record?.digest ?? NO_DIGEST);
    return { kind: 'wrong' };
  }
  if (record.revokedAt !== undefined) return { kind: 'revoked', keyId };
  if (record.expiresAt !== undefined && Date.parse(record.expiresAt) <= clock.now()) return { kind: 'expired', keyId };
  return { kind: 'valid', record };
}

/** The record of a key that may be used now; undefined for every other, whatever is wrong with it. */
export async function verifyKey(
  dependencies: KeyDependencies,
  environment: string,
  presented: string,
): Promise<ApiKeyRecord | undefined> {
  const check = await checkKey(dependencies, environment, presented);
  return check.kind === 'valid' ? check.record : undefined;
}

export type MayManage = (record: ApiKeyRecord) => boolean;

/** The keys that the caller may see, revoked and expired ones included, in the order they were made in. */
export async function listKeys(
  { keys }: Pick<Dependencies, 'keys'>,
  mayManage: MayManage = () => true,
): Promise<readonly ApiKeyRecord[]> {
  const records = (await keys.list()).filter(mayManage);
  return records.toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
}

/** Revokes a key at once and for good, once or again. False: there is none that the caller may see. */
export async function revokeKey(
  { keys, clock }: Pick<Dependencies, 'keys' | 'clock'>,
  keyId: string,
  mayManage: MayManage = () => true,
): Promise<boolean> {
  const record = await keys.get(keyId);
  if (record === undefined || !mayManage(record)) return false;
  if (record.revokedAt !== undefined) return true;
  try {
    await keys.put({ ...record, revokedAt: isoTime(clock.now()) });
  } catch (error) {
    // Somebody else may have revoked it a moment before, and the first word stands.
    if ((await keys.get(keyId))?.revokedAt === undefined) throw error;
  }
  return true;
}

const signOf =
  ({ vault }: Pick<Dependencies, 'vault'>): Sign =>
  (text) =>
    vault.digest('api-key', text);

const digestOf = ({ vault }: Pick<Dependencies, 'vault'>, key: string) => vault.digest('api-key', key);

function isEqual(stored: string, computed: string): boolean {
  const [a, b] = [Buffer.from(stored), Buffer.from(computed)];
  return a.length === b.length && timingSafeEqual(a, b);
}
