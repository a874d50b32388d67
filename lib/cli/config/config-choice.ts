/** Which configuration a command is about: the one that is named, the one `errand init` wrote, or the sample. */
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PRIVATE_DIRECTORY, readIfPresent, writePrivateFile } from '../../local/private-files.ts';

/** The folder of the project itself. */
export const PROJECT = resolve(import.meta.dirname, '../../..');
export const SAMPLE_CONFIG = join(PROJECT, 'errand.config.ts');
export const DEFAULT_DATA = '.errand';

export interface ChosenConfig {
  readonly file: string;
  readonly why: 'named' | 'remembered' | 'here' | 'sample';
  /** What `errand init` wrote and is not there any more, so that another takes its place. */
  readonly gone?: string;
}

const NAMES = ['errand.config.ts', 'errand.config.json'];
/** In the data directory: what `errand init` wrote last. */
const REMEMBERED = 'config.json';
const rememberedSchema = z.object({ config: z.string() });

export function chooseConfig(
  { config, data = DEFAULT_DATA }: { readonly config?: string | undefined; readonly data?: string | undefined },
  folder: string,
): ChosenConfig {
  if (config !== undefined) return { file: resolve(folder, config), why: 'named' };
  const remembered = rememberedIn(resolve(folder, data));
  if (remembered !== undefined && existsSync(remembered)) return { file: remembered, why: 'remembered' };
  const gone = remembered === undefined ? {} : { gone: remembered };
  const here = NAMES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (here !== undefined && here !== SAMPLE_CONFIG) return { file: here, why: 'here', ...gone };
  return { file: SAMPLE_CONFIG, why: 'sample', ...gone };
}

/** For whoever would think that it is still the one they wrote. */
export function goneWords(gone: string, { file, why }: ChosenConfig): string {
  const instead = why === 'sample' ? 'the sample' : file;
  return `${gone}, which "errand init" wrote, is not there any more, so this is about ${instead}. If it has moved: --config FILE.`;
}

/** From now on it is what commands on this data directory are about. */
export function rememberConfig(dataDir: string, file: string): void {
  mkdirSync(dataDir, { recursive: true, mode: PRIVATE_DIRECTORY });
  writePrivateFile(join(dataDir, REMEMBERED), `${JSON.stringify({ config: resolve(file) })}\n`);
}

function rememberedIn(dataDir: string): string | undefined {
  try {
    return rememberedSchema.parse(JSON.parse(readIfPresent(join(dataDir, REMEMBERED)) ?? 'null')).config;
  } catch {
    return undefined;
  }
}
