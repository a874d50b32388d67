import { pollDependencies } from '../../lib/aws/dependencies.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { parseTaskInput } from '../../lib/domain/machine-state.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';

/** Takes one look at a run and says when to take the next. */
export const handler = taskHandler(parseTaskInput, pollDependencies, pollRun);
