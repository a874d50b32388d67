/** Whether what a block printed is what its page says. */
import { isDeepStrictEqual } from 'node:util';
import { type Block, literally } from './pages.ts';

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** What differs, in words; empty when all is as the page says. */
export function differences({ exits, prints, json }: Block, { code, output }: Outcome): readonly string[] {
  return [
    ...(code === exits ? [] : [`ended with ${code}, the page says ${exits}`]),
    ...missingLines(prints, output).map((line) => `does not print, in this place: ${line}`),
    ...(json === undefined ? [] : jsonDifference(json, output)),
    ...unexpectedProblems(`${JSON.stringify(json)} ${prints.join(' ')}`, output),
  ];
}

/** curl is content with whatever it is answered. */
function unexpectedProblems(told: string, output: string): readonly string[] {
  const codes = [...output.matchAll(/"type":"about:blank".*?"code":"(\w+)"/g)].map(([, code = '']) => code);
  return codes.filter((code) => !told.includes(code)).map((code) => `is answered with ${code}`);
}

function missingLines(wanted: readonly string[], output: string): readonly string[] {
  const lines = output.split(/\r?\n/);
  let from = 0;
  return wanted.filter((line) => {
    const at = lines.findIndex((printed, index) => index >= from && isLike(line, printed));
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

/** Spaces may be fewer on the page than in a table. */
function isLike(line: string, printed: string): boolean {
  const parts = line
    .trim()
    .split('…')
    .map((part) => part.split(/\s+/).map(literally).join('\\s+'));
  return new RegExp(`^\\s*${parts.join('.*')}\\s*$`).test(printed);
}

function jsonDifference(wanted: unknown, output: string): readonly string[] {
  const documents = documentsIn(output);
  if (documents.length === 0) return ['prints no JSON'];
  return isPart(wanted, documents.at(-1)) ? [] : ['prints other JSON than the page shows'];
}

/** Documents may stand directly behind one another, as curl leaves them. */
function documentsIn(output: string): readonly unknown[] {
  const documents: unknown[] = [];
  for (let start = output.search(/[{[]/); start >= 0 && start < output.length; ) {
    const end = endOf(output, start);
    const document = end === undefined ? undefined : parse(output.slice(start, end));
    if (document !== undefined) documents.push(document);
    const from = document === undefined || end === undefined ? start + 1 : end;
    const next = output.slice(from).search(/[{[]/);
    start = next < 0 ? -1 : from + next;
  }
  return documents;
}

function endOf(text: string, start: number): number | undefined {
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const char = text[index];
    if (char === '"') {
      const string = /"(?:[^"\\]|\\.)*"/y;
      string.lastIndex = index;
      if (!string.test(text)) return undefined;
      index = string.lastIndex - 1;
    } else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth === 0) return index + 1;
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object of the page is a part of the printed one; a list of it is the beginning of the printed one. */
function isPart(wanted: unknown, printed: unknown): boolean {
  if (wanted === '…') return printed !== undefined;
  if (typeof wanted === 'string') return typeof printed === 'string' && isLike(wanted, printed);
  if (Array.isArray(wanted)) return Array.isArray(printed) && wanted.every((item, at) => isPart(item, printed[at]));
  if (typeof wanted !== 'object' || wanted === null) return isDeepStrictEqual(wanted, printed);
  const fields = printed as Readonly<Record<string, unknown>> | null | undefined;
  return typeof fields === 'object' && Object.entries(wanted).every(([name, value]) => isPart(value, fields?.[name]));
}
