import { sweepDependencies } from '../../lib/aws/dependencies.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { parseSweepInput, sweep } from '../../lib/workflow/sweep.ts';

/** Every minute: carries on what a crash left behind. */
export const handler = taskHandler(parseSweepInput, sweepDependencies, sweep);
