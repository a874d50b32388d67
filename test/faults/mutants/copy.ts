/** The project once more, in a directory of its own that a mutant may break. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = resolve(import.meta.dirname, '../../..');
export const PATCHES = import.meta.dirname;

/** All that the killers read. */
const COPIED = [
  'bin',
  'biome.json',
  'cdk.json',
  'errand.config.ts',
  'functions',
  'infra',
  'lib',
  'package.json',
  'package-lock.json',
  'test',
  'tsconfig.json',
] as const;

const run = promisify(execFile);

/** The directory is gone when `use` has ended. */
export async function inCopy<Result>(use: (dir: string) => Promise<Result>, names: readonly string[] = COPIED) {
  const dir = await mkdtemp(join(tmpdir(), 'errand-mutant-'));
  try {
    await Promise.all(names.map((name) => cp(join(ROOT, name), join(dir, name), { recursive: true })));
    await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'), 'junction');
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Why the patch does not fit the files in `dir`; undefined once it is applied, or could be. */
export async function applyPatch(dir: string, patch: string, isTrial = false): Promise<string | undefined> {
  // A repository around the directory would have the patch apply to itself, or to nothing.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(dir), GIT_DIR: undefined, GIT_WORK_TREE: undefined };
  const args = ['apply', ...(isTrial ? ['--check'] : []), join(PATCHES, patch)];
  try {
    await run('git', args, { cwd: dir, env });
    return undefined;
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    return stderr.trim() || String(error);
  }
}
