/** Every regular expression of the product, by its syntax tree rather than by its look. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vite';

export interface FoundRegex {
  /** Where it was found first. */
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

export interface Found {
  readonly literals: readonly FoundRegex[];
  /** Files that make expressions of text at run time. */
  readonly makers: readonly string[];
}

const FOLDERS = ['lib', 'functions'];

export function findRegexes(root: string): Found {
  const literals = new Map<string, FoundRegex>();
  const makers: string[] = [];
  for (const file of FOLDERS.flatMap((folder) => sourcesIn(root, folder))) {
    const tree = parseAst(readFileSync(join(root, file), 'utf8'), { lang: file.endsWith('x') ? 'tsx' : 'ts' });
    visit(tree, (node) => {
      const { regex } = node as { regex?: { pattern: string; flags: string } };
      if (regex !== undefined) {
        const { pattern: source, flags } = regex;
        const id = `/${source}/${flags}`;
        if (!literals.has(id)) literals.set(id, { file, source, flags });
      }
      if (makesRegex(node)) makers.push(file);
    });
  }
  return { literals: [...literals.values()], makers };
}

function sourcesIn(root: string, folder: string): readonly string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /\.tsx?$/.test(file)).map((file) => join(folder, file));
}

function makesRegex(node: object): boolean {
  const { type, callee } = node as { type?: string; callee?: { name?: string } };
  return (type === 'NewExpression' || type === 'CallExpression') && callee?.name === 'RegExp';
}

function visit(node: unknown, see: (node: object) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) see(node);
  for (const inner of Object.values(node)) visit(inner, see);
}
