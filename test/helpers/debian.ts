/** Programs that tests use and this repository does not bring: a Debian of one's own, as in a container, is given them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface Missing {
  /** Who needs them, as the beginning of a sentence: `The browser tests find no browser`. */
  readonly reason: string;
  readonly packages: readonly string[];
  /** For whoever has to do it by hand. */
  readonly remedy: string;
}

/** @throws Error with the remedy, where this is no Debian or not ours to change. */
export function installPackages({ reason, packages, remedy }: Missing): void {
  if (!isRoot() || !existsSync('/usr/bin/apt-get')) throw new Error(remedy);
  console.log(`${reason} and install ${packages.join(', ')} with apt-get.`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ]) {
    const { status, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${remedy}\napt-get ${args[0]} ended with ${status}: ${stderr.trim()}`);
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
