/** What a function's answer to a batch of messages means, as Lambda reads it. Pure. */
import type { Json } from '../domain/json.ts';
import type { InvokeResult } from './functions.ts';

/** Undefined for what Lambda does not accept as an answer: then it counts the whole batch as failed. */
function identifiersIn(answer: Json): readonly Json[] | undefined {
  if (answer === null || answer === '') return [];
  if (typeof answer !== 'object' || Array.isArray(answer)) return undefined;
  const { batchItemFailures = null } = answer as { readonly batchItemFailures?: Json };
  if (batchItemFailures === null) return [];
  if (!Array.isArray(batchItemFailures)) return undefined;
  return batchItemFailures.map((item) => (item as { readonly itemIdentifier?: Json } | null)?.itemIdentifier ?? null);
}

/**
 * Of the messages of a batch those that stay in the queue. None when the answer names none; all of them when the
 * function failed, or when it names one that is empty, missing or none of the batch.
 */
export function failedMessages(result: InvokeResult, messageIds: readonly string[]): ReadonlySet<string> {
  const all = new Set(messageIds);
  if (!result.ok) return all;
  const failed = new Set<string>();
  for (const identifier of identifiersIn(result.value) ?? [null]) {
    if (typeof identifier !== 'string' || !all.has(identifier)) return all;
    failed.add(identifier);
  }
  return failed;
}
