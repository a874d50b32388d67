import { releaseDependencies } from '../../lib/aws/dependencies.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { parseTaskInput } from '../../lib/domain/machine-state.ts';
import { releaseSlot } from '../../lib/workflow/release-slot.ts';

/** Gives back the slot that a run had at its platform, and begins whichever run is next in line for it. */
export const handler = taskHandler(parseTaskInput, releaseDependencies, releaseSlot);
