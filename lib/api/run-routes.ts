import { Hono } from 'hono';
import { z } from 'zod';
import { isTerminal } from '../domain/status.ts';
import { acceptRun } from '../workflow/accept-run.ts';
import type { Dependencies } from '../workflow/ports.ts';
import { type ApiEnv, maySee, requireScope, visibleRun } from './authenticate.ts';
import { awaitRun, waitWanted } from './await-run.ts';
import { readBody } from './body.ts';
import { ProblemError } from './problem.ts';
import { runView } from './run-view.ts';

export interface ApiOptions {
  /** Short name of the deployment; a part of its keys. */
  readonly environment: string;
}

const MAX_TAGS = 50;

const startSchema = z.strictObject({
  parameters: z.record(z.string(), z.json()).default({}),
  body: z.string().optional(),
  businessKey: z.string().min(1).max(256).optional(),
  tags: z
    .record(z.string().max(128), z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `expected at most ${MAX_TAGS} tags`)
    .optional(),
  timeoutMs: z.int().min(1_000).optional(),
  retry: z
    .strictObject({ maxAttempts: z.int().min(1).max(100).optional(), coolOffMs: z.int().min(0).optional() })
    .optional(),
});

const requestKeySchema = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'expected 1 to 255 printable ASCII characters')
  .optional();

/** Starting runs and looking at them. */
export function runRoutes(dependencies: Dependencies, { environment }: ApiOptions): Hono<ApiEnv> {
  const { executions, store } = dependencies;
  const mayStart = requireScope(dependencies, environment, 'runs:start');
  const mayRead = requireScope(dependencies, environment, 'runs:read');
  const routes = new Hono<ApiEnv>();

  routes.post('/flows/:flowId/runs', mayStart, async (context) => {
    const flowId = context.req.param('flowId');
    const key = context.get('apiKey');
    if (!maySee(key, flowId)) throw new ProblemError('NOT_FOUND');
    const requestKey = requestKeySchema.safeParse(context.req.header('idempotency-key'));
    if (!requestKey.success)
      throw new ProblemError('INVALID_REQUEST', {
        issues: requestKey.error.issues.map(({ message }) => ({ path: 'Idempotency-Key', message })),
      });
    const request = dropUndefined(await readBody(context, startSchema));
    const accepted = await acceptRun(dependencies, {
      ...request,
      flowId,
      trigger: 'api',
      requestedBy: key.keyId,
      ...(requestKey.data === undefined ? {} : { requestKey: requestKey.data }),
    });
    if (accepted.kind === 'unknown-flow')
      throw new ProblemError('NOT_FOUND', { detail: `There is no flow "${flowId}".` });
    if (accepted.kind === 'key-reused') throw new ProblemError('IDEMPOTENCY_KEY_REUSED');
    if (accepted.kind === 'replayed') context.header('Idempotent-Replayed', 'true');
    const waitMs = waitWanted(context);
    const run = waitMs === 0 ? accepted.run : await awaitRun(dependencies, accepted.run, waitMs);
    context.header('Location', `/v1/runs/${run.id}`);
    const ended = waitMs > 0 && isTerminal(run.status);
    return context.json(runView(run, executions.arnOf(run.id, run.generation)), ended ? 200 : 202);
  });

  routes.get('/runs/:runId', mayRead, async (context) => {
    const run = await visibleRun(dependencies, context.get('apiKey'), context.req.param('runId'));
    return context.json(runView(run, executions.arnOf(run.id, run.generation)));
  });

  routes.get('/runs/:runId/events', mayRead, async (context) => {
    const run = await visibleRun(dependencies, context.get('apiKey'), context.req.param('runId'));
    return context.json({ items: await store.events(run.id) });
  });

  return routes;
}

type Defined<T> = {
  [Key in keyof T]: Exclude<T[Key], undefined> extends object
    ? Defined<Exclude<T[Key], undefined>>
    : Exclude<T[Key], undefined>;
};

/** JSON has no `undefined`, and neither has what we pass on. */
function dropUndefined<T>(value: T): Defined<T> {
  return JSON.parse(JSON.stringify(value));
}
