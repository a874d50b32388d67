/** The pages of the documentation, and what in them can be tried. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A fenced block. */
export interface Fence {
  readonly language: string;
  readonly text: string;
  /** Of its first line in the page, from 1 on. */
  readonly line: number;
  /** Comments directly above it, such as `exits 2` or `config`. */
  readonly marks: readonly string[];
}

/** Commands, with what the page says will come of them. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly text: string;
  readonly exits: number;
  /** Lines that the output has in this order; `…` stands for anything. */
  readonly prints: readonly string[];
  /** Part of the last JSON document in the output; `"…"` stands for any value. */
  readonly json?: unknown;
}

/** README and everything below docs/, as paths from the root. */
export function pagesOf(): readonly string[] {
  const below = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const pages = below.filter((name) => name.endsWith('.md')).map((name) => join('docs', name));
  return ['README.md', ...pages.sort()];
}

/** Makes a text match itself in a regular expression. */
export const literally = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

export const readPage = (page: string) => readFileSync(join(ROOT, page), 'utf8');

export function fencesOf(page: string): readonly Fence[] {
  const lines = readPage(page).split('\n');
  const fences: Fence[] = [];
  let marks: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const mark = /^<!-- (.+) -->$/.exec(line)?.[1];
    const language = /^```(\S*)/.exec(line)?.[1];
    if (mark !== undefined) marks.push(mark);
    else if (language !== undefined) {
      const end = lines.indexOf('```', index + 1);
      fences.push({ language, text: lines.slice(index + 1, end).join('\n'), line: index + 2, marks });
      index = end;
      marks = [];
    } else marks = [];
  }
  return fences;
}

/** Commands are in fences of this language alone; a test holds the pages to it. */
export const SHELL = 'sh';

export function blocksOf(page: string): readonly Block[] {
  const fences = fencesOf(page);
  const lines = readPage(page).split('\n');
  return fences.flatMap((fence, index) => {
    if (fence.language !== SHELL) return [];
    const next = fences[index + 1];
    const between = lines.slice(fence.line + fence.text.split('\n').length, (next?.line ?? 0) - 2);
    const shown = next !== undefined && between.every((line) => line.trim() === '') ? next : undefined;
    return [
      {
        page,
        line: fence.line,
        text: fence.text,
        exits: Number(markOf(fence, 'exits') ?? 0),
        prints: [
          ...(markOf(fence, 'prints:')?.split(' | ') ?? []),
          ...(shown?.language === 'text' ? textOf(shown) : []),
        ],
        ...(shown?.language === 'json' ? { json: JSON.parse(shown.text) } : {}),
      },
    ];
  });
}

function markOf({ marks }: Fence, name: string): string | undefined {
  return marks.find((mark) => mark.startsWith(`${name} `))?.slice(name.length + 1);
}

const textOf = ({ text }: Fence) => text.split('\n').filter((line) => line.trim() !== '');

export const whereIs = ({ page, line }: Pick<Block, 'page' | 'line'>) => `${relative('.', page)}:${line}`;
