import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** What each folder may import of ours and of others; `type x` is a package of which only types are imported. */
const RULES: readonly {
  readonly from: RegExp;
  readonly ours: readonly RegExp[];
  readonly others: readonly RegExp[];
}[] = [
  { from: /^lib\/contract\.ts$/, ours: [], others: [] },
  // Calendars and time zones, and what signatures and digests are made of: pure, and not for us to write.
  { from: /^lib\/domain\/cron\.ts$/, ours: [/^lib\/domain\//], others: [/^croner$/] },
  { from: /^lib\/domain\/(event-signature|config-digest)\.ts$/, ours: [/^lib\/domain\//], others: [/^node:crypto$/] },
  { from: /^lib\/domain\//, ours: [/^lib\/contract\.ts$/, /^lib\/domain\//], others: [/^zod$/] },
  { from: /^lib\/polling\//, ours: [/^lib\/domain\//, /^lib\/polling\//], others: [] },
  { from: /^lib\/protection\//, ours: [/^lib\/domain\//, /^lib\/protection\//], others: [] },
  {
    from: /^lib\/http\//,
    ours: [/^lib\/domain\//, /^lib\/http\//],
    others: [/^zod$/, /^saxes$/, /^node:(http|https|net|tls|dns|zlib|stream|util|diagnostics_channel|timers)/],
  },
  {
    // The one file of this folder that reads a file: the configuration is code.
    from: /^lib\/providers\/config\.ts$/,
    ours: [/^lib\/domain\//, /^lib\/providers\//],
    others: [/^zod$/, /^node:(fs\/promises|path|url)$/],
  },
  { from: /^lib\/providers\/registry\.ts$/, ours: [/^lib\/domain\//, /^lib\/providers\//], others: [] },
  { from: /^lib\/providers\//, ours: [/^lib\/domain\//, /^lib\/http\//, /^lib\/providers\//], others: [/^zod$/] },
  {
    from: /^lib\/workflow\//,
    ours: [
      /^lib\/contract\.ts$/,
      /^lib\/domain\//,
      /^lib\/polling\//,
      /^lib\/protection\//,
      /^lib\/workflow\//,
      /^lib\/providers\/provider\.ts$/,
    ],
    others: [],
  },
  {
    from: /^lib\/api\//,
    ours: [/^lib\/contract\.ts$/, /^lib\/(domain|polling|protection|workflow|api)\//],
    others: [/^zod$/, /^hono/, /^node:(crypto|zlib)$/],
  },
  {
    from: /^lib\/aws\//,
    ours: [/^lib\/(contract\.ts|domain\/|http\/|polling\/|protection\/|providers\/|workflow\/|aws\/)/],
    others: [/^@aws-/, /^@middy\//, /^@smithy\//, /^zod$/, /^ulid$/, /^node:/, /^type aws-lambda$/],
  },
  {
    from: /^functions\//,
    ours: [/^lib\/(aws|domain|workflow|api)\//, /^lib\/contract\.ts$/, /^functions\//],
    others: [/^hono\/aws-lambda$/, /^@middy\//, /^@aws-lambda-powertools\//],
  },
  {
    from: /^lib\/local\//,
    ours: [/^lib\/(contract\.ts|domain\/|local\/|providers\/config\.ts$)/],
    others: [/^node:/, /^dynalite/, /^aws-local-stepfunctions$/, /^classic-level$/, /^zod$/],
  },
  { from: /^lib\/simulators\//, ours: [/^lib\/(domain|http|simulators)\//], others: [/^node:/, /^hono/, /^zod$/] },
  {
    from: /^lib\/cli\//,
    ours: [/^lib\//],
    others: [
      /^node:/,
      /^zod$/,
      /^citty$/,
      /^@aws-sdk\//,
      /^log-update$/,
      /^open$/,
      /^@clack\/prompts$/,
      /^@bomb\.sh\/tab$/,
    ],
  },
  // Pure, so that it is tested without a browser.
  { from: /^lib\/console\/model\//, ours: [/^lib\/(contract\.ts$|domain\/|console\/model\/)/], others: [] },
  {
    // Of the API's schemas only the types, as the test below sees to.
    from: /^lib\/console\//,
    ours: [/^lib\/(domain|console|api\/schemas)\//],
    others: [
      /^(react|react-dom|react-dom\/client|wouter|wouter\/use-browser-location|react-json-view-lite)$/,
      /^react-json-view-lite\/dist\/index\.css$/,
      /^@xyflow\/react/,
      /^@tanstack\//,
      /^type zod$/,
    ],
  },
  {
    from: /^infra\/app\.ts$/,
    ours: [/^lib\/contract\.ts$/, /^lib\/(domain|providers)\/(config|cron|errors)\.ts$/, /^infra\//],
    others: [/^aws-cdk-lib/, /^constructs$/, /^cdk-nag$/, /^node:/],
  },
  {
    from: /^infra\/console(-vite|-dev)?\.ts$/,
    ours: [/^lib\/contract\.ts$/, /^lib\/domain\/console-file\.ts$/, /^infra\//],
    others: [/^vite$/, /^node:/],
  },
  {
    from: /^infra\/workflow-graph\.ts$/,
    ours: [/^lib\/domain\/workflow-graph\.ts$/],
    others: [/^@dagrejs\/dagre$/],
  },
  {
    from: /^infra\//,
    ours: [/^lib\/contract\.ts$/, /^infra\//],
    others: [/^aws-cdk-lib/, /^constructs$/, /^cdk-nag$/, /^esbuild$/, /^node:/],
  },
];

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|(?:^|[^\w])import\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;

function sources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

function importsOf(file: string, text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    if (/^\s*import type\s/.test(match[0]) && !name.startsWith('.')) return `type ${name}`;
    return name.startsWith('.') ? relative(ROOT, resolve(dirname(join(ROOT, file)), name)) : name;
  });
}

/** What may be imported may be imported for its types alone. */
function mayImport(allowed: readonly RegExp[], name: string): boolean {
  return allowed.some((pattern) => pattern.test(name) || pattern.test(name.replace(/^type /, '')));
}

/** The imports of a file that its folder may not have; a text in place of the file is for testing the rule itself. */
function violations(file: string, text = readFileSync(join(ROOT, file), 'utf8')): readonly string[] {
  const rule = RULES.find(({ from }) => from.test(file));
  if (rule === undefined) return [`${file} lies in no known folder`];
  return importsOf(file, text)
    .filter((name) => !mayImport([...rule.ours, ...rule.others], name))
    .map((name) => `${file} may not import ${name}`);
}

const files = ['lib', 'functions', 'infra'].flatMap(sources);
/** Composition roots: the only places that read the environment, or ask the machine for the time. */
const ROOTS = /^(lib\/(aws\/|cli\/|local\/|simulators\/|console\/(?!model\/))|infra\/|functions\/)/;

describe('the dependency rule', () => {
  it('points one way', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.flatMap((file) => violations(file))).toEqual([]);
  });

  it('catches a planted import', () => {
    expect(violations('lib/providers/bryter.ts', "import { store } from '../aws/table.ts';")).toHaveLength(1);
    expect(violations('lib/workflow/poll-run.ts', "import { bryter } from '../providers/bryter.ts';")).toHaveLength(1);
    expect(violations('infra/errand-stack.ts', "import { x } from '../lib/workflow/sweep.ts';")).toHaveLength(1);
    expect(violations('lib/aws/middleware.ts', "import { x } from 'aws-lambda';")).toHaveLength(1);
    expect(violations('lib/domain/run.ts', "const fs = await import('node:fs');")).toHaveLength(1);
  });

  it('lets no provider import another', () => {
    const ids = ['bryter', 'smart-flows', 'phixflow', 'assist-edge', 'invision'];
    const crossed = files.flatMap((file) => {
      const own = ids.find((id) => file.startsWith(`lib/providers/${id}`));
      if (own === undefined) return [];
      return importsOf(file, readFileSync(join(ROOT, file), 'utf8')).filter((name) =>
        ids.some((id) => id !== own && name.startsWith(`lib/providers/${id}`)),
      );
    });
    expect(crossed).toEqual([]);
  });

  it('takes nothing but types of the API into the page, which would grow by a schema library', () => {
    const taken = /import\s+(?!type\s)[^;]*?from\s*'[^']*\/api\/schemas\//;
    const page = files.filter((file) => file.startsWith('lib/console/'));
    expect(page.filter((file) => taken.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });

  it('keeps the environment, the clock and chance out of everything but the edges', () => {
    const pure = files.filter((file) => !ROOTS.test(file) && !file.startsWith('lib/http/'));
    const found = pure.flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const uses = /process\.env|Date\.now\(\)|new Date\(\)|Math\.random\(\)|setTimeout\(|setInterval\(/.exec(text);
      return uses === null ? [] : [`${file}: ${uses[0]}`];
    });
    expect(found).toEqual([]);
  });
});
