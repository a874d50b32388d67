import { pollDependencies } from '../../lib/aws/dependencies.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { parseTaskInput } from '../../lib/domain/machine-state.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';

/** Looks at a run, again while the next look is near, and says when to come back. */
export const handler = taskHandler(parseTaskInput, pollDependencies, pollRun);
