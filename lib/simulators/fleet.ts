/** All five simulated platforms at once, as the sample configuration expects them. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROVIDER_IDS, type ProviderId } from '../domain/config.ts';
import type { JsonObject } from '../domain/json.ts';
import { type AssistEdgeOptions, createAssistEdgePlatform } from './assist-edge.ts';
import { type BryterOptions, createBryterPlatform } from './bryter.ts';
import { createInvisionPlatform, type InvisionOptions } from './invision.ts';
import { createPhixflowPlatform, type PhixflowOptions } from './phixflow.ts';
import type { RateLimit } from './rate-limit.ts';
import { type Platform, type Simulator, serveSimulator } from './simulator.ts';
import { createSmartFlowsPlatform, type SmartFlowsOptions } from './smart-flows.ts';

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

/** What is particular about a platform, such as scenarios of its own. */
export interface PlatformOptions {
  readonly bryter?: Partial<BryterOptions>;
  readonly 'smart-flows'?: Partial<SmartFlowsOptions>;
  readonly phixflow?: Partial<PhixflowOptions>;
  readonly 'assist-edge'?: Partial<AssistEdgeOptions>;
  readonly invision?: Partial<InvisionOptions>;
}

interface Common {
  readonly file?: string;
  readonly now?: () => number;
}

/** A platform's clock may be put forward while a call is held. */
const HOLD_STEP_MS = 25;
const sleepInSteps = (ms: number) => sleep(Math.min(ms, HOLD_STEP_MS), undefined, { ref: false });

const PLATFORMS: Readonly<Record<ProviderId, (common: Common, options: PlatformOptions) => Platform>> = {
  bryter: (common, { bryter }) => createBryterPlatform({ apiKey: KEYS.bryter, ...common, ...bryter }),
  'smart-flows': (common, options) =>
    createSmartFlowsPlatform({ apiKey: KEYS.smartFlows, ...common, ...options['smart-flows'] }),
  phixflow: (common, { phixflow }) =>
    createPhixflowPlatform({
      token: KEYS.phixflow,
      ...common,
      ...(common.now && { sleep: sleepInSteps }),
      ...phixflow,
    }),
  'assist-edge': (common, options) =>
    createAssistEdgePlatform({ username: 'svc-errand', password: KEYS.robot, ...common, ...options['assist-edge'] }),
  invision: (common, { invision }) => createInvisionPlatform({ apiKey: KEYS.invision, ...common, ...invision }),
};

export type Fleet = Readonly<Record<ProviderId, Simulator>> & { close(): Promise<void> };

export interface FleetOptions {
  /** Folder in which the platforms remember their jobs; absent: in memory. */
  readonly dir?: string;
  /** First of five consecutive ports; absent: any free ones. */
  readonly firstPort?: number;
  /** Of all five, epoch milliseconds. @default - the machine's clock */
  readonly now?: () => number;
  readonly platforms?: PlatformOptions;
  /** Rate limits of those that have one. */
  readonly limits?: Readonly<Partial<Record<ProviderId, RateLimit>>>;
}

/** Starts the five simulators on loopback. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const { dir, firstPort, now, platforms = {}, limits = {} } = options;
  const started = await Promise.all(
    PROVIDER_IDS.map(async (id, index) => {
      const file = dir === undefined ? {} : { file: join(dir, `${id}.ndjson`) };
      const platform = PLATFORMS[id]({ ...file, ...(now && { now }) }, platforms);
      const simulator = await serveSimulator(platform, {
        ...(now && { now }),
        ...(limits[id] && { limit: limits[id] }),
        ...(firstPort === undefined ? {} : { port: firstPort + index }),
      });
      return [id, simulator] as const;
    }),
  );
  const close = async () => {
    await Promise.all(started.map(([, simulator]) => simulator.close()));
  };
  return { ...(Object.fromEntries(started) as Record<ProviderId, Simulator>), close };
}
