/** The configuration as plain JSON in the data directory, where the functions read it. */
import { join } from 'node:path';
import { InvalidInputError } from '../domain/errors.ts';
import { loadConfig } from '../providers/config.ts';
import { LocalStartError } from './local-start-error.ts';
import { writePrivateFile } from './private-files.ts';

/**
 * Writes what a configuration file says into the data directory: checked, defaults filled in, durations in milliseconds.
 * @returns the path of the copy.
 * @throws LocalStartError naming each mistake by its path.
 */
export async function shipConfig(configFile: string, dataDir: string): Promise<string> {
  try {
    const { config } = await loadConfig(configFile);
    const copy = join(dataDir, 'errand.config.json');
    writePrivateFile(copy, JSON.stringify(config));
    return copy;
  } catch (error) {
    if (error instanceof InvalidInputError) throw new LocalStartError(error.message, { cause: error });
    throw error;
  }
}
