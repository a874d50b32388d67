import type { ProviderId } from '../domain/config.ts';
import { assistEdge } from './assist-edge.ts';
import { bryter } from './bryter.ts';
import { invision } from './invision.ts';
import { phixflow } from './phixflow.ts';
import type { ProviderDefinition } from './provider.ts';
import { smartFlows } from './smart-flows.ts';

const PROVIDERS: Readonly<Record<ProviderId, ProviderDefinition>> = {
  bryter,
  'smart-flows': smartFlows,
  phixflow,
  'assist-edge': assistEdge,
  invision,
};

/** The provider with this id. */
export function providerOf(id: ProviderId): ProviderDefinition {
  return PROVIDERS[id];
}
