import { startDependencies } from '../../lib/aws/dependencies.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { parseTaskInput } from '../../lib/domain/machine-state.ts';
import { startRun } from '../../lib/workflow/start-run.ts';

/**
 * Begins a run's attempt, or finds out what became of one that began. Failures are thrown, never returned: Step
 * Functions retries and catches by error name.
 */
export const handler = taskHandler(parseTaskInput, startDependencies, startRun);
