import { handle, type LambdaEvent } from 'hono/aws-lambda';
import { createApi } from '../../lib/api/app.ts';
import { createConsoleFiles } from '../../lib/aws/console-files.ts';
import { apiDependencies, apiOptions } from '../../lib/aws/dependencies.ts';
import { httpHandler } from '../../lib/aws/middleware.ts';
import { CONSOLE } from '../../lib/contract.ts';

const dependencies = apiDependencies();
/** Beside the bundle, wherever that is. */
const consoleFiles = createConsoleFiles(new URL(`${CONSOLE.folder}/`, import.meta.url));
const api = createApi(dependencies, apiOptions(), consoleFiles);

/** Answers every route of the HTTP API, and the console page. */
export const handler = httpHandler<LambdaEvent, object>(dependencies, handle(api));
