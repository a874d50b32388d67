/** All five simulated platforms at once, as the sample configuration expects them. */
import { join } from 'node:path';
import { PROVIDER_IDS, type ProviderId } from '../domain/config.ts';
import type { JsonObject } from '../domain/json.ts';
import { createAssistEdgePlatform } from './assist-edge.ts';
import { createBryterPlatform } from './bryter.ts';
import { createInvisionPlatform } from './invision.ts';
import { createPhixflowPlatform } from './phixflow.ts';
import { type Platform, type Simulator, serveSimulator } from './simulator.ts';
import { createSmartFlowsPlatform } from './smart-flows.ts';

const KEYS = {
  bryter: 'simulated-bryter-key-000000000000000000000',
  smartFlows: 'simulated-smart-flows-key',
  phixflow: 'simulated-phixflow-token',
  robot: 'simulated-robot-password',
  invision: 'simulated-invision-key',
} as const;

/** The secrets that the simulators accept, by the names that the sample configuration gives them. */
export const SAMPLE_SECRETS: Readonly<Record<string, JsonObject>> = {
  'errand/sample-bryter': { apiKey: KEYS.bryter },
  'errand/sample-smart-flows': { apiKey: KEYS.smartFlows },
  'errand/sample-phixflow': { apiKey: KEYS.phixflow },
  'errand/sample-assist-edge': { username: 'svc-errand', password: KEYS.robot },
  'errand/sample-invision': { apiKey: KEYS.invision },
};

const PLATFORMS: Readonly<Record<ProviderId, (file: string | undefined) => Platform>> = {
  bryter: (file) => createBryterPlatform({ apiKey: KEYS.bryter, ...fileOption(file) }),
  'smart-flows': (file) => createSmartFlowsPlatform({ apiKey: KEYS.smartFlows, ...fileOption(file) }),
  phixflow: (file) => createPhixflowPlatform({ token: KEYS.phixflow, ...fileOption(file) }),
  'assist-edge': (file) =>
    createAssistEdgePlatform({ username: 'svc-errand', password: KEYS.robot, ...fileOption(file) }),
  invision: (file) => createInvisionPlatform({ apiKey: KEYS.invision, ...fileOption(file) }),
};

export type Fleet = Readonly<Record<ProviderId, Simulator>> & { close(): Promise<void> };

export interface FleetOptions {
  /** Folder in which the platforms remember their jobs; absent: in memory. */
  readonly dir?: string;
  /** First of five consecutive ports; absent: any free ones. */
  readonly firstPort?: number;
}

/** Starts the five simulators on loopback. */
export async function startFleet({ dir, firstPort }: FleetOptions = {}): Promise<Fleet> {
  const started = await Promise.all(
    PROVIDER_IDS.map(async (id, index) => {
      const platform = PLATFORMS[id](dir === undefined ? undefined : join(dir, `${id}.ndjson`));
      const simulator = await serveSimulator(platform, firstPort === undefined ? {} : { port: firstPort + index });
      return [id, simulator] as const;
    }),
  );
  const close = async () => {
    await Promise.all(started.map(([, simulator]) => simulator.close()));
  };
  return { ...(Object.fromEntries(started) as Record<ProviderId, Simulator>), close };
}

function fileOption(file: string | undefined): { readonly file?: string } {
  return file === undefined ? {} : { file };
}
