import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { FUNCTIONS } from '../lib/contract.ts';
import { browserNames } from './browser-names-plugin.ts';
import { builtinModules } from './builtin-modules-plugin.ts';
import { eventStreams } from './event-streams-plugin.ts';
import { lambdaCredentials } from './lambda-credentials-plugin.ts';
import { ownCode } from './own-code-plugin.ts';
import { zodNamespace } from './zod-namespace-plugin.ts';

/** The validated configuration beside each bundle; a function's working directory is its own code. */
export const CONFIG_FILE = 'errand.config.json';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // What is imported on demand, such as the providers, stays in files of its own, not even parsed before.
  splitting: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** First pass: our own code alone, without what the function never reaches. */
const OWN_CODE: BuildOptions = { ...COMMON, packages: 'external', plugins: [zodNamespace()] };

/** Second pass: with the packages that are still used. In one pass, a client of one function would come into all. */
const WITH_PACKAGES: BuildOptions = {
  ...COMMON,
  minify: true,
  tsconfigRaw: {},
  // The ES module builds of the SDK can be shaken; its CommonJS builds, esbuild's default for Node, cannot.
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
};

export interface BundleProps {
  /** Directory of the cloud assembly. */
  readonly outdir: string;
}

/** Bundles every function into `<outdir>/functions/<name>/index.mjs` and what that imports: small, and fast to load. */
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
  const { outputFiles } = await build({
    ...OWN_CODE,
    entryPoints: { index: handler },
    outdir: targetDir,
    write: false,
  });
  // Parts of an earlier build would be shipped as well.
  await rm(targetDir, { recursive: true, force: true });
  await build({
    ...WITH_PACKAGES,
    plugins: [ownCode(outputFiles, ROOT), lambdaCredentials(), eventStreams(), browserNames(), builtinModules()],
    entryPoints: { index: './index.js' },
    outdir: targetDir,
  });
}
