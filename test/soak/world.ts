/** All that a soak needs: platforms, doors, the runtime in a process of its own, and the load. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { apiDependencies } from '../../lib/aws/dependencies.ts';
import { devKey } from '../../lib/cli/local/dev-key.ts';
import { ENV } from '../../lib/contract.ts';
import { PROVIDER_IDS, type ProviderId } from '../../lib/domain/config.ts';
import { seeded } from '../helpers/random.ts';
import { createRequests, type Requests } from '../system/requests.ts';
import { type Doors, openDoors } from './doors.ts';
import { secretName, soakConfig } from './flows.ts';
import { createLoad, type Load } from './load.ts';
import { openPlatforms, type SoakPlatforms } from './platforms.ts';
import { type RuntimeChild, startRuntimeChild } from './runtime-child.ts';

export interface World {
  readonly child: RuntimeChild;
  readonly platforms: SoakPlatforms;
  readonly doors: Doors;
  readonly requests: Requests & { close(): Promise<void> };
  readonly load: Load;
  readonly secrets: SecretsManagerClient;
  readonly key: string;
  readonly random: () => number;
  readonly faults: Record<string, number>;
  readonly count: (fault: string) => void;
}

/** Jobs take half a second to eight seconds. */
const JOB_MS = { least: 500, most: 8_000 } as const;
const ALLOWED_PER_SECOND = '100000';

export type CleanUp = (task: () => Promise<void> | void) => void;

function prepare(cleanUp: CleanUp, platforms: SoakPlatforms) {
  const folder = mkdtempSync(join(tmpdir(), 'errand-soak-'));
  cleanUp(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const ids = PROVIDER_IDS.map((id) => [id, platforms[id]] as const);
  const origins = Object.fromEntries(ids.map(([id, { simulator }]) => [id, simulator.origin]));
  const configFile = join(folder, 'errand.config.json');
  writeFileSync(configFile, JSON.stringify(soakConfig(origins as Record<ProviderId, string>)));
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const secrets = Object.fromEntries(ids.map(([id, { secret }]) => [secretName(id), secret()]));
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
  return { dataDir, configFile };
}

function clientOf(environment: Readonly<Record<string, string>>): SecretsManagerClient {
  const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = environment;
  return new SecretsManagerClient({
    region: AWS_REGION,
    endpoint: String(environment.AWS_ENDPOINT_URL_SECRETS_MANAGER),
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
}

export interface WorldOptions {
  readonly seed: number;
  readonly log: (line: string) => void;
}

/** Opens them all; there is no trouble yet. */
export async function openWorld(cleanUp: CleanUp, { seed, log }: WorldOptions): Promise<World> {
  const random = seeded(seed);
  const faults: Record<string, number> = {};
  const count = (fault: string) => {
    faults[fault] = (faults[fault] ?? 0) + 1;
  };
  const jobs = seeded(seed + 1);
  const platforms = await openPlatforms(() => JOB_MS.least + jobs() * (JOB_MS.most - JOB_MS.least));
  cleanUp(() => platforms.close());
  const doors = await openDoors({ random: seeded(seed + 2), count });
  cleanUp(() => doors.close());
  const functionEnvironment = { ...doors.environment, [ENV.requestsPerSecond]: ALLOWED_PER_SECOND };
  const setup = { ...prepare(cleanUp, platforms), functionEnvironment };
  const told = (line: string) => log(`  ${line}`);
  const child = await startRuntimeChild({ ...setup, onEnvironment: doors.connect, log: told });
  cleanUp(() => child.close());
  const { environment, apiUrl } = child;
  Object.assign(process.env, environment);
  const key = await devKey(apiDependencies(), environment[ENV.environment] ?? 'local', setup.dataDir);
  let close = async () => {};
  const requests = {
    ...createRequests((task) => {
      close = task;
    }, environment),
    close: () => close(),
  };
  cleanUp(() => close());
  const secrets = clientOf(environment);
  cleanUp(() => secrets.destroy());
  const load = createLoad({ apiUrl, key, requests, random: seeded(seed + 3), count });
  return { child, platforms, doors, requests, load, secrets, key, random, faults, count };
}
