import { intakeDependencies } from '../../lib/aws/dependencies.ts';
import { intake, parseIntakeEvent } from '../../lib/aws/intake.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';

/** Takes in messages from the queue and executions that were started by hand. */
export const handler = taskHandler(parseIntakeEvent, intakeDependencies, intake);
