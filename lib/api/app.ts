import { Hono } from 'hono';
import { InvalidInputError, SecretUnavailableError, StoreUnavailableError } from '../domain/errors.ts';
import type { Dependencies } from '../workflow/ports.ts';
import { outputRoutes } from './output-routes.ts';
import { ProblemError, problem } from './problem.ts';
import { type ApiOptions, runRoutes } from './run-routes.ts';

/** The API, version 1: one app, in the cloud behind an HTTP API and on the laptop behind its gateway. */
export function createApi(dependencies: Dependencies, options: ApiOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header('x-content-type-options', 'nosniff');
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
  });
  app.get('/health', (context) => context.json({ status: 'ok' }));
  app.route('/v1', runRoutes(dependencies, options));
  app.route('/v1', outputRoutes(dependencies, options));
  app.notFound((context) => problem(context, 'NOT_FOUND'));
  app.onError((error, context) => {
    if (error instanceof ProblemError) return problem(context, error.code, error.options);
    if (error instanceof InvalidInputError) return problem(context, 'INVALID_REQUEST', { issues: error.issues });
    if (error instanceof StoreUnavailableError || error instanceof SecretUnavailableError)
      return problem(context, 'UNAVAILABLE', {
        detail: 'Try again in a few seconds; a start only with the same Idempotency-Key, or it may run twice.',
        headers: { 'retry-after': '5' },
      });
    dependencies.log.error('request failed', { error: error.name });
    return problem(context, 'INTERNAL');
  });
  return app;
}
