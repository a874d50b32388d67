/** The simulated platforms without their servers, and what they have really accepted: the truth that records are held against. */
import type { ProviderId } from '../../lib/domain/config.ts';
import { createAssistEdgePlatform } from '../../lib/simulators/assist-edge.ts';
import { createBryterPlatform } from '../../lib/simulators/bryter.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { createInvisionPlatform } from '../../lib/simulators/invision.ts';
import { createPhixflowPlatform } from '../../lib/simulators/phixflow.ts';
import type { DurationOf } from '../../lib/simulators/script.ts';
import type { Platform } from '../../lib/simulators/simulator.ts';
import { createSmartFlowsPlatform } from '../../lib/simulators/smart-flows.ts';
import { TWICE } from './scenarios.ts';

interface Parts {
  readonly secret: Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly durationMs: DurationOf;
}

const MAKERS: Readonly<Record<ProviderId, (parts: Parts) => Platform>> = {
  bryter: ({ secret, ...common }) => createBryterPlatform({ apiKey: secret.apiKey ?? '', ...common }),
  'smart-flows': ({ secret, ...common }) =>
    createSmartFlowsPlatform({ apiKey: secret.apiKey ?? '', scenarios: TWICE, ...common }),
  phixflow: ({ secret, ...common }) =>
    createPhixflowPlatform({ token: secret.token ?? secret.apiKey ?? '', ...common }),
  'assist-edge': ({ secret, ...common }) =>
    createAssistEdgePlatform({ username: secret.username ?? '', password: secret.password ?? '', ...common }),
  invision: ({ secret, ...common }) => createInvisionPlatform({ apiKey: secret.apiKey ?? '', ...common }),
};

export interface Platforms {
  /** By the host of a connection's base URL. */
  at(host: string): Platform;
  /** Ids of the jobs that a platform has, in the order it took them. */
  jobIds(provider: ProviderId): readonly string[];
}

export interface PlatformsOptions {
  readonly now: () => number;
  /** Called where a platform takes a job, within the request that brought it; says how long the job lasts. */
  readonly onAccepted: (provider: ProviderId, nth: number) => number;
}

export const hostOf = (provider: ProviderId) => `${provider}.example.com`;
export const providerAt = (host: string) => host.replace('.example.com', '') as ProviderId;

export function createPlatforms({ now, onAccepted }: PlatformsOptions): Platforms {
  const made = new Map<ProviderId, Platform>();
  const platformOf = (provider: ProviderId) => {
    const known = made.get(provider);
    if (known !== undefined) return known;
    const secret = SAMPLE_SECRETS[`errand/sample-${provider}`] as Readonly<Record<string, string>>;
    const platform = MAKERS[provider]({ secret, now, durationMs: (_flow, nth) => onAccepted(provider, nth) });
    made.set(provider, platform);
    return platform;
  };
  return {
    at: (host) => platformOf(providerAt(host)),
    jobIds: (provider) => (made.get(provider)?.jobs() ?? []).map((job) => String((job as { readonly id: unknown }).id)),
  };
}
