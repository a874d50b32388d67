import { join } from 'node:path';
import { createKey, verifyKey } from '../../api/keys.ts';
import { readIfPresent, writePrivateFile } from '../../local/private-files.ts';
import { type Dependencies, SCOPES } from '../../workflow/ports.ts';

/** The API key of this data directory, with every scope; made at the first start, kept as long as it works. */
export async function devKey(
  dependencies: Pick<Dependencies, 'keys' | 'vault' | 'clock'>,
  environment: string,
  dataDir: string,
): Promise<string> {
  const path = join(dataDir, 'dev-key');
  const known = readIfPresent(path)?.trim();
  if (known !== undefined && (await verifyKey(dependencies, environment, known)) !== undefined) return known;
  const { key } = await createKey(dependencies, environment, { scopes: SCOPES, name: 'dev-key' });
  writePrivateFile(path, `${key}\n`);
  return key;
}
