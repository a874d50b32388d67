/** The configuration as plain JSON in the data directory, where the functions read it. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { configSchema } from '../domain/config.ts';
import { LocalStartError } from './local-start-error.ts';
import { writePrivateFile } from './private-files.ts';

async function readInput(path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8'));
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return module.default;
  } catch (error) {
    throw new LocalStartError(`The configuration ${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Writes what a configuration file (`.json`, or `.ts` with a default export) says into the data directory: checked,
 * defaults filled in, durations in milliseconds.
 * @returns the path of the copy.
 * @throws LocalStartError naming each mistake by its path.
 */
export async function shipConfig(configFile: string, dataDir: string): Promise<string> {
  const path = resolve(configFile);
  const input = await readInput(path);
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(
      (issue) => `  ${issue.path.join('.') || '(whole file)'}: ${issue.message}`,
    );
    throw new LocalStartError(`The configuration ${path} has mistakes:\n${mistakes.join('\n')}`);
  }
  const copy = join(dataDir, 'errand.config.json');
  writePrivateFile(copy, JSON.stringify(parsed.data));
  return copy;
}
