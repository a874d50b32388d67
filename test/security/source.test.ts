import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAst } from 'vite';
import { describe, expect, it } from 'vitest';
import { breaches, SOURCE_RULES } from './source-rules.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const sources = ['lib', 'functions', 'infra', 'bin'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|js)$/.test(name))
    .map((name) => ({ file: `${folder}/${name}`, text: readFileSync(join(ROOT, folder, name), 'utf8') })),
);

describe('a source of ours', () => {
  it('breaks none of the rules about certificates, chance, code, pages, connections and files', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.flatMap(({ file, text }) => breaches(file, text))).toEqual([]);
  });

  it.each(SOURCE_RULES)('would be found with $what, so that finding none means something', ({ files, caught }) => {
    const about = sources.find(({ file }) => files.test(file));
    expect(about && breaches(about.file, `${about.text};\n${caught};\n`)).toHaveLength(1);
  });

  it.each(SOURCE_RULES.flatMap(({ what, except = {} }) => Object.keys(except).map((file) => [file, what] as const)))(
    'is excepted while it needs to be, and no longer: %s from %s',
    (file, what) => {
      const rules = SOURCE_RULES.filter((rule) => rule.what === what).map(({ except: _, ...rule }) => rule);
      const text = sources.find((source) => source.file === file)?.text ?? '';
      expect(breaches(file, text, rules)).not.toEqual([]);
    },
  );
});

/** What a warm function keeps from one invocation to the next outside of what its composition root built. */
const KEPT: Readonly<Record<string, string>> = {
  'lib/aws/trace.ts isColdStart': 'whether it is the first invocation',
  'lib/aws/tracing.ts tracer': 'the client of the tracing daemon',
  'lib/domain/call-limit.ts looks': 'the clock and the end of a call, for as long as its signal is there',
  'lib/domain/local-time.ts formats': 'a formatter for each time zone of the configuration',
  'lib/domain/cron.ts jobs': 'a parsed pattern for each schedule of the configuration',
};

interface Node {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a syntax tree has a shape for each of its hundred kinds.
  readonly [field: string]: any;
}

/** Tables that are filled where they are made, and patterns; nothing is left in them later. */
const TABLES = new Set(['Set', 'Map', 'RegExp', 'TextEncoder', 'TextDecoder', 'Intl.DateTimeFormat']);

function isLeftEmpty(value: Node): boolean {
  if (value.type === 'TSAsExpression') return isLeftEmpty(value.expression);
  if (value.type === 'ArrayExpression') return value.elements.length === 0;
  if (value.type === 'ObjectExpression') return value.properties.length === 0;
  if (value.type !== 'NewExpression') return false;
  const { name = '' } = value.callee;
  // An error of fixed words is a constant like any other.
  const isConstant = name.endsWith('Error') && value.arguments.every(({ type }: Node) => type === 'Literal');
  return value.arguments.length === 0 || !(TABLES.has(name) || isConstant);
}

/** Names of a module's own variables in which an invocation could leave something. */
function keptBy(text: string): readonly string[] {
  const { body } = parseAst(text, { lang: 'ts' }) as unknown as Node;
  return body
    .map((node: Node) => (node.type === 'ExportNamedDeclaration' ? node.declaration : node))
    .filter((node: Node | null) => node?.type === 'VariableDeclaration')
    .flatMap(({ kind, declarations }: Node) =>
      declarations
        .filter(({ init }: Node) => kind !== 'const' || (init !== null && isLeftEmpty(init)))
        .map(({ id }: Node) => String(id.name)),
    );
}

describe('what a warm function keeps for the next invocation', () => {
  it('is in what its composition root built, and in these few variables, none of which knows a run', () => {
    const inFunctions = sources.filter(({ file }) =>
      /^(functions|lib\/(api|aws|domain|http|polling|protection|providers|workflow))\//.test(file),
    );
    const found = inFunctions.flatMap(({ file, text }) => keptBy(text).map((name) => `${file} ${name}`));
    expect(found.sort()).toEqual(Object.keys(KEPT).sort());
  });

  it('would be found, so that finding nothing else means something', () => {
    const text = `
      let last = '';
      export const cache = new Map<string, string>();
      const seen: string[] = [];
      const client = new Client({ key: 'x' });
      const TABLE = new Set(['a']);
      const FIXED = { a: 1 };
      function f() { let inner = 1; return inner; }`;
    expect(keptBy(text)).toEqual(['last', 'cache', 'seen', 'client']);
  });
});
