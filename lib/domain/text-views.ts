/** A text in other forms, each with the way back to the text as it is. */

/** A stretch of the text. */
export type Stretch = readonly [start: number, end: number];

/** Blanks and what nobody sees; a platform or we may have put a blank in their place. An ellipsis marks a cut. */
const UNSEEN = /[\s+…\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
const ESCAPED = new RegExp(
  [
    '%[ef][0-9a-f](?:%[89ab][0-9a-f]){2,3}',
    '%[cd][0-9a-f]%[89ab][0-9a-f]',
    '%[0-9a-f]{2}',
    String.raw`\\u[0-9a-f]{4}`,
    String.raw`\\x[0-9a-f]{2}`,
    String.raw`\\[nrtbf"'/\\]`,
    '&#x[0-9a-f]{1,6};',
    '&#[0-9]{1,7};',
    '&(?:amp|lt|gt|quot|apos|nbsp);',
    // Cut in the middle: what is before it is still a beginning.
    String.raw`(?:%[0-9a-f]?|\\(?:u[0-9a-f]{0,3})?|&#?\w{0,7})$`,
  ].join('|'),
  'gi',
);
const NAMED: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&nbsp;': ' ',
  '\\n': '\n',
  '\\r': '\r',
  '\\t': '\t',
  '\\b': '\b',
  '\\f': '\f',
};

/** The text in another form, with the way back. */
export interface View {
  readonly text: string;
  /** The stretch of the original behind a stretch of this form. */
  back(stretch: Stretch): Stretch;
}

export function originalView(text: string): View {
  return { text, back: (stretch) => stretch };
}

/** Without blanks, in small letters. */
export function foldedView(view: View): View {
  const dropped = rewritten(view, UNSEEN, () => '');
  return { ...dropped, text: lower(dropped.text) };
}

/** In one alphabet of base64, without line ends. */
export function base64View(view: View): View {
  const dropped = rewritten(view, /\s+/g, () => '');
  return { ...dropped, text: dropped.text.replaceAll('-', '+').replaceAll('_', '/') };
}

/** One layer of escapes taken off; undefined where there is none. */
export function unescapedView(view: View): View | undefined {
  if (!/[%\\&]/.test(view.text)) return undefined;
  const next = rewritten(view, ESCAPED, meaningOf);
  return next.text === view.text ? undefined : next;
}

/** As `foldedView` makes of it. */
export function fold(text: string): string {
  return lower(text.replace(UNSEEN, ''));
}

/** Of the same length, so that places stay what they are. */
function lower(text: string): string {
  const all = text.toLowerCase();
  return all.length === text.length ? all : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** One layer of escapes taken off. */
export function unescaped(text: string): string {
  return text.replace(ESCAPED, (found) => meaningOf(found));
}

function meaningOf(found: string): string {
  const named = NAMED[found.toLowerCase()];
  if (named !== undefined) return named;
  if (/^(?:%.?|\\(?:u.{0,3})?|&#?\w*)$/.test(found)) return '';
  if (found.startsWith('%')) return percent(found);
  if (/^\\[ux]/i.test(found)) return String.fromCharCode(Number.parseInt(found.slice(2), 16));
  if (found.startsWith('\\')) return found.slice(1);
  const code = /^&#x/i.test(found) ? Number.parseInt(found.slice(3), 16) : Number.parseInt(found.slice(2), 10);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

function percent(found: string): string {
  const bytes = Uint8Array.from(found.slice(1).split('%'), (hex) => Number.parseInt(hex, 16));
  const text = new TextDecoder().decode(bytes);
  return text.includes('\uFFFD') ? String.fromCharCode(...bytes) : text;
}

/** What was put in the place of what. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly wasStart: number;
  readonly wasEnd: number;
}

function rewritten(view: View, pattern: RegExp, replacement: (found: string) => string): View {
  const edits: Edit[] = [];
  let shift = 0;
  const text = view.text.replace(pattern, (found: string, ...rest: unknown[]) => {
    const put = replacement(found);
    const wasStart = rest.find((part): part is number => typeof part === 'number') ?? 0;
    const start = wasStart + shift;
    edits.push({ start, end: start + put.length, wasStart, wasEnd: wasStart + found.length });
    shift += put.length - found.length;
    return put;
  });
  if (edits.length === 0) return view;
  const startOf = (at: number) => {
    const edit = lastBefore(edits, at + 1);
    if (edit === undefined) return at;
    return at < edit.end ? edit.wasStart : edit.wasEnd + at - edit.end;
  };
  const endOf = (at: number) => {
    const edit = lastBefore(edits, at);
    if (edit === undefined) return at;
    return at <= edit.end ? edit.wasEnd : edit.wasEnd + at - edit.end;
  };
  return { text, back: ([start, end]) => view.back([startOf(start), endOf(end)]) };
}

/** The last edit that starts before a place. */
function lastBefore(edits: readonly Edit[], place: number): Edit | undefined {
  let from = 0;
  let to = edits.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((edits[middle]?.start ?? 0) < place) from = middle + 1;
    else to = middle;
  }
  return edits[from - 1];
}
