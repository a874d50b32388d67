/** The configuration as plain JSON in the data directory, where the functions read it. */
import { join } from 'node:path';
import type { Config } from '../domain/config.ts';
import { InvalidInputError } from '../domain/errors.ts';
import { loadConfig } from '../providers/config.ts';
import { LocalStartError } from './local-start-error.ts';
import { writePrivateFile } from './private-files.ts';

export interface ShippedConfig {
  /** Of the copy. */
  readonly path: string;
  readonly config: Config;
}

/**
 * Writes what a configuration file says into the data directory: checked, defaults filled in, durations in milliseconds.
 * @throws LocalStartError naming each mistake by its path.
 */
export async function shipConfig(configFile: string, dataDir: string): Promise<ShippedConfig> {
  try {
    const { config } = await loadConfig(configFile);
    const path = join(dataDir, 'errand.config.json');
    writePrivateFile(path, JSON.stringify(config));
    return { path, config };
  } catch (error) {
    if (error instanceof InvalidInputError) throw new LocalStartError(error.message, { cause: error });
    throw error;
  }
}
