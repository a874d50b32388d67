import { Hono } from 'hono';
import type { ConsoleFiles } from '../domain/console-file.ts';
import { InvalidInputError, SecretUnavailableError, StaleRunError, StoreUnavailableError } from '../domain/errors.ts';
import type { Dependencies } from '../workflow/ports.ts';
import { type ApiEnv, createGuard } from './authenticate.ts';
import { mountConsole } from './console.ts';
import { mount } from './mount.ts';
import { ProblemError, problem } from './problem.ts';
import type { ApiOptions } from './route.ts';
import { ROUTES } from './routes.ts';

/**
 * The API, version 1: one app, in the cloud behind an HTTP API and on the laptop behind its gateway.
 * @param files of the console page; without them there is none
 */
export function createApi(dependencies: Dependencies, options: ApiOptions, files?: ConsoleFiles): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.use(async (context, next) => {
    await next();
    context.header('x-content-type-options', 'nosniff');
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
  });
  const guard = createGuard(dependencies, options.environment);
  for (const route of ROUTES) mount(app, route, { dependencies, options, guard });
  if (files !== undefined) mountConsole(app, files);
  app.notFound((context) =>
    problem(context, 'NOT_FOUND', { detail: 'No call has this method and path; GET /openapi.json lists them all.' }),
  );
  app.onError((error, context) => {
    if (error instanceof ProblemError) return problem(context, error.code, error.options);
    if (error instanceof InvalidInputError) return problem(context, 'INVALID_REQUEST', refusalOf(error));
    if (isPassing(error))
      return problem(context, 'UNAVAILABLE', {
        detail: 'Try again in a few seconds; a start only with the same Idempotency-Key, or it may run twice.',
        headers: { 'retry-after': '5' },
      });
    dependencies.log.error('request failed', { error: error.name });
    return problem(context, 'INTERNAL');
  });
  return app;
}

function refusalOf({ message, issues }: InvalidInputError) {
  return issues.length === 0 ? { detail: message } : { issues };
}

/** Our own services, or somebody who keeps writing the same run: it passes. */
function isPassing(error: Error): boolean {
  return [StoreUnavailableError, SecretUnavailableError, StaleRunError].some((kind) => error instanceof kind);
}
