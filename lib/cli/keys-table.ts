/** A list of keys for people. */
import type { ListedKey } from './keys-desk.ts';

const COLUMNS: readonly (readonly [heading: string, cell: (key: ListedKey, now: number) => string])[] = [
  ['KEY ID', ({ keyId }) => keyId],
  ['STATE', stateOf],
  ['NAME', ({ name = '' }) => name],
  ['SCOPES', ({ scopes }) => scopes.join(',')],
  ['FLOWS', ({ flows }) => flows?.join(',') ?? '(all)'],
  ['CREATED', ({ createdAt }) => minuteOf(createdAt)],
  ['EXPIRES', ({ expiresAt }) => (expiresAt === undefined ? 'never' : minuteOf(expiresAt))],
  ['LAST USED', ({ lastUsedAt }) => (lastUsedAt === undefined ? 'never' : minuteOf(lastUsedAt))],
];

/** Columns under headings, times in UTC. */
export function keysTable(keys: readonly ListedKey[], now: number): string {
  const rows = [
    COLUMNS.map(([heading]) => heading),
    ...keys.map((key) => COLUMNS.map(([, cell]) => harmless(cell(key, now)))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function stateOf({ revokedAt, expiresAt }: ListedKey, now: number): string {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= now ? 'expired' : 'active';
}

function minuteOf(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)}`;
}

/** Whoever names a key must not write to the terminal of whoever lists it. */
function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
