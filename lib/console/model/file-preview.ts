/** What of a file may be shown in the page, by its bytes more than by what it calls itself. Pure. */
import { isFoldable } from './foldable.ts';

export type Preview =
  | { readonly kind: 'pdf' }
  | { readonly kind: 'image'; readonly mediaType: 'image/png' | 'image/jpeg' }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'xml' | 'text'; readonly text: string; readonly isCut: boolean }
  /** Neither is it shown nor is it guessed at. */
  | { readonly kind: 'none' };

export interface NamedFile {
  readonly name: string;
  readonly mediaType: string;
}

/** More text than anybody reads in a page. */
const MAX_TEXT = 200_000;

/** Deeper than anything that is read with profit; its indentation alone would fill the memory. */
const MAX_DEPTH = 100;

const MAGIC = [
  { bytes: [0x25, 0x50, 0x44, 0x46, 0x2d], preview: { kind: 'pdf' } },
  {
    bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    preview: { kind: 'image', mediaType: 'image/png' },
  },
  { bytes: [0xff, 0xd8, 0xff], preview: { kind: 'image', mediaType: 'image/jpeg' } },
] as const satisfies readonly { readonly bytes: readonly number[]; readonly preview: Preview }[];

/** Whether it is worth fetching to be shown. */
export function mayPreview(file: NamedFile): boolean {
  return kindOf(file) !== undefined;
}

/** The media type decides what it may be, the bytes whether it is. */
export function previewOf(file: NamedFile, content: Uint8Array): Preview {
  const kind = kindOf(file);
  const known = MAGIC.find(({ bytes }) => bytes.every((byte, index) => content[index] === byte))?.preview;
  if (known !== undefined) return kind === known.kind ? known : { kind: 'none' };
  if (kind === undefined || kind === 'pdf' || kind === 'image') return { kind: 'none' };
  const text = textOf(content);
  if (text === undefined) return { kind: 'none' };
  if (kind === 'json') {
    const value = parsed(text);
    if (value !== undefined && isFoldable(value)) return { kind: 'json', value };
  }
  const shown = kind === 'xml' && text.length <= MAX_TEXT ? prettyXml(text) : text;
  return { kind: kind === 'xml' ? 'xml' : 'text', text: shown.slice(0, MAX_TEXT), isCut: shown.length > MAX_TEXT };
}

const TYPES: readonly (readonly [pattern: RegExp, kind: 'pdf' | 'image' | 'json' | 'xml' | 'text'])[] = [
  [/^application\/pdf$|\.pdf$/i, 'pdf'],
  [/^image\/(png|jpe?g)$|\.(png|jpe?g)$/i, 'image'],
  [/^application\/(.+\+)?json$|\.json$/i, 'json'],
  [/^(application|text)\/(.+\+)?xml$|\.xml$/i, 'xml'],
  [/^text\/(plain|csv|html|markdown)$|\.(txt|csv|log|md)$/i, 'text'],
];

function kindOf({ mediaType, name }: NamedFile): 'pdf' | 'image' | 'json' | 'xml' | 'text' | undefined {
  const bare = mediaType.split(';')[0]?.trim() ?? '';
  const find = (text: string) => TYPES.find(([pattern]) => pattern.test(text))?.[1];
  // A name is asked only where the type says nothing.
  return find(bare) ?? (bare === '' || bare === 'application/octet-stream' ? find(name) : undefined);
}

function textOf(content: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is not closed reaches to the end, so that nothing is read twice. */
const XML_TOKEN = /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<[^>]*(?:>|$)|[^<]+/g;

/** Elements on lines of their own, indented; text within an element stays with it. What is no XML comes back as it is. */
export function prettyXml(xml: string): string {
  const tokens = xml.match(XML_TOKEN) ?? [];
  const lines: string[] = [];
  let depth = 0;
  let isOpen = false;
  for (const token of tokens) {
    const isTag = token.startsWith('<') && !token.startsWith('<![CDATA[');
    const isEnd = token.startsWith('</');
    if (!isTag && token.trim() === '') continue;
    if (isEnd) depth -= 1;
    if (depth < 0 || depth > MAX_DEPTH) return xml;
    // Text, and the end of an element that has only text, stay on the line of its beginning.
    if (isOpen && (!isTag || isEnd)) lines[lines.length - 1] += isTag ? token : token.trim();
    else lines.push(`${'  '.repeat(depth)}${isTag ? token : token.trim()}`);
    const isBegin = isTag && !isEnd && !/^<[?!]|\/>$/.test(token);
    if (isBegin) depth += 1;
    isOpen = isBegin || (isOpen && !isTag);
  }
  return depth === 0 && lines.length > 0 ? lines.join('\n') : xml;
}
