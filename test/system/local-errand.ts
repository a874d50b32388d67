/** The embedded runtime in this process, with the sample configuration on simulators that a test can see into. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiDependencies } from '../../lib/aws/dependencies.ts';
import { devKey } from '../../lib/cli/local/dev-key.ts';
import { type ApiClient, createApiClient, type RunView } from '../../lib/cli/target/api-client.ts';
import { ENV } from '../../lib/contract.ts';
import { isTerminal, type Status } from '../../lib/domain/status.ts';
import type { LocalClock } from '../../lib/local/clock.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from '../../lib/local/runtime.ts';
import { loadConfig } from '../../lib/providers/config.ts';
import { type Fleet, type PlatformOptions, SAMPLE_SECRETS, startFleet } from '../../lib/simulators/fleet.ts';
import { simulatorUrl } from '../../lib/simulators/sample-url.ts';
import { temporaryDir } from './instance.ts';

export interface LocalErrand {
  readonly runtime: Runtime;
  readonly fleet: Fleet;
  readonly api: ApiClient;
  readonly key: string;
  readonly dataDir: string;
  readonly configFile: string;
  /** What was printed. */
  readonly printed: readonly string[];
  ended(id: string, withinMs?: number): Promise<RunView>;
}

export interface LocalErrandOptions {
  readonly secrets?: Readonly<Record<string, unknown>>;
  /** Of the runtime and of the platforms. @default - the machine's */
  readonly clock?: LocalClock;
  readonly platforms?: PlatformOptions;
  /** Flows in place of the sample's, on the sample's connections. */
  readonly flows?: Readonly<Record<string, unknown>>;
  /** Of the sample's connections, by id. */
  readonly limits?: Readonly<Record<string, unknown>>;
  /** Beside the sample's, for flows that need others. */
  readonly connections?: Readonly<Record<string, unknown>>;
  readonly functionEnvironment?: RuntimeOptions['functionEnvironment'];
}

/** @param cleanUp vitest's `onTestFinished`, or `afterAll` for a whole file. */
export async function startLocalErrand(
  cleanUp: (task: () => Promise<void>) => void,
  options: LocalErrandOptions = {},
): Promise<LocalErrand> {
  const { secrets = SAMPLE_SECRETS, clock, platforms = {}, flows, limits, connections, functionEnvironment } = options;
  const fleet = await startFleet({ platforms, ...(clock && { now: () => clock.now() }) });
  cleanUp(() => fleet.close());
  const { dataDir, configFile } = await prepareData(cleanUp, fleet, {
    secrets,
    ...(flows && { flows }),
    ...(limits && { limits }),
    ...(connections && { connections }),
  });
  const printed: string[] = [];
  const log = (line: string) => void printed.push(line);
  const own = { ...(clock && { clock }), ...(functionEnvironment && { functionEnvironment }) };
  const runtime = await startRuntime({ dataDir, configFile, port: 0, log, ...own });
  cleanUp(() => runtime.close());
  Object.assign(process.env, runtime.environment);
  const key = await devKey(apiDependencies(), runtime.environment[ENV.environment] ?? 'local', dataDir);
  const api = createApiClient(runtime.apiUrl, key);
  return {
    runtime,
    fleet,
    api,
    key,
    dataDir,
    configFile,
    printed,
    async ended(id, withinMs = 90_000) {
      for (const until = Date.now() + withinMs; Date.now() < until; await sleep(100)) {
        const run = await api.run(id);
        if (isTerminal(run.status as Status)) return run;
      }
      throw new Error(`${id} has not ended: ${JSON.stringify(await api.run(id))}`);
    },
  };
}

type Own = 'flows' | 'limits' | 'connections';

/** A data directory with secrets, and the configuration that fits these platforms. */
export async function prepareData(
  cleanUp: (task: () => Promise<void>) => void,
  fleet: Fleet,
  { secrets = SAMPLE_SECRETS, ...own }: Pick<LocalErrandOptions, 'secrets' | Own> = {},
): Promise<{ readonly dataDir: string; readonly configFile: string }> {
  const dataDir = temporaryDir(cleanUp);
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
  return { dataDir, configFile: await sampleConfigFor(fleet, temporaryDir(cleanUp), own) };
}

/** A module is evaluated once per process, so the sample's addresses are put in here for each fleet. */
async function sampleConfigFor(
  fleet: Fleet,
  dir: string,
  { flows, limits, connections: others }: Pick<LocalErrandOptions, Own>,
): Promise<string> {
  const { input } = await loadConfig('errand.config.ts');
  const connections = Object.entries(input.connections).map(([name, connection]) => {
    const { provider, baseUrl } = connection;
    const own = limits?.[name] === undefined ? {} : { limits: limits[name] };
    return [name, { ...connection, ...own, baseUrl: baseUrl.replace(simulatorUrl(provider), fleet[provider].origin) }];
  });
  const path = join(dir, 'errand.config.json');
  writeFileSync(
    path,
    JSON.stringify({
      ...input,
      connections: { ...Object.fromEntries(connections), ...others },
      ...(flows && { flows }),
    }),
  );
  return path;
}
