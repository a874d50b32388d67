/**
 * What a JSON pointer (RFC 6901) leads to; undefined when it leads nowhere or is not a pointer. Sees own properties
 * only, so no pointer reaches a prototype.
 */
export function readPointer(value: unknown, pointer: string): unknown {
  if (pointer === '') return value;
  if (!/^(?:\/(?:[^~/]|~[01])*)+$/u.test(pointer)) return undefined;
  let current = value;
  for (const token of pointer.slice(1).split('/')) {
    current = step(current, token.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (current === undefined) return undefined;
  }
  return current;
}

function step(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  // An array has no member but its elements: neither `length` nor `01`.
  if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
