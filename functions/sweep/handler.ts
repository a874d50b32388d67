import { z } from 'zod';
import { sweepDependencies } from '../../lib/aws/dependencies.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { sweep } from '../../lib/workflow/sweep.ts';

const inputSchema = z.looseObject({ acceptedForMs: z.int().min(0).optional() });

/** Every minute: carries on what a crash left behind. */
export const handler = taskHandler(inputSchema, sweepDependencies, sweep);
