import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installPackages } from '../helpers/debian.ts';

const FOLDERS = (process.env.PATH ?? '').split(delimiter);

/** The commands of the documentation call the API with curl. */
export function setup(): void {
  if (FOLDERS.some((folder) => existsSync(join(folder, 'curl')))) return;
  installPackages({
    reason: 'The tests of the documentation find no curl',
    packages: ['curl', 'ca-certificates'],
    remedy: 'The tests of the documentation need curl. Install it (on Debian: apt-get install curl).',
  });
}
