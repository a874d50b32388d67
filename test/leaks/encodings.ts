/** The eight spellings in which a platform may repeat a value; written apart from the scrubber, or both would be blind to the same. */

const escapeJson = (text: string) => JSON.stringify(text).slice(1, -1);
const percent = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${hexOf(char)}`);
const hexOf = (text: string) => Buffer.from(text).toString('hex').toUpperCase();
const reverse = (text: string) => [...text].reverse().join('');

const NAMED: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
const entity = (code: (char: string) => string) => (text: string) =>
  text.replace(/[&<>"'\u0080-\uffff]/g, (char) => `&${code(char)};`);
const unit = (char: string) => char.charCodeAt(0);

/** At each of the three offsets that a text before it can give it. */
const AROUND = [
  ['', ''],
  ['u', '!'],
  ['me:', 'at'],
] as const;

/** Those of eight characters and more, blanks and half of an emoji aside. */
function halves(text: string): readonly string[] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half.replace(/[\s+\p{Cs}]/gu, '').length >= 8);
}

type Encode = (value: string) => readonly string[];

const ENCODE = {
  raw: (value) => [value],
  url: (value) => [
    percent(value),
    percent(value).replace(/%../g, (code) => code.toLowerCase()),
    percent(value).replaceAll('%20', '+'),
    percent(percent(value)),
  ],
  base64: (value) => AROUND.map(([before, after]) => Buffer.from(`${before}${value}${after}`).toString('base64')),
  base64url: (value) => AROUND.map(([before, after]) => Buffer.from(`${before}${value}${after}`).toString('base64url')),
  hex: (value) => [hexOf(value), hexOf(value).toLowerCase()],
  json: (value) => [
    escapeJson(value),
    escapeJson(escapeJson(value)),
    escapeJson(value).replaceAll('/', '\\/'),
    escapeJson(value).replace(/[\u0080-\uffff]/g, (char) => `\\u${unit(char).toString(16).padStart(4, '0')}`),
  ],
  html: (value) => [
    entity((char) => NAMED[char] ?? `#${unit(char)}`)(value),
    entity((char) => `#${unit(char)}`)(value),
    entity((char) => `#x${unit(char).toString(16)}`)(value),
  ],
  reversed: (value) => [reverse(value), ...halves(value), ...halves(reverse(value))],
} as const satisfies Readonly<Record<string, Encode>>;

export type Encoding = keyof typeof ENCODE;
export const ENCODINGS = Object.keys(ENCODE) as readonly Encoding[];

/** Every text that spells the value in this way. */
export function encode(value: string, encoding: Encoding): readonly string[] {
  return [...new Set(ENCODE[encoding](value))];
}

/** All of it in one text, as a platform would repeat what it was sent. */
export function echoOf(values: readonly string[], encodings: readonly Encoding[] = ENCODINGS): string {
  return values.flatMap((value) => encodings.flatMap((encoding) => encode(value, encoding))).join(' | ');
}
