import type { ProviderVariant } from '../../contracts/provider.ts';
import { ASSIST_EDGE_VARIANTS } from './assist-edge.ts';
import { BRYTER_VARIANTS } from './bryter.ts';
import { INVISION_VARIANTS } from './invision.ts';
import { PHIXFLOW_VARIANTS } from './phixflow.ts';
import { SMART_FLOWS_VARIANTS } from './smart-flows.ts';

/** Every provider in each of its modes. */
export const VARIANTS: readonly ProviderVariant[] = [
  ...BRYTER_VARIANTS,
  ...SMART_FLOWS_VARIANTS,
  ...PHIXFLOW_VARIANTS,
  ...ASSIST_EDGE_VARIANTS,
  ...INVISION_VARIANTS,
];
