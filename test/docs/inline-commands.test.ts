import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../lib/cli/frame/errand-command.ts';
import { errandRoot } from '../../lib/cli/frame/errand-root.ts';
import { pagesOf, ROOT, readPage } from './pages.ts';

interface Named {
  readonly command: Command;
  readonly path: readonly string[];
  readonly rest: readonly string[];
}

const loaded = (load: unknown): Command | Promise<Command> =>
  typeof load === 'function' ? (load as () => Promise<Command>)() : (load as Command);

/** As the command line itself finds it. */
async function namedBy(words: readonly string[]): Promise<Named> {
  let named: Named = { command: errandRoot, path: [], rest: words };
  for (;;) {
    const below: Readonly<Record<string, unknown>> = (await named.command.subCommands) ?? {};
    const [name = '', ...rest] = named.rest;
    if (!Object.hasOwn(below, name)) return named;
    named = { command: await loaded(below[name]), path: [...named.path, name], rest };
  }
}

/** Code within a sentence, which nobody runs: `errand runs --status FALLOUT`. */
const inline = (program: RegExp) =>
  pagesOf()
    .filter((page) => !page.includes('/decisions/'))
    .flatMap((page) => [...readPage(page).matchAll(program)].map(([, words = '']) => ({ page, words })));

describe('a command in a sentence', () => {
  it.each(inline(/(?<!`)`(?:npx )?errand ([a-z][^`\n]*)`/g))('is one of errand: $words ($page)', async ({ words }) => {
    const [own = ''] = words.split(' -- ');
    const { command, path, rest } = await namedBy(own.split(' '));
    expect(path.length, `there is no "errand ${words}"`).toBeGreaterThan(0);
    const args: Readonly<Record<string, unknown>> = (await command.args) ?? {};
    const options = rest.flatMap((word) => /^--([a-z-]+)/.exec(word)?.[1] ?? []);
    expect(options.filter((option) => !Object.hasOwn(args, option) && option !== 'help')).toEqual([]);
  });

  it.each(inline(/(?<!`)`npm run (?:-s )?([a-z:-]+)[^`\n]*`/g))('is a script: npm run $words ($page)', ({ words }) => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(Object.keys(scripts)).toContain(words);
  });
});
