import { announce, parseStreamRecords } from '../../lib/aws/announce.ts';
import { announceDependencies } from '../../lib/aws/dependencies.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';

/** Makes the events of a batch of the table's stream; the pipe that calls it puts them on the bus. */
export const handler = taskHandler(parseStreamRecords, announceDependencies, announce);
