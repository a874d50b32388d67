import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Reads a file of one line; undefined when there is none. */
export function readLine(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** Writes a file that only its owner may read. */
export function writePrivate(path: string, text: string): void {
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
}
