import { settleDependencies } from '../../lib/aws/dependencies.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { parseSettleEvent } from '../../lib/domain/settle-event.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';

/** Ends the record of a run whose execution cannot go on: called by the machine itself, and when one was stopped. */
export const handler = taskHandler(parseSettleEvent, settleDependencies, settleRun);
