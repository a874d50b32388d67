import { fetchOutputDependencies } from '../../lib/aws/dependencies.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { parseTaskInput } from '../../lib/domain/machine-state.ts';
import { fetchOutput } from '../../lib/workflow/fetch-output.ts';

/** Brings the output of an ended run into the bucket and records the verdict. */
export const handler = taskHandler(parseTaskInput, fetchOutputDependencies, fetchOutput);
