/** Where a platform may repeat what it was sent: each a flow whose platform does so, and how its run must end nevertheless. */
import { BRYTER } from './bryter-placements.ts';
import { ASSIST_EDGE, INVISION, PHIXFLOW } from './other-placements.ts';
import type { Placement } from './placement.ts';
import { SMART_FLOWS } from './smart-flows-placements.ts';

export const CONCURRENT: readonly Placement[] = [...BRYTER, ...SMART_FLOWS, ...PHIXFLOW, ...INVISION];
export const ONE_BY_ONE: readonly Placement[] = ASSIST_EDGE;
export const PLACEMENTS: readonly Placement[] = [...CONCURRENT, ...ONE_BY_ONE];
