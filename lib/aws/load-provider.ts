/** Loads a provider when it is first needed: a function rarely talks to more than one or two of them. */
import type { ProviderId } from '../domain/config.ts';
import type { ProviderDefinition } from '../providers/provider.ts';

const LOADERS: Readonly<Record<ProviderId, () => Promise<ProviderDefinition>>> = {
  bryter: async () => (await import('../providers/bryter.ts')).bryter,
  'smart-flows': async () => (await import('../providers/smart-flows.ts')).smartFlows,
  phixflow: async () => (await import('../providers/phixflow.ts')).phixflow,
  'assist-edge': async () => (await import('../providers/assist-edge.ts')).assistEdge,
  invision: async () => (await import('../providers/invision.ts')).invision,
};

export function loadProvider(id: ProviderId): Promise<ProviderDefinition> {
  return LOADERS[id]();
}
