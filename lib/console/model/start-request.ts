/** The start that a filled form asks for. Pure. */
import type { JsonObject } from '../../domain/json.ts';

/** What can be filled in beside the parameters. */
export interface Extras {
  /** The platform's own body, for flows that take one. */
  readonly body: string;
  readonly businessKey: string;
}

export interface StartBody {
  readonly parameters?: JsonObject;
  readonly body?: string;
  readonly businessKey?: string;
}

export function startBody(
  flow: { readonly rawBody?: boolean | undefined },
  parameters: JsonObject,
  { body, businessKey }: Extras,
): StartBody {
  const key = businessKey.trim();
  return {
    ...(flow.rawBody === true ? { body } : { parameters }),
    ...(key === '' ? {} : { businessKey: key }),
  };
}

/** Said where nobody can say whether a start arrived. */
export const IN_DOUBT =
  'Perhaps it has begun all the same. Press Start again: the same form is known, and starts one run however often it is sent.';

/** True where nobody can say whether the request arrived: no answer at all, or one of a fault. */
export function isInDoubt(error: Error | null): boolean {
  if (error === null) return false;
  const status = 'status' in error ? error.status : 0;
  return typeof status === 'number' && (status === 0 || status >= 500);
}
