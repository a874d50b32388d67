/** Named ways to break a document that a platform might send. Each of them leaves nothing that says how a run ended. */

/** @returns undefined where the document has no place for it. */
type Break = (good: string, random: () => number) => string | undefined;

const pick = <Item>(items: readonly Item[], random: () => number): Item => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
};
const place = (text: string, random: () => number) => Math.floor(random() * text.length);

const FOREIGN = [
  '\0',
  '\x07',
  '"',
  "'",
  ',',
  '{',
  '}',
  '[',
  ']',
  ':',
  '\\',
  '\u2028',
  '<',
  '&',
  '//',
  '/*',
  '`',
  '0',
  'e',
];
const PAGE = '<!doctype html><html><head><title>Sign in</title></head><body>';

/** The text is no JSON any more; what happens to be still some is left out. */
export const TEXT_BREAKS: Readonly<Record<string, Break>> = {
  'cut off': (good, random) => good.slice(0, place(good, random)),
  'its beginning lost': (good, random) => good.slice(1 + place(good.slice(1), random)),
  'a piece lost': (good, random) => {
    const at = place(good, random);
    return good.slice(0, at) + good.slice(at + 1 + Math.floor(random() * 20));
  },
  'a character lost': (good, random) => {
    const at = place(good, random);
    return good.slice(0, at) + good.slice(at + 1);
  },
  'a character put in': (good, random) => {
    const at = place(good, random);
    return good.slice(0, at) + pick(FOREIGN, random) + good.slice(at);
  },
  'a character changed': (good, random) => {
    const at = place(good, random);
    return good.slice(0, at) + pick(FOREIGN, random) + good.slice(at + 1);
  },
  'a piece twice': (good, random) => {
    const at = place(good, random);
    return good.slice(0, at + 1 + Math.floor(random() * 20)) + good.slice(at);
  },
  'two characters swapped': (good, random) => {
    const at = place(good.slice(2), random);
    return good.slice(0, at) + (good[at + 1] ?? '') + (good[at] ?? '') + good.slice(at + 2);
  },
  'twice in a row': (good) => good + good,
  'a comma behind': (good) => `${good},`,
  'in a page': (good) => `${PAGE}<pre>${good}</pre></body></html>`,
  'before a page': (good) => `${good}${PAGE}`,
  'a portal in its place': () => `${PAGE}<form action="http://portal.example/login"></form></body></html>`,
  'a comment in front': (good) => `/* ok */${good}`,
  'a mark in front': (good) => `\ufeff${good}`,
  'UTF-16 read as text': (good) => Buffer.from(good, 'utf16le').toString('utf8'),
  'UTF-16, the other way': (good) => Buffer.from(good, 'utf16le').swap16().toString('latin1'),
  'NUL at the end': (good) => `${good}\0`,
  'single quotes': (good) => good.replaceAll('"', "'"),
  'no quotes': (good) => good.replaceAll('"', ''),
  'names without quotes': (good) => good.replace(/"([^"]+)":/g, '$1:'),
  'a trailing comma': (good) => good.replace(/\}$/, ',}'),
  'a callback around': (good) => `callback(${good})`,
  'a guard in front': (good) => `)]}',\n${good}`,
  'an event stream': (good) => `data: ${good}\n\n`,
  'a head in front': (good) => `HTTP/1.1 200 OK\r\n\r\n${good}`,
  'XML of the same': (good) => `<?xml version="1.0"?><reply><![CDATA[${good}]]></reply>`,
  'deeper than anything': (good) => `${'['.repeat(50_000)}${good}`,
  'deeper than anything, and closed': (good) => `${'['.repeat(50_000)}${good}${']'.repeat(50_000)}`,
  'an odd number': (good, random) =>
    good.replace('{', `{"n":${pick(['NaN', 'Infinity', '-', '01', '.5', '1.', '0x1', '1e', '+1', '١'], random)},`),
  'a bare control character': (good, random) =>
    good.replace('{', `{"n":"${pick(['\t', '\n', '\0', '\x1f'], random)}",`),
  'an odd escape': (good, random) => good.replace('{', `{"n":"${pick(['\\x41', '\\u12', '\\', '\\U0001'], random)}",`),
};

const WORDS = [
  '',
  ' ',
  '\0',
  '\ud800',
  'WORD\ud800',
  '\udc00WORD',
  'WORD\0',
  'WORD.',
  'not WORD',
  'WORDWORD',
  'WORD\u0301',
];
const VALUES: readonly string[] = [
  ...['null', '0', '-0', '1', '200', '1e400', '-1e-400', '123456789012345678901234567890', '[]', '{}'],
  ...['["WORD"]', '[["WORD"]]', '{"WORD":"WORD"}', '{"value":"WORD"}', '{"__proto__":"WORD"}', '{"toString":"WORD"}'],
  ...['{"length":1,"0":"WORD"}', `"${'x'.repeat(100_000)}"`, `${'['.repeat(200)}"WORD"${']'.repeat(200)}`],
  ...['"constructor"', '"__proto__"', '"hasOwnProperty"', '"0"', '"null"', '"undefined"', '"[object Object]"'],
];

/** Valid JSON, but the word is not where it should be, or none. */
export function shapeBreaks(word: string, booleans: boolean): Readonly<Record<string, Break>> {
  const quoted = JSON.stringify(word);
  const values = booleans ? [...VALUES, 'true', 'false'] : VALUES;
  const replaced = (good: string, value: string) => good.replaceAll(quoted, () => value.replaceAll('WORD', word));
  return {
    'another kind of value for the word': (good, random) => replaced(good, pick(values, random)),
    'something like the word': (good, random) =>
      replaced(good, JSON.stringify(pick(WORDS, random).replaceAll('WORD', word))),
    'the word in letters of another width': (good) =>
      replaced(good, JSON.stringify(word.replaceAll(/[a-z]/gi, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)))),
    'no word': (good) => replaced(good, 'null'),
    'the word as a name': (good) => `{${quoted}:${replaced(good, 'null')}}`,
    'in a list': (good) => `[${good}]`,
    'in an envelope': (good, random) => `{"${pick(['body', 'payload', 'value', 'd'], random)}":${good}}`,
    'as text': (good) => JSON.stringify(good),
    'the word alone': () => quoted,
    'a word behind it that still goes on': (good) =>
      good.replace(/\}$/, () => `,${good.slice(1, -1).replaceAll(quoted, '"no such word"')}}`),
    'all names reaching for a prototype': (good) => good.replace(/"[^"]+":/g, '"__proto__":'),
    'all names in a prototype': (good) => `{"__proto__":${good}}`,
    'all names escaped twice': (good) => good.replace(/"([^"]+)":/g, String.raw`"\\u0022$1":`),
    nothing: () => 'null',
    'an empty object': () => '{}',
    'the error of a gateway': () => '{"timestamp":"2026-01-05","status":502,"error":"Bad Gateway","path":"/"}',
  };
}
