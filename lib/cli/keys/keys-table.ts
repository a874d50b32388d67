/** A list of keys for people. */
import { type Column, minuteOf, textTable } from '../frame/errand-table.ts';
import type { ListedKey } from './keys-desk.ts';

const columnsAt = (now: number): readonly Column<ListedKey>[] => [
  ['KEY ID', ({ keyId }) => keyId],
  ['STATE', (key) => stateOf(key, now)],
  ['NAME', ({ name = '' }) => name],
  ['SCOPES', ({ scopes }) => scopes.join(',')],
  ['FLOWS', ({ flows }) => flows?.join(',') ?? '(all)'],
  ['CREATED', ({ createdAt }) => minuteOf(createdAt)],
  ['EXPIRES', ({ expiresAt }) => (expiresAt === undefined ? 'never' : minuteOf(expiresAt))],
  ['LAST USED', ({ lastUsedAt }) => (lastUsedAt === undefined ? 'never' : minuteOf(lastUsedAt))],
];

/** Times by the clock of the reader. */
export function keysTable(keys: readonly ListedKey[], now: number): string {
  return textTable(columnsAt(now), keys);
}

function stateOf({ revokedAt, expiresAt }: ListedKey, now: number): string {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= now ? 'expired' : 'active';
}
