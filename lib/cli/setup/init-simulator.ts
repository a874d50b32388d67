/** A first flow on a simulated platform: what the sample configuration has for it. */
import type { ProviderId } from '../../domain/config.ts';
import type { JsonObject } from '../../domain/json.ts';
import { loadConfig } from '../../providers/config.ts';
import { SAMPLE_SECRETS } from '../../simulators/fleet.ts';
import { SAMPLE_CONFIG } from '../config/config-choice.ts';
import { CommandError } from '../frame/command-error.ts';
import type { Draft } from './init-draft.ts';

export interface SimulatorDraft {
  readonly draft: Draft;
  readonly secret: JsonObject;
}

/** @param origin where its simulator listens. @default - where `errand simulate` puts it */
export async function simulatorDraft(provider: ProviderId, origin: string | undefined): Promise<SimulatorDraft> {
  const { input, config } = await loadConfig(SAMPLE_CONFIG);
  const found = Object.entries(input.connections).find(([, connection]) => connection.provider === provider);
  const [id, connection] = found ?? [];
  const [flowId, flow] = Object.entries(input.flows).find(([, { connection: used }]) => used === id) ?? [];
  const secret = SAMPLE_SECRETS[connection?.secret ?? ''];
  if (connection === undefined || flowId === undefined || flow === undefined || secret === undefined)
    throw new CommandError(`The sample configuration has no flow of ${provider} any more. Leave --simulator out.`);
  const own = new URL(config.connections[id ?? '']?.baseUrl ?? connection.baseUrl);
  const baseUrl = origin === undefined ? own.href : `${new URL(origin).origin}${own.pathname}`;
  const name = `simulated-${provider}`;
  const draft: Draft = {
    provider,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    connection: name,
    secret: `errand/${name}`,
    settings: {},
    flow: flowId,
    description: flow.description ?? '',
    target: flow.target as Draft['target'],
    parameters: (flow.parameters ?? {}) as Draft['parameters'],
    deadline: String(flow.deadline ?? '24h'),
  };
  return { draft, secret };
}
