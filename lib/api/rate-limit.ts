import type { ApiKeyRecord, Dependencies } from '../workflow/ports.ts';
import { ProblemError } from './problem.ts';

/** Header of a refusal that passes: whole seconds, at least one. */
export function retryAfter(ms: number): { readonly 'retry-after': string } {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1_000))) };
}

/** Takes the request off what its key may ask for. @throws ProblemError 429 when nothing is left just now. */
export async function limitRequests({ buckets }: Pick<Dependencies, 'buckets'>, { keyId }: ApiKeyRecord) {
  const taken = await buckets.take(keyId);
  if (taken.ok) return;
  throw new ProblemError('TOO_MANY_REQUESTS', {
    detail:
      'This API key asks for more than its share of requests a second; the limit keeps one caller from crowding out others. Nothing was done: ask again after "Retry-After".',
    headers: retryAfter(taken.retryAfterMs),
  });
}
