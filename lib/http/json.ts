/** Deeper than any platform's documents, and shallow enough for whoever walks over a value by calling themselves. */
const MAX_DEPTH = 256;
/** What a double may not hold: many digits, or an exponent of three. */
const MAY_BE_INEXACT = /\d{16}|[eE]\+?\d{3}/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Parses JSON without losing digits: a number beyond what a double holds exactly becomes its text. Keys that reach a
 * prototype are dropped.
 * @throws SyntaxError whose message never quotes the text; also for what is nested deeper than anybody means it.
 */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return tame(MAY_BE_INEXACT.test(text) ? JSON.parse(withExactNumbers(text)) : value);
  } catch {
    // The engine's own message quotes the input.
    throw new SyntaxError('The text is not JSON');
  }
}

/** JSON whose inexact numbers are in quotes. Strings are stepped over by hand: an expression would need a stack for them. */
function withExactNumbers(text: string): string {
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    const quote = text.indexOf('"', from);
    const start = quote === -1 ? text.length : quote;
    const end = quote === -1 ? text.length : endOfString(text, quote);
    parts.push(text.slice(from, start).replace(NUMBER, exact), text.slice(start, end));
    from = end;
  }
  return parts.join('');
}

/** @param text JSON, so that every string has its end. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let slash = quote;
    while (text[slash - 1] === '\\') slash -= 1;
    if ((quote - slash) % 2 === 0) return quote + 1;
  }
}

function exact(token: string): string {
  const value = Number(token);
  const isExact = /^-?\d+$/.test(token) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isExact ? token : `"${token}"`;
}

/** Level by level, because the depth is the sender's to choose. */
function tame(root: unknown): unknown {
  let level: readonly object[] = isContainer(root) ? [root] : [];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw new RangeError('too deep');
    const inner: object[] = [];
    for (const container of level) {
      if (!Array.isArray(container)) dropPrototypes(container as Record<string, unknown>);
      for (const field of Array.isArray(container) ? container : Object.values(container))
        if (isContainer(field)) inner.push(field);
    }
    level = inner;
  }
  return root;
}

function dropPrototypes(fields: Record<string, unknown>): void {
  if (Object.hasOwn(fields, '__proto__')) Reflect.deleteProperty(fields, '__proto__');
  if (!Object.hasOwn(fields, 'constructor')) return;
  const maker: unknown = fields.constructor;
  if (isContainer(maker) && Object.hasOwn(maker, 'prototype')) delete (maker as Record<string, unknown>).prototype;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
