import type { MiddlewareHandler } from 'hono';
import type { Run } from '../domain/run.ts';
import type { ApiKeyRecord, Dependencies, Scope } from '../workflow/ports.ts';
import { verifyKey } from './keys.ts';
import { ProblemError } from './problem.ts';

export interface ApiEnv {
  readonly Variables: { readonly apiKey: ApiKeyRecord };
}

/** Lets requests with a valid key and the scope pass; says nothing about what is wrong with any other key. */
export function requireScope(dependencies: Dependencies, environment: string, scope: Scope): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const bearer = /^Bearer ([^\s]+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
    const presented = context.req.header('x-api-key') ?? bearer;
    const key = presented === undefined ? undefined : await verifyKey(dependencies, environment, presented);
    if (key === undefined)
      throw new ProblemError('UNAUTHENTICATED', {
        detail: 'Send a valid API key as "x-api-key: <key>" or "Authorization: Bearer <key>".',
        headers: { 'www-authenticate': 'Bearer' },
      });
    if (!key.scopes.includes(scope))
      throw new ProblemError('FORBIDDEN', { detail: `The API key lacks the scope "${scope}".` });
    context.set('apiKey', key);
    return next();
  };
}

/** A key limited to flows sees only those; everything else does not exist for it. */
export function maySee(key: ApiKeyRecord, flowId: string): boolean {
  return key.flows === undefined || key.flows.includes(flowId);
}

/** The run, or the same 404 for one that is absent and one that is not for this key. */
export async function visibleRun(dependencies: Dependencies, key: ApiKeyRecord, runId: string): Promise<Run> {
  const run = /^run_[0-9A-HJKMNP-TV-Z]{26}$/.test(runId) ? await dependencies.store.get(runId) : undefined;
  if (run === undefined || !maySee(key, run.flowId)) throw new ProblemError('NOT_FOUND');
  return run;
}
