/** Two nets against leaks: by field (what a flow marks as sensitive) and by value (every secret known in this call). */
import type { Json, JsonObject } from './json.ts';
import type { StoredInput } from './run.ts';

export const MASK = '***';

/** Shorter values would turn ordinary words into masks; secrets of a platform are longer. */
const SHORTEST = 4;

/** Of so many bytes, the middle of the base64 spelling is long enough not to be found by chance. */
const SHORTEST_INNER = 10;

/** Removes known values, however a provider may have spelled them, from text or JSON. */
export interface Scrubber {
  text(text: string): string;
  json<T extends Json>(value: T): T;
}

/** @param values secrets and sensitive parameters of the call at hand. */
export function createScrubber(values: readonly string[]): Scrubber {
  const spellings = [...new Set(values.filter((value) => value.length >= SHORTEST).flatMap(spellingsOf))]
    // The longest first, or a value that is part of another would leave the rest of it behind.
    .sort((a, b) => b.length - a.length);
  const text = (input: string) => spellings.reduce((rest, spelling) => rest.replaceAll(spelling, MASK), input);
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') return spellings.includes(String(value)) ? MASK : value;
    if (Array.isArray(value)) return value.map(json);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [text(key), json(field)]));
  };
  return { text, json: <T extends Json>(value: T) => (spellings.length === 0 ? value : (json(value) as T)) };
}

function spellingsOf(value: string): readonly string[] {
  const bytes = new TextEncoder().encode(value);
  const base64 = btoa(String.fromCharCode(...bytes));
  const escaped = JSON.stringify(value).slice(1, -1);
  return [
    value,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    [...value].map((char) => (char > '\x7e' ? unicodeEscape(char) : char)).join(''),
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+'),
    escapeXml(value),
    base64,
    base64.replace(/=+$/, ''),
    base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
    ...innerBase64(bytes),
    [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  ];
}

/** Base64 of a value inside a longer text begins at one of three offsets; the middle is the same for all that is around. */
function innerBase64(bytes: Uint8Array): readonly string[] {
  if (bytes.length < SHORTEST_INNER) return [];
  const standard = [0, 1, 2].map((shift) => btoa(`${'\0'.repeat(shift)}${String.fromCharCode(...bytes)}`).slice(4, -4));
  return standard.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}

function unicodeEscape(char: string): string {
  return char
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

function escapeXml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

/** Every string inside a value, for use as values to scrub; numbers as the text they would be echoed as. */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
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
