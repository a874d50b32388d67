/** The real command, as a shell calls it. */
import { spawn } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';
import { temporaryDir } from '../system/instance.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
export const BIN = join(ROOT, 'bin/errand.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What comes on its standard input; nothing where there is none. */
  readonly input?: string;
}

/** Nothing of what this process found in its environment that matters: no key, no cloud, no other Errand. */
export const BARE = {
  PATH: process.env.PATH ?? '',
  // Programs that keep something for later keep it where it goes away with the tests.
  HOME: temporaryDir((task) => afterAll(task)),
  AWS_EC2_METADATA_DISABLED: 'true',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
};

/** Runs `errand` with these words to its end. */
export function errand(words: readonly string[], options: CallOptions = {}): Promise<Outcome> {
  return runToEnd(process.execPath, [BIN, ...words], options);
}

export async function runToEnd(
  program: string,
  words: readonly string[],
  { env = {}, cwd = ROOT, input }: CallOptions = {},
): Promise<Outcome> {
  const child = spawn(program, words, { cwd, env: { ...BARE, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  // A command that does not read may have gone before all is written.
  child.stdin.on('error', () => {}).end(input);
  const ended = new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** Where a shell outside of npm would look for programs. */
export const MACHINE_PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);
