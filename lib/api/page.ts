/** Pages of lists: where the next one begins, and how much of one fits into a reply. */
import type { z } from 'zod';
import { ProblemError } from './problem.ts';

/** A Lambda reply holds 6 MB; escaping and headers need room. */
const MAX_PAGE_BYTES = 4_000_000;

/** Opaque to callers, so that what it is made of may change; it grants nothing. */
export function toCursor(position: string): string {
  return btoa(position).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @throws ProblemError for a text that is no cursor of this list. */
export function fromCursor(cursor: string | undefined, schema: z.ZodString): string | undefined {
  if (cursor === undefined) return undefined;
  const position = schema.safeParse(decoded(cursor));
  if (position.success && toCursor(position.data) === cursor) return position.data;
  const message = 'not a cursor of this list; take the last "nextCursor", or begin again without';
  throw new ProblemError('INVALID_REQUEST', { issues: [{ path: 'cursor', message }] });
}

function decoded(cursor: string): string | undefined {
  if (!/^[\w-]{1,256}$/.test(cursor)) return undefined;
  try {
    return atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
}

/** The first items, at least one, that one reply can carry. */
export function fitting<Item>(items: readonly Item[]): readonly Item[] {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += new TextEncoder().encode(JSON.stringify(item)).length + 1;
    return bytes > MAX_PAGE_BYTES;
  });
  return end < 0 ? items : items.slice(0, Math.max(1, end));
}
