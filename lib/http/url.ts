import { InvalidInputError } from '../domain/errors.ts';

const CONTROL = /\p{Cc}/u;

/**
 * Base URL plus segments, each percent-encoded once, plus a query. What cannot be a single segment is refused, and the
 * result is proven to lie below the base.
 */
export function buildUrl(
  baseUrl: string,
  path: readonly string[],
  query: Readonly<Record<string, string | number | boolean>> = {},
): URL {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const expected = `${prefix}${path.map((segment, index) => `/${encodeSegment(segment, index)}`).join('')}`;
  const url = new URL(`${base.origin}${expected}`);
  // The parser climbs at `..` however it is spelled: what it made of the path must be what was meant.
  if (url.origin !== base.origin || url.pathname !== (expected === '' ? '/' : expected))
    throw refusal('path', 'does not stay below the base URL');
  for (const [name, value] of Object.entries(query)) {
    const text = String(value);
    if (!text.isWellFormed()) throw refusal(`query.${name}`, 'is not well-formed Unicode');
    url.searchParams.append(name, text);
  }
  return url;
}

function encodeSegment(segment: string, index: number): string {
  const where = `path[${index}]`;
  if (segment === '') throw refusal(where, 'is empty');
  if (segment === '.' || segment === '..') throw refusal(where, 'must not be "." or ".."');
  if (CONTROL.test(segment)) throw refusal(where, 'contains a control character');
  if (!segment.isWellFormed()) throw refusal(where, 'is not well-formed Unicode');
  return encodeURIComponent(segment);
}

function refusal(path: string, message: string): InvalidInputError {
  return new InvalidInputError('The address of a request cannot be built', [{ path, message }]);
}
