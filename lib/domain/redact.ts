/** Two nets against leaks: by field (what a flow marks as sensitive) and by value (every secret known in this call). */
import type { Json, JsonObject } from './json.ts';
import type { StoredInput } from './run.ts';
import { finderOf } from './spellings.ts';
import { type Stretch, unescaped } from './text-views.ts';

export const MASK = '***';

/** An id may hold a short value by chance. */
const LONG = 8;

/** Removes known values, however a provider may have spelled them, from text or JSON. */
export interface Scrubber {
  text(text: string): string;
  json<T extends Json>(value: T): T;
  /** Whether an id tells one of the values: it is one, or holds one that is too long to be there by chance. */
  isTold(id: string): boolean;
}

/** @param values secrets and sensitive parameters of the call at hand. */
export function createScrubber(values: readonly string[]): Scrubber {
  const find = finderOf(values);
  const findLong = finderOf(values.filter(({ length }) => length >= LONG));
  const text = (input: string) => masked(input, find(input));
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') return text(String(value)) === MASK ? MASK : value;
    if (Array.isArray(value)) return value.map(json);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [text(key), json(field)]));
  };
  return {
    text,
    json: <T extends Json>(value: T) => (values.length === 0 ? value : (json(value) as T)),
    isTold: (id) => text(id) === MASK || findLong(id).length > 0,
  };
}

/** The same for values that may become more, such as the token of a login that the call itself makes. */
export function lazyScrubber(values: () => readonly string[]): Scrubber {
  let known: { readonly values: readonly string[]; readonly scrubber: Scrubber } | undefined;
  const scrubber = () => {
    const wanted = values();
    if (
      known === undefined ||
      wanted.length !== known.values.length ||
      wanted.some((one, at) => one !== known?.values[at])
    )
      known = { values: wanted, scrubber: createScrubber(wanted) };
    return known.scrubber;
  };
  return {
    text: (text) => scrubber().text(text),
    json: (value) => scrubber().json(value),
    isTold: (id) => scrubber().isTold(id),
  };
}

/** Each stretch as one mask, and those that touch each other as one together. */
function masked(input: string, stretches: readonly Stretch[]): string {
  let rest = 0;
  let result = '';
  for (const [start, end] of stretches.toSorted((a, b) => a[0] - b[0])) {
    if (start > rest || result === '') result += `${input.slice(rest, Math.max(rest, start))}${MASK}`;
    rest = Math.max(rest, end);
  }
  return result + input.slice(rest);
}

/** A name that a program gave; what else is a key may be what is to be kept secret. */
const PLAIN_NAME = /^[\p{L}_$][\p{L}\p{M}_$-]*\p{N}{0,3}$/u;

/**
 * Every string inside a value, for use as values to scrub; numbers as the text they would be echoed as, and keys that
 * are no plain names.
 */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => [
    ...(PLAIN_NAME.test(name) ? [] : [name]),
    ...textsIn(field),
  ]);
}

const ATTRIBUTE = /=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The contents of a raw body, whose names and marks are no secret: texts of its JSON or XML, else all of it. */
export function textsInBody(body: string): readonly string[] {
  const texts = parsedTexts(body) ?? markedUpTexts(body).map(unescaped);
  const contents = texts.map((text) => text.trim()).filter(({ length }) => length >= LONG);
  return texts.length === 0 ? [body] : contents;
}

/** What stands between marks and in their attributes. Cut at each mark: one expression for it all would take hours over many. */
function markedUpTexts(body: string): readonly string[] {
  const [, ...marks] = body.split('<');
  return marks.flatMap((mark, index) => {
    const end = mark.indexOf('>');
    const attributes = [...mark.slice(0, end < 0 ? undefined : end).matchAll(ATTRIBUTE)];
    const isClosed = end >= 0 && index < marks.length - 1;
    return [...attributes.map(([, ...groups]) => groups.join('')), ...(isClosed ? [mark.slice(end + 1)] : [])];
  });
}

function parsedTexts(body: string): readonly string[] | undefined {
  try {
    return textsIn(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** The parameters as anybody may see them. */
export function maskParameters(input: StoredInput): JsonObject {
  return { ...input.parameters, ...Object.fromEntries(input.sensitive.map((name) => [name, MASK])) };
}

/** Text from a provider, fit for a record: no control characters, capped. */
export function tidy(text: string, maxLength: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose.
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1)}…`;
}
