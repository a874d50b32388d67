/** Where the simulators listen that an Errand on this machine brought along, for others who read its configuration. */
import { join } from 'node:path';
import { z } from 'zod';
import { PROVIDER_IDS, type ProviderId } from '../../domain/config.ts';
import { readIfPresent, writePrivateFile } from '../../local/private-files.ts';
import { simulatorUrl, simulatorVariable } from '../../simulators/sample-url.ts';

const fileOf = (dataDir: string) => join(dataDir, 'simulators', 'origins.json');
const originsSchema = z.record(z.enum(PROVIDER_IDS), z.string());

/** Tells this process and, in the data directory, others. */
export function tellOrigins(dataDir: string, origins: Readonly<Record<ProviderId, string>>): void {
  setOrigins(origins);
  writePrivateFile(fileOf(dataDir), JSON.stringify(origins));
}

/** Takes over what the Errand of this data directory told. Only while it runs: its ports are others’ afterwards. */
export function adoptOrigins(dataDir: string): void {
  try {
    setOrigins(originsSchema.parse(JSON.parse(readIfPresent(fileOf(dataDir)) ?? '')));
  } catch {
    // Nobody told, or in a way that nobody reads any more: the usual ports hold.
  }
}

/** The platform whose simulator would be at this address. */
export function simulatorAt(baseUrl: string): ProviderId | undefined {
  return PROVIDER_IDS.find((id) => new URL(baseUrl).origin === new URL(simulatorUrl(id)).origin);
}

function setOrigins(origins: Readonly<Record<ProviderId, string>>): void {
  for (const id of PROVIDER_IDS) process.env[simulatorVariable(id)] = origins[id];
}
