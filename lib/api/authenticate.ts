import type { Context, MiddlewareHandler } from 'hono';
import { METRICS } from '../contract.ts';
import type { Run } from '../domain/run.ts';
import type { ApiKeyRecord, Dependencies, Scope } from '../workflow/ports.ts';
import { checkKey, type KeyCheck } from './keys.ts';
import { createUseNotes } from './last-use.ts';
import { ProblemError } from './problem.ts';
import { limitRequests, retryAfter } from './rate-limit.ts';
import { countRefusals, rememberDigests } from './refusals.ts';

export interface ApiEnv {
  readonly Variables: { readonly apiKey: ApiKeyRecord };
  /** What Lambda says of a request; nothing where the app is asked directly. */
  readonly Bindings: { readonly requestContext?: { readonly http?: { readonly sourceIp?: string } } };
}

/** Lets requests with a valid key and the scope pass; says nothing about what is wrong with any other key. */
export type Guard = (scope?: Scope) => MiddlewareHandler<ApiEnv>;

/** One for the whole app: what it remembers of refused keys counts for every route. */
export function createGuard(dependencies: Dependencies, environment: string): Guard {
  const { clock } = dependencies;
  const known = rememberDigests(clock);
  const refuse = createRefusal(dependencies);
  const noteUse = createUseNotes(dependencies);
  return (scope) => async (context, next) => {
    const presented = presentedKey(context);
    if (presented === undefined) throw unauthenticated();
    const check = await checkKey(dependencies, environment, presented, known);
    if (check.kind !== 'valid') throw refuse(check, context.env?.requestContext?.http?.sourceIp);
    const key = check.record;
    await limitRequests(dependencies, key);
    if (scope !== undefined && !key.scopes.includes(scope))
      throw new ProblemError('FORBIDDEN', { detail: `The API key lacks the scope "${scope}".` });
    context.set('apiKey', key);
    // Beside the request's own work, so that nobody waits for it.
    const noted = noteUse(key);
    await next();
    await noted;
  };
}

/** Headers only: what stands in a URL ends in logs. Two different keys are none, for nobody can say whose request it is. */
function presentedKey(context: Context<ApiEnv>): string | undefined {
  const bearer = /^Bearer +([^\s]+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
  const header = context.req.header('x-api-key');
  return header !== undefined && bearer !== undefined && header !== bearer ? undefined : (header ?? bearer);
}

function unauthenticated(): ProblemError {
  return new ProblemError('UNAUTHENTICATED', {
    detail: 'Send a valid API key as "x-api-key: <key>" or "Authorization: Bearer <key>".',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

/**
 * One answer to every key that is not valid. An address from which many are tried is told to wait, and its refusals are
 * no longer written down; a valid key is never met here, so nobody suffers for a neighbour behind the same address.
 */
function createRefusal({ clock, log }: Pick<Dependencies, 'clock' | 'log'>) {
  const refusals = countRefusals(clock);
  return (check: Exclude<KeyCheck, { kind: 'valid' }>, address: string | undefined): ProblemError => {
    if (check.kind === 'malformed') return unauthenticated();
    // What was somebody's key once is an old configuration, not a guess.
    const limit = check.kind === 'wrong' && address !== undefined ? refusals.count(address) : undefined;
    if (limit !== undefined)
      return new ProblemError('TOO_MANY_REQUESTS', {
        detail: 'Too many invalid API keys came from this address. A valid key is not affected.',
        headers: retryAfter(limit.retryAfterMs),
      });
    log.warn('API key refused', { reason: check.kind, ...(check.kind === 'wrong' ? {} : { keyId: check.keyId }) });
    log.count(METRICS.keyRefused, { reason: check.kind });
    return unauthenticated();
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
