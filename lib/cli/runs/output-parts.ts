/** What of an output is meant, and under which names it is kept. Pure. */
import { safeFileName } from '../../domain/file-name.ts';
import type { Json } from '../../domain/json.ts';
import { CommandError } from '../frame/command-error.ts';
import { fileWords } from './run-summary.ts';
import type { ShownFile, ShownOutput } from './shown-run.ts';

export type Part =
  | { readonly kind: 'value'; readonly name: string; readonly text: string }
  | { readonly kind: 'file'; readonly name: string; readonly file: ShownFile };

/** A value as a person or a program reads it: text as it is, anything else as JSON. */
export function valueText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** The value first; each with a name of its own that is nothing but a name. */
export function partsOf({ value, files }: ShownOutput): readonly Part[] {
  const ending = typeof value === 'string' ? 'txt' : 'json';
  const wanted: readonly Part[] = [
    ...(value === undefined
      ? []
      : [{ kind: 'value', name: `output.${ending}`, text: `${valueText(value)}\n` } as const]),
    ...files.map((file) => ({ kind: 'file', name: diskName(linkName(file)), file }) as const),
  ];
  const taken = new Set<string>();
  return wanted.map((part) => {
    const name = freeName(part.name, taken);
    taken.add(name.toLowerCase());
    return { ...part, name };
  });
}

/** Files of equal names have links of their own. */
function linkName({ href, name }: ShownFile): string {
  try {
    return decodeURIComponent(href.split('/').at(-1) ?? name);
  } catch {
    return name;
  }
}

/** File systems take 255 bytes; some are left for a number. */
const MAX_NAME_BYTES = 240;
const MAX_ENDING = 16;

/** Of a name that somebody else has chosen: shown as it is kept, never hidden, and never too long for a disk. */
function diskName(given: string): string {
  const name = safeFileName(given)
    .replaceAll(/[\p{Cf}\p{Zl}\p{Zp}]/gu, '_')
    .replace(/^\./, '_');
  const [stem, ending] = stemOf(name);
  const [body, tail] = ending.length > MAX_ENDING ? [name, ''] : [stem, ending];
  const kept = [...body];
  while (Buffer.byteLength(kept.join('') + tail) > MAX_NAME_BYTES) kept.pop();
  return `${kept.join('')}${tail}`;
}

function stemOf(name: string): readonly [stem: string, ending: string] {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  const [stem, ending] = stemOf(name);
  let free = name;
  for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${stem}-${count}${ending}`;
  return free;
}

/** The one that is meant by its name, or the only one there is. @throws CommandError */
export function onePart(parts: readonly Part[], name: string | undefined): Part {
  const [only, ...more] = name === undefined ? parts : parts.filter((part) => part.name === name);
  if (only !== undefined && more.length === 0) return only;
  if (parts.length === 0) throw new CommandError('The run has brought nothing back.', 1);
  const list = parts.map((part) => `  ${partWords(part)}`).join('\n');
  if (name !== undefined) throw new CommandError(`There is no "${name}" in the output. There are:\n${list}`, 1);
  throw new CommandError(
    `The output has ${parts.length} parts. Name a folder that exists, or one with --file:\n${list}`,
  );
}

export function partWords(part: Part): string {
  return part.kind === 'value' ? part.name : fileWords({ ...part.file, name: part.name });
}
