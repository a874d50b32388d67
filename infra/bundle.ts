import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { FUNCTIONS } from '../lib/contract.ts';
import { builtinModules } from './builtin-modules-plugin.ts';
import { eventStreams } from './event-streams-plugin.ts';
import { lambdaCredentials } from './lambda-credentials-plugin.ts';
import { zodNamespace } from './zod-namespace-plugin.ts';

/** The validated configuration beside each bundle; a function's working directory is its own code. */
export const CONFIG_FILE = 'errand.config.json';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** First pass: our own code alone, without what the function never reaches. */
const OWN_CODE = { ...COMMON, packages: 'external', plugins: [zodNamespace()] } as const satisfies BuildOptions;

/**
 * Second pass: with the packages that are still used. Its input is read as TypeScript, where an import of which nothing
 * is used vanishes; in one pass, a client that one function needs would come along into all.
 */
const WITH_PACKAGES = {
  ...COMMON,
  minify: true,
  tsconfigRaw: {},
  // The ES module builds of the SDK can be shaken; its CommonJS builds, esbuild's default for Node, cannot.
  mainFields: ['module', 'main'],
  plugins: [lambdaCredentials(), eventStreams(), builtinModules()],
  // CommonJS packages call `require`, which an ES module does not have.
  banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
} as const satisfies BuildOptions;

export interface BundleProps {
  /** Directory of the cloud assembly. */
  readonly outdir: string;
}

/** Bundles every function into `<outdir>/functions/<name>/index.mjs`: one small file that loads fast. */
export async function bundleFunctions({ outdir }: BundleProps): Promise<void> {
  await Promise.all(
    FUNCTIONS.map((name) => bundleFunction(join(ROOT, 'functions', name, 'handler.ts'), functionDir(outdir, name))),
  );
}

/** Where a function's code lies within the assembly. */
export function functionDir(outdir: string, name: string): string {
  return join(outdir, 'functions', name);
}

async function bundleFunction(handler: string, targetDir: string): Promise<void> {
  const [own] = (await build({ ...OWN_CODE, entryPoints: [handler], write: false })).outputFiles;
  if (own === undefined) throw new Error(`esbuild made nothing of ${handler}.`);
  await mkdir(targetDir, { recursive: true });
  await build({
    ...WITH_PACKAGES,
    stdin: { contents: own.text, resolveDir: ROOT, sourcefile: handler, loader: 'ts' },
    outfile: join(targetDir, 'index.mjs'),
  });
}
