/** What a person answers to a waiting run: sealed into its record, given to the platform by the machine. */
import { InvalidInputError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import { isoTime } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import { MAX_SENSITIVE_BYTES } from './accept-run.ts';
import type { Dependencies } from './ports.ts';
import { decide, wake } from './wake.ts';

export type Answered =
  | { readonly kind: 'given'; readonly run: Run }
  | { readonly kind: 'not-waiting'; readonly run: Run }
  /** Only a person at `waitingFor.url` can answer. */
  | { readonly kind: 'not-answerable'; readonly run: Run }
  /** An earlier answer is still on its way to the platform. */
  | { readonly kind: 'busy'; readonly run: Run }
  | { readonly kind: 'unknown' };

/**
 * @param values as the form of the question names them.
 * @param by id of the API key that answers.
 * @throws InvalidInputError for more than a record should carry. StaleRunError, StoreUnavailableError: ask again.
 */
export async function answerRun(
  dependencies: Dependencies,
  runId: string,
  values: JsonObject,
  by?: string,
): Promise<Answered> {
  checkSize(values);
  const answered = await decide(dependencies, runId, async (run): Promise<Answered> => {
    if (run.status !== 'WAITING_FOR_INPUT' || run.cancel !== undefined) return { kind: 'not-waiting', run };
    if (run.waitingFor?.answerable !== true) return { kind: 'not-answerable', run };
    if (run.answer !== undefined) return { kind: 'busy', run };
    const sealed = await dependencies.vault.sealValues(run.id, values);
    const answer = { sealed, at: isoTime(dependencies.clock.now()) };
    const fields = Object.keys(values);
    const message = `An answer came in (${fields.length === 1 ? '1 field' : `${fields.length} fields`}); it goes to the platform.`;
    const event = { type: 'input', message, ...(by === undefined ? {} : { data: { by } }) } as const;
    return { kind: 'given', run: await wake(dependencies, run, { answer }, event) };
  });
  return answered ?? { kind: 'unknown' };
}

function checkSize(values: JsonObject): void {
  const bytes = new TextEncoder().encode(JSON.stringify(values)).length;
  if (bytes <= MAX_SENSITIVE_BYTES) return;
  const message = `may take ${MAX_SENSITIVE_BYTES} bytes in all, got ${bytes}`;
  throw new InvalidInputError('The answer is too large.', [{ path: 'values', message }]);
}
