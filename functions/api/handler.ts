import { handle, type LambdaEvent } from 'hono/aws-lambda';
import { createApi } from '../../lib/api/app.ts';
import { apiDependencies, apiOptions } from '../../lib/aws/dependencies.ts';
import { httpHandler } from '../../lib/aws/middleware.ts';

const dependencies = apiDependencies();

/** Answers every route of the HTTP API. */
export const handler = httpHandler<LambdaEvent, object>(dependencies, handle(createApi(dependencies, apiOptions())));
