/** The sources of an older version, beside the present ones: taken from git, with the packages of the present ones. */
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Why there are no sources of that version here. */
export class NoHistoryError extends Error {
  override readonly name = 'NoHistoryError';
}

async function git(...args: readonly string[]): Promise<string> {
  return (await run('git', [...args], { cwd: ROOT })).stdout.trim();
}

/** @throws NoHistoryError */
async function requireCommit(commit: string): Promise<void> {
  if (!existsSync(join(ROOT, '.git')))
    throw new NoHistoryError('There is no git history here to build a version from.');
  await git('cat-file', '-e', `${commit}^{commit}`).catch(() => {
    throw new NoHistoryError(`The git history here has no ${commit}; a shallow clone has not.`);
  });
}

/**
 * A folder with the sources of that commit and the program `host.ts` in it, gone with `cleanUp`.
 * @throws NoHistoryError
 */
export async function treeOf(commit: string, cleanUp: (task: () => void) => void): Promise<string> {
  await requireCommit(commit);
  const folder = mkdtempSync(join(tmpdir(), 'errand-version-'));
  cleanUp(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const archive = join(folder, 'sources.tar');
  await git('archive', '--output', archive, commit);
  await run('tar', ['-x', '-f', archive, '-C', folder]);
  rmSync(archive);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'test/upgrade'), { recursive: true });
  copyFileSync(join(import.meta.dirname, 'host.ts'), join(folder, 'test/upgrade/host.ts'));
  return folder;
}
