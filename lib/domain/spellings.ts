/** Finds a value in a text however it is spelled there, and says where in the text as it is. */
import {
  base64View,
  fold,
  foldedView,
  originalView,
  type Stretch,
  unescaped,
  unescapedView,
  type View,
} from './text-views.ts';

/** A shorter text is found only as it is: parts of it, or it with blanks inside, would be found by chance. */
const LEAST = 8;
/** Shorter ones are ordinary words, and left alone. */
const SHORTEST = 4;
/** Escapes within escapes, such as JSON within JSON within a form. */
const DEPTH = 4;

interface Needle {
  /** Folded as the form in which it is looked for. */
  readonly text: string;
  /** A beginning of so many characters is a find; a shorter one, from `LEAST`, only at the end of a text, where it was cut. */
  readonly enough: number;
}

/** What one value is looked for as, by the form of the text. */
interface Needles {
  readonly exact: readonly string[];
  readonly folded: readonly Needle[];
  readonly base64: readonly Needle[];
}

export type Finder = (text: string) => readonly Stretch[];

/** Finds every one of the values: as it is, escaped, in base64 or hex, reversed, by halves, cut at the text's end. */
export function finderOf(values: readonly string[]): Finder {
  const all = values.filter(({ length }) => length >= SHORTEST).map(needlesOf);
  const exact = [...new Set(all.flatMap((needles) => needles.exact))].filter(({ length }) => length >= SHORTEST);
  const folded = all.flatMap((needles) => needles.folded);
  const base64 = all.flatMap((needles) => needles.base64);
  const findIn = (view: View): readonly Stretch[] => {
    const whole = exact.flatMap((needle) => occurrences(view.text, { text: needle, enough: needle.length }));
    const loose = foldedView(view);
    const coded = base64View(view);
    return [
      ...whole.map(view.back),
      ...folded.flatMap((needle) => occurrences(loose.text, needle)).map(loose.back),
      ...base64.flatMap((needle) => occurrences(coded.text, needle)).map(coded.back),
    ];
  };
  return (text) => {
    const found: Stretch[] = [];
    let view: View | undefined = originalView(text);
    for (let depth = 0; depth < DEPTH && view !== undefined; depth += 1) {
      found.push(...findIn(view));
      view = unescapedView(view);
    }
    return found;
  };
}

function needlesOf(value: string): Needles {
  // One that contains what looks like an escape is read differently where it is escaped once more.
  const readings = [...new Set([value, unescaped(value), unescaped(unescaped(value))])];
  const bytes = new TextEncoder().encode(value);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    exact: [...new Set([...readings, withBlanks(value)])],
    folded: [
      ...readings.flatMap((text) => [...parts(text), ...parts(reversed(text))]),
      { text: hex, enough: hex.length },
    ],
    base64: base64Of(bytes),
  };
}

/** From half of it on, the beginning is a find by itself, and so is the other half. */
function parts(value: string): readonly Needle[] {
  const whole = fold(value);
  if (whole.length < LEAST) return [];
  const first = fold(value.slice(0, Math.floor(value.length / 2)));
  // One of an odd length has its middle in either half.
  const seconds = [Math.floor, Math.ceil].map((round) => fold(value.slice(round(value.length / 2))));
  return [
    { text: whole, enough: first.length < LEAST ? whole.length : first.length },
    ...seconds.filter(({ length }) => length >= LEAST).map((text) => ({ text, enough: text.length })),
  ];
}

/** Base64 of a value inside a longer text begins at one of three offsets; of each, the characters that tell of it alone. */
function base64Of(bytes: Uint8Array): readonly Needle[] {
  const whole = encode64(bytes);
  const inner = [0, 1, 2].map((shift) => {
    const text = encode64(Uint8Array.from([...Array<number>(shift).fill(0), ...bytes]));
    return text.slice(Math.ceil((8 * shift) / 6), Math.floor((8 * (shift + bytes.length)) / 6));
  });
  const known = inner.filter(({ length }) => length >= LEAST).map((text) => ({ text, enough: text.length }));
  return [{ text: whole, enough: whole.replace(/=+$/, '').length }, ...known];
}

function encode64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Where the needle is, or enough of its beginning; whatever more of it follows belongs to the find. */
function occurrences(text: string, { text: needle, enough }: Needle): readonly Stretch[] {
  if (needle === '') return [];
  const found: Stretch[] = [];
  const head = needle.slice(0, enough);
  for (let at = text.indexOf(head); at >= 0; at = text.indexOf(head, at + 1))
    found.push([at, at + common(text, at, needle)]);
  if (needle.length <= LEAST) return found;
  const short = needle.slice(0, LEAST);
  const from = Math.max(0, text.length - needle.length);
  for (let at = text.indexOf(short, from); at >= 0; at = text.indexOf(short, at + 1))
    if (at + common(text, at, needle) === text.length) found.push([at, text.length]);
  return found;
}

function common(text: string, at: number, needle: string): number {
  let length = 0;
  while (length < needle.length && text[at + length] === needle[length]) length += 1;
  return length;
}

function withBlanks(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
