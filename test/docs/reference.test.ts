import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PROBLEM_CODES } from '../../lib/api/problem.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import type { Command } from '../../lib/cli/frame/errand-command.ts';
import { errandRoot } from '../../lib/cli/frame/errand-root.ts';
import { configSchema, PROVIDER_IDS } from '../../lib/domain/config.ts';
import { FALLOUT_REASONS, STATUSES } from '../../lib/domain/status.ts';
import { checkConfig } from '../../lib/providers/config.ts';
import { providerOf } from '../../lib/providers/registry.ts';
import { SCOPES } from '../../lib/workflow/ports.ts';
import { blocksOf, fencesOf, literally, pagesOf, ROOT, readPage, SHELL } from './pages.ts';
import { GROUPS } from './try-pages.ts';

/** As they are typed; one that only has others below it is none itself. */
async function commandsBelow(command: Command, name: string): Promise<readonly string[]> {
  const below = Object.entries((await command.subCommands) ?? {}) as [string, () => Promise<Command>][];
  const named = await Promise.all(
    below.map(async ([sub, load]) => commandsBelow(await loaded(load), `${name} ${sub}`)),
  );
  return [...(command.run === undefined ? [] : [name]), ...named.flat()];
}

const loaded = (load: Command | (() => Promise<Command>)) => (typeof load === 'function' ? load() : load);

type JsonSchema = { readonly properties?: Readonly<Record<string, JsonSchema>> } & Readonly<Record<string, unknown>>;

/** Every name that a user can write, at whatever depth. */
function namesOf(schema: z.ZodType): readonly string[] {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties } = node as JsonSchema;
    for (const name of Object.keys(properties ?? {})) names.add(name);
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return [...names];
}

/** Without what is no explanation: names must be told in the text, not only used in an example. */
function toldIn(page: string): string {
  return readPage(page).replaceAll(/^```(?!text)[\s\S]*?^```$/gm, '');
}

function untold(page: string, names: readonly string[]): readonly string[] {
  const text = toldIn(page);
  return names.filter((name) => !new RegExp(`\`[^\`\n]*\\b${literally(name)}\\b[^\`\n]*\``).test(text));
}

describe('the reference', () => {
  it.each(PROVIDER_IDS)('names every setting and every part of the target of %s', (id) => {
    const { settings, target } = providerOf(id);
    expect(untold(`docs/platforms/${id}.md`, [...namesOf(settings), ...namesOf(target)])).toEqual([]);
  });

  it('names everything a configuration can have', () => {
    expect(untold('docs/configuration.md', namesOf(configSchema))).toEqual([]);
    expect(namesOf(configSchema)).toContain('trustProgress');
  });

  it('says of every reason of fallout what to do', () => {
    const rows = [...readPage('docs/operations.md').matchAll(/^\| `([A-Z_]+)` \|.+\|.+\|$/gm)].map(([, name]) => name);
    expect(rows).toEqual(expect.arrayContaining([...FALLOUT_REASONS]));
  });

  it('says of every problem code what to do, and names every status', () => {
    const rows = [...readPage('docs/api.md').matchAll(/^\| `([A-Z_]+)` \| \d{3} \|.+\|$/gm)].map(([, name]) => name);
    expect(rows).toEqual([...PROBLEM_CODES]);
    expect(untold('docs/concepts.md', [...STATUSES])).toEqual([]);
    expect(untold('docs/security.md', [...SCOPES])).toEqual([]);
  });

  it('shows every call of the API in its guide', () => {
    const guide = readPage('docs/api.md');
    const missing = ROUTES.filter(({ path }) => {
      const place = literally(path).replaceAll(/\\\{\w+\\\}/g, '[^/\\s"?]+');
      return !new RegExp(`${place}(?![/\\w])`).test(guide);
    });
    expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('has every command of errand', async () => {
    const told = readPage('docs/cli.md');
    const names = await commandsBelow(errandRoot, 'errand');
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !told.includes(`| \`${name}`))).toEqual([]);
  });

  it('explains every alarm of the stack', () => {
    const alarms = [...sourceOf('infra/constructs/alarms.ts').matchAll(/this\.add\('(\w+)'/g)].map(([, name]) => name);
    const rows = [...readPage('docs/operations.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(expect.arrayContaining(alarms));
  });
});

describe('the examples', () => {
  const configurations = pagesOf().flatMap((page) =>
    fencesOf(page)
      .filter(({ marks }) => marks.includes('config'))
      .map(({ text, line }) => ({ where: `${page}:${line}`, text })),
  );

  it.each(configurations)('of a configuration can be used as they stand: $where', ({ text }) => {
    const literal = text.replace(/^import .+$/m, '').replace('export default defineConfig(', 'return (');
    // The pages are our own.
    expect(() => checkConfig(new Function(literal)())).not.toThrow();
  });

  it('of the platforms are whole configurations', () => {
    expect(configurations.map(({ where }) => where.split(':')[0])).toEqual(
      expect.arrayContaining(PROVIDER_IDS.map((id) => `docs/platforms/${id}.md`)),
    );
  });
});

describe('every page', () => {
  it.each(pagesOf())('leads only to what is there: %s', (page) => {
    const links = [...readPage(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchorsOf(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('has its commands in blocks that are tried', () => {
    const known = [SHELL, 'text', 'json', 'ts', 'python'];
    const others = pagesOf().flatMap((page) => fencesOf(page).filter(({ language }) => !known.includes(language)));
    expect(others).toEqual([]);
  });

  it('with commands is tried', () => {
    const tried: readonly string[] = Object.values(GROUPS).flat();
    expect(pagesOf().filter((page) => blocksOf(page).length > 0 && !tried.includes(page))).toEqual([]);
  });

  it('is in the index', () => {
    const index = readPage('docs/README.md');
    const missing = pagesOf().filter((page) => {
      const name = page.replace(/^docs\//, '');
      return (
        !['README.md', 'docs/README.md'].includes(page) && !page.includes('/decisions/') && !index.includes(`(${name})`)
      );
    });
    expect(missing).toEqual([]);
  });
});

const sourceOf = readPage;

/** As the usual renderers make them of headings. */
function anchorsOf(page: string): readonly string[] {
  return [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
