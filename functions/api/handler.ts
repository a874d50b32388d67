import { setTimeout as pause } from 'node:timers/promises';
import { handle } from 'hono/aws-lambda';
import { createApi } from '../../lib/api/app.ts';
import { apiDependencies } from '../../lib/aws/dependencies.ts';
import { ENV } from '../../lib/contract.ts';

const environment = process.env[ENV.environment] ?? 'prod';

/** Answers every route of the HTTP API. */
export const handler = handle(createApi(apiDependencies(), { environment, sleep: pause }));
