/** What a platform says, made fit for a record: scrubbed of secrets, without control characters, capped. */
import {
  HandlerTimeoutError,
  ProviderCallError,
  SecretUnavailableError,
  StoreUnavailableError,
} from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { type Scrubber, tidy } from '../domain/redact.ts';
import type { Progress, RunError, Verdict, WaitingFor } from '../domain/run.ts';

const MAX_WORD = 64;
const MAX_MESSAGE = 500;
const MAX_DETAILS = 4_096;
const MAX_FORM = 32_768;

export function word(scrubber: Scrubber, text: string): string {
  return tidy(scrubber.text(text), MAX_WORD);
}

export function sentence(scrubber: Scrubber, text: string): string {
  return tidy(scrubber.text(text), MAX_MESSAGE);
}

export function progressOf(scrubber: Scrubber, progress: Progress | undefined): Progress | undefined {
  if (progress === undefined) return undefined;
  const { percentage, message } = progress;
  return {
    ...(percentage === undefined ? {} : { percentage: Math.min(100, Math.max(0, percentage)) }),
    ...(message === undefined ? {} : { message: sentence(scrubber, message) }),
  };
}

export function waitingForOf(scrubber: Scrubber, url: string | undefined, form: JsonObject | undefined): WaitingFor {
  const scrubbed = form === undefined ? undefined : scrubber.json(form);
  const fits = scrubbed !== undefined && new TextEncoder().encode(JSON.stringify(scrubbed)).length <= MAX_FORM;
  return {
    kind: 'input',
    ...(url === undefined ? {} : { url: scrubber.text(url) }),
    ...(fits ? { form: scrubbed } : {}),
  };
}

export function verdictOf(scrubber: Scrubber, verdict: Verdict): Verdict {
  return {
    status: verdict.status,
    ...(verdict.remoteStatus === undefined ? {} : { remoteStatus: word(scrubber, verdict.remoteStatus) }),
    ...(verdict.error === undefined ? {} : { error: errorOf(scrubber, verdict.error) }),
    ...(verdict.falloutReason === undefined ? {} : { falloutReason: verdict.falloutReason }),
    ...(verdict.class === undefined ? {} : { class: verdict.class }),
  };
}

function errorOf(scrubber: Scrubber, error: RunError): RunError {
  const details: Json[] = [];
  let length = 0;
  for (const detail of error.details ?? []) {
    const scrubbed = scrubber.json(detail);
    length += JSON.stringify(scrubbed).length;
    if (length > MAX_DETAILS) break;
    details.push(scrubbed);
  }
  return {
    code: error.code,
    message: sentence(scrubber, error.message),
    ...(details.length === 0 ? {} : { details }),
  };
}

/** A failure in one sentence. Unknown errors give their name only: their texts may quote what they choked on. */
export function describe(scrubber: Scrubber, error: unknown): string {
  if (error instanceof ProviderCallError) {
    const said = error.remoteText === undefined || error.remoteText === '' ? '' : ` It said: ${error.remoteText}`;
    return sentence(scrubber, `${error.message}${said}`);
  }
  // Our own words: they name a service or a secret, never what is in it.
  if (error instanceof SecretUnavailableError || error instanceof StoreUnavailableError)
    return sentence(scrubber, error.message);
  if (error instanceof HandlerTimeoutError) return 'The time for one call was over.';
  return error instanceof Error ? error.name : 'unknown failure';
}
