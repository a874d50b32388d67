/** The five simulated platforms, with keys that are replaced while they run and jobs of different lengths. */
import { Hono } from 'hono';
import { PROVIDER_IDS, type ProviderId } from '../../lib/domain/config.ts';
import type { JsonObject } from '../../lib/domain/json.ts';
import { createAssistEdgePlatform } from '../../lib/simulators/assist-edge.ts';
import { createBryterPlatform } from '../../lib/simulators/bryter.ts';
import { createInvisionPlatform } from '../../lib/simulators/invision.ts';
import { createPhixflowPlatform } from '../../lib/simulators/phixflow.ts';
import type { DurationOf } from '../../lib/simulators/script.ts';
import { type Platform, type Simulator, serveSimulator } from '../../lib/simulators/simulator.ts';
import { createSmartFlowsPlatform, SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';

/** A job as its platform remembers it. */
export interface RemoteJob extends JsonObject {
  readonly id: string;
}

export interface SoakPlatform {
  readonly simulator: Simulator;
  jobs(): readonly RemoteJob[];
  /** What belongs into the secret now. */
  secret(): JsonObject;
  /** The next secret; the platform takes the present one until `retire` is called. */
  renew(): JsonObject;
  /** From now on only the newest secret is taken. */
  retire(): void;
}

export type SoakPlatforms = Readonly<Record<ProviderId, SoakPlatform>> & { close(): Promise<void> };

const USER = 'svc-errand';
/** What the simulators take; nobody but the door before them ever sends it. */
const INNER = 'inner-key-of-the-simulated-platform';

const PLATFORMS: Readonly<Record<ProviderId, (durationMs: DurationOf) => Platform>> = {
  bryter: (durationMs) => createBryterPlatform({ apiKey: INNER, durationMs }),
  'smart-flows': (durationMs) =>
    createSmartFlowsPlatform({
      apiKey: INNER,
      // Somebody cancels these; they must not end before.
      durationMs: (flow, nth) => (flow === SMART_FLOWS.nightly ? undefined : durationMs(flow, nth)),
    }),
  phixflow: (durationMs) => createPhixflowPlatform({ token: INNER, durationMs }),
  'assist-edge': (durationMs) => createAssistEdgePlatform({ username: USER, password: INNER, durationMs }),
  // Documented is 500, after which a start is in doubt for good; that would drown what is looked for here.
  invision: (durationMs) => createInvisionPlatform({ apiKey: INNER, durationMs, badKeyStatus: 401 }),
};

/** Puts the simulator's own key in the place of any that is good at the moment. */
function withKeys({ app }: Platform, good: ReadonlySet<string>): Hono {
  const translate = (text: string) => [...good].reduce((all, key) => all.replaceAll(key, INNER), text);
  const outer = new Hono();
  outer.all('*', async ({ req: { raw }, env }) => {
    const headers = new Headers([...raw.headers].map(([name, value]) => [name, translate(value)]));
    const body = raw.body === null ? undefined : translate(await raw.text());
    const { method, url } = raw;
    return app.fetch(new Request(url, { method, headers, ...(body !== undefined && { body }) }), env);
  });
  return outer;
}

async function open(id: ProviderId, durationMs: DurationOf): Promise<SoakPlatform> {
  const platform = PLATFORMS[id](durationMs);
  let version = 1;
  const keyNow = () => `${id}-key-${version}-${'k'.repeat(16)}`;
  const good = new Set([keyNow()]);
  const jobs = () => platform.jobs() as readonly RemoteJob[];
  const simulator = await serveSimulator({ app: withKeys(platform, good), jobs });
  const secret = () => (id === 'assist-edge' ? { username: USER, password: keyNow() } : { apiKey: keyNow() });
  return {
    simulator,
    jobs,
    secret,
    renew() {
      version += 1;
      good.add(keyNow());
      return secret();
    },
    retire() {
      for (const key of good) if (key !== keyNow()) good.delete(key);
    },
  };
}

/** Starts all five on loopback. */
export async function openPlatforms(durationMs: DurationOf): Promise<SoakPlatforms> {
  const opened = await Promise.all(PROVIDER_IDS.map(async (id) => [id, await open(id, durationMs)] as const));
  const close = async () => {
    await Promise.all(opened.map(([, { simulator }]) => simulator.close()));
  };
  return { ...(Object.fromEntries(opened) as Record<ProviderId, SoakPlatform>), close };
}
