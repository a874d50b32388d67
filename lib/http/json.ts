interface ReviverContext {
  /** The text of a primitive as it was received. */
  readonly source?: string;
}

const parse = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: ReviverContext) => unknown,
) => unknown;

/**
 * Parses JSON without losing digits: a number beyond what a double holds exactly becomes its text. Keys that reach a
 * prototype are dropped.
 * @throws SyntaxError whose message never quotes the text.
 */
export function parseJson(text: string): unknown {
  try {
    return parse(text, revive);
  } catch {
    // The engine's own message quotes the input, and deep nesting ends as a RangeError.
    throw new SyntaxError('The text is not JSON');
  }
}

function revive(key: string, value: unknown, context: ReviverContext): unknown {
  if (key === '__proto__') return undefined;
  if (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype'))
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'prototype'));
  if (typeof value !== 'number' || context.source === undefined) return value;
  const exact = Number.isInteger(value) ? Number.isSafeInteger(value) || !/^-?\d+$/.test(context.source) : true;
  return exact && Number.isFinite(value) ? value : context.source;
}
