/** Builds what is sent to AssistEdge, and reckons how long the platform may take. Pure. */
import type { Json, JsonObject } from '../../domain/json.ts';
import type { StartRequest } from '../provider.ts';
import type { AssistEdgeSettings, AssistEdgeTarget } from './settings.ts';

/** Together with the margin it fits into the time one start call has. */
export const SYNC_TIMEOUT_MS = 20_000;

/** The reply must still come through when the platform used all of its time. */
const REPLY_MARGIN_MS = 5_000;

/** Below this an attempt could only expire. */
export const LEAST_TIMEOUT_MS = 1_000;

/** The vendor's `Integer`. */
const MAX_INTEGER = 2_147_483_647;

export const INPUT_PREFIX = 'Search.';

/** Name of a search input on the wire; a name that has the prefix already keeps it. */
export function inputName(apiName: string): string {
  return apiName.startsWith(INPUT_PREFIX) ? apiName : `${INPUT_PREFIX}${apiName}`;
}

/**
 * How long one request may live at the platform: whether `requestTimeout` covers one attempt or all is not said, so
 * the long reading counts.
 */
export function longestLifeMs(timeoutMs: number, retry: AssistEdgeSettings['vendorRetry']): number {
  if (retry === undefined) return timeoutMs;
  return (1 + retry.noOfTimesRetry) * timeoutMs + retry.noOfTimesRetry * retry.retryCoolOffInterval;
}

/** How long a synchronous call may be held open, the way there and back included. */
export function longestCallMs(settings: AssistEdgeSettings): number {
  return replyWithinMs(settings.platformTimeout ?? SYNC_TIMEOUT_MS, settings);
}

/** When the reply to a synchronous request with this `requestTimeout` is overdue. */
export function replyWithinMs(timeoutMs: number, settings: AssistEdgeSettings): number {
  return longestLifeMs(timeoutMs, settings.vendorRetry) + REPLY_MARGIN_MS;
}

/** The `requestTimeout` of one attempt: as configured, but all attempts together end before the run's deadline. */
export function platformTimeoutMs(settings: AssistEdgeSettings, isSync: boolean, remainingMs: number): number {
  const wanted = settings.platformTimeout ?? (isSync ? SYNC_TIMEOUT_MS : MAX_INTEGER);
  const { noOfTimesRetry: retries, retryCoolOffInterval: coolOffMs } = settings.vendorRetry ?? {
    noOfTimesRetry: 0,
    retryCoolOffInterval: 0,
  };
  const share = (remainingMs - retries * coolOffMs) / (1 + retries);
  return Math.trunc(Math.min(wanted, MAX_INTEGER, Math.max(share, LEAST_TIMEOUT_MS)));
}

/** The body of a submit, in the dialect of the connection. */
export function submitBody(
  settings: AssistEdgeSettings,
  target: AssistEdgeTarget,
  request: StartRequest,
  timeoutMs: number,
): JsonObject {
  const sourceId = target.sourceId ?? request.correlation;
  const inputs = searchInputs(request.parameters, settings.capitaliseBooleans);
  if (settings.dialect === 'legacy') return legacyBody(settings, target, { sourceId, inputs, timeoutMs });
  return {
    // A JSON object as a string: the form every known caller sends, and `"{}"` where there is nothing to say.
    processInput: JSON.stringify(inputs),
    processName: target.processName,
    profileName: target.profileName,
    requestTimeout: timeoutMs,
    retry: settings.vendorRetry !== undefined,
    ...(settings.vendorRetry === undefined ? {} : { retryConfigurations: { ...settings.vendorRetry } }),
    isSync: target.isSync,
    sourceId,
    ...(settings.source === undefined ? {} : { source: settings.source }),
  };
}

interface LegacyParts {
  readonly sourceId: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

function legacyBody(settings: AssistEdgeSettings, target: AssistEdgeTarget, parts: LegacyParts): JsonObject {
  const performAutomation = {
    AutomationInputDictionary: parts.inputs,
    ProcessName: target.processName,
    ProfileName: target.profileName,
    UserName: settings.legacy.userName,
    ID: '',
    RetryFlag: settings.vendorRetry !== undefined,
    Retry: {
      PreviousRequestIds: [],
      NoOfTimesRetry: settings.vendorRetry?.noOfTimesRetry ?? 0,
      RetryCoolOffInterval: settings.vendorRetry?.retryCoolOffInterval ?? 0,
    },
  };
  return {
    payload: JSON.stringify({ PerformAutomation: performAutomation }),
    content_type: 'json',
    content_encoding: 'application/json',
    profile: target.profileName,
    expiration: parts.timeoutMs,
    wait_for_completion: target.isSync,
    source_message_id: parts.sourceId,
    app_id: settings.legacy.appId,
    header: {},
  };
}

function searchInputs(parameters: JsonObject, capitaliseBooleans: boolean): Readonly<Record<string, string>> {
  const text = (value: Json): string => {
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean' && capitaliseBooleans) return value ? 'True' : 'False';
    return JSON.stringify(value);
  };
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [inputName(name), text(value)]));
}
