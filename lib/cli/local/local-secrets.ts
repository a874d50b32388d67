import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../domain/config.ts';
import type { JsonObject } from '../../domain/json.ts';
import { requireOurs } from '../../local/data-dir.ts';
import { LocalStartError } from '../../local/local-start-error.ts';
import { makePrivate, PRIVATE_DIRECTORY, readIfPresent, writePrivateFile } from '../../local/private-files.ts';

/** Puts the simulators' secrets where the user's would be, beside what is there already. */
export function addSampleSecrets(dataDir: string, samples: Readonly<Record<string, JsonObject>>): void {
  const present = readSecrets(dataDir);
  const missing = Object.keys(samples).filter((name) => !Object.hasOwn(present, name));
  if (missing.length === 0) return;
  writePrivateFile(join(dataDir, 'secrets.json'), `${JSON.stringify({ ...samples, ...present }, null, 2)}\n`);
}

/** Names of secrets that the configuration uses and `secrets.json` lacks. */
export function missingSecrets(dataDir: string, config: Config): readonly string[] {
  const present = readSecrets(dataDir);
  const used = Object.values(config.connections).flatMap(({ secret }) => secret ?? []);
  return [...new Set(used)].filter((name) => !Object.hasOwn(present, name));
}

/** Makes sure that secrets can be kept there and that an Errand will start there. @throws LocalStartError */
export function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: PRIVATE_DIRECTORY });
    requireOurs(dataDir);
  } catch (cause) {
    if (cause instanceof LocalStartError) throw cause;
    const message = `The data directory ${dataDir} cannot be used. Make it yours to read and write, or choose another with --data.`;
    throw new LocalStartError(message, { cause });
  }
}

/** Keeps a secret beside those there are. @returns whether it replaced one of that name. @throws LocalStartError */
export function putSecret(dataDir: string, name: string, value: JsonObject): boolean {
  prepareDataDir(dataDir);
  const present = readSecrets(dataDir);
  writePrivateFile(join(dataDir, 'secrets.json'), `${JSON.stringify({ ...present, [name]: value }, null, 2)}\n`);
  return Object.hasOwn(present, name);
}

/** @throws LocalStartError when the file is not what it should be; says so without quoting it. */
export function readSecrets(dataDir: string): Readonly<Record<string, unknown>> {
  const path = join(dataDir, 'secrets.json');
  const text = readIfPresent(path)?.trim();
  if (text === undefined || text === '') return {};
  makePrivate(path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Reported below: the parser's own message would quote a secret.
  }
  throw new LocalStartError(
    `${path} must be a JSON object that maps the name of each secret to its object, such as {"errand/acme": {"apiKey": "…"}}. Mend it, or remove it to begin anew.`,
  );
}
