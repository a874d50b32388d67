import { describeProvider, describeTimeLimits } from '../contracts/provider.ts';
import { ASSIST_EDGE_VARIANTS } from './variants/assist-edge.ts';
import { BRYTER_VARIANTS } from './variants/bryter.ts';
import { INVISION_VARIANTS } from './variants/invision.ts';
import { PHIXFLOW_VARIANTS } from './variants/phixflow.ts';
import { SMART_FLOWS_VARIANTS } from './variants/smart-flows.ts';

const VARIANTS = [
  ...BRYTER_VARIANTS,
  ...SMART_FLOWS_VARIANTS,
  ...PHIXFLOW_VARIANTS,
  ...ASSIST_EDGE_VARIANTS,
  ...INVISION_VARIANTS,
];

for (const variant of VARIANTS) describeProvider(variant);
describeTimeLimits(VARIANTS);
