import type { Flow } from '../domain/config.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Issue } from '../domain/errors.ts';
import { basic, loginThenBearer } from '../http/auth.ts';
import type { HttpClient } from '../http/http-client.ts';
import { readSubmitReply } from './assist-edge/reply.ts';
import {
  inputName,
  LEAST_TIMEOUT_MS,
  longestCallMs,
  longestLifeMs,
  platformTimeoutMs,
  replyWithinMs,
  SYNC_TIMEOUT_MS,
  submitBody,
} from './assist-edge/request.ts';
import {
  type AssistEdgeSettings,
  type AssistEdgeTarget,
  assistEdgeCredentials,
  assistEdgeSettings,
  assistEdgeTarget,
  submitPath,
} from './assist-edge/settings.ts';
import { login } from './assist-edge/token.ts';
import { refusedKey, refusedLogin, requireInOrder, untoldKey } from './checked.ts';
import { type Checked, defineProvider, type ProviderSession } from './provider.ts';

const CHECK = 'Login to AssistEdge';

/** A report repeats the inputs up to five times beside the output. */
const MAX_REPORT_BYTES = 4_194_304;

/**
 * EdgeVerve AssistEdge RPA, the Listener API. One request is all there is: no status, result, list or cancel call. A
 * synchronous flow is held open until a robot has finished; an asynchronous one ends `HANDED_OFF` in the queue.
 */
export const assistEdge = defineProvider({
  id: 'assist-edge',
  words: {
    name: 'EdgeVerve AssistEdge RPA',
    baseUrlExample: 'https://rpa.example.com',
    keyHint: 'user name and password of a user of the Listener API',
  },
  settings: assistEdgeSettings,
  target: assistEdgeTarget,
  credentials: assistEdgeCredentials,
  auth(credentials, settings) {
    if (credentials === undefined) throw new TypeError('AssistEdge has no anonymous access');
    if (settings.dialect === 'legacy') return basic(credentials.username, credentials.password);
    return loginThenBearer({
      login: (client, signal) => login(client, settings, credentials, signal),
      lifetimeMs: settings.tokenLifetime,
    });
  },
  checkFlow,
  connect({ settings, target, http }): ProviderSession {
    const { isSync, outputApp } = target;
    const { selfReportedFailure, expiryCodes, serverErrorMeansNotAccepted } = settings;
    return {
      ...(isSync ? { startTimeoutMs: longestCallMs(settings) } : {}),
      async start(request, { signal }) {
        const timeoutMs = platformTimeoutMs(settings, isSync, request.remainingMs);
        const heldMs = replyWithinMs(timeoutMs, settings);
        const reply = await http.send({
          method: 'POST',
          path: submitPath(settings),
          body: { kind: 'json', value: submitBody(settings, target, request, timeoutMs) },
          // Nothing is sent while a robot works, so silence may last as long as the whole call.
          ...(isSync ? { limits: { idleMs: heldMs, totalMs: heldMs, maxBytes: MAX_REPORT_BYTES } } : {}),
          signal,
          once: true,
        });
        return readSubmitReply(reply, {
          isSync,
          outputApp,
          selfReportedFailure,
          expiryCodes,
          serverErrorMeansNotAccepted,
        });
      },
      check: ({ signal }) => checkLogin(http, settings, signal),
    };
  },
});

/** A GET where only a POST starts anything; the login comes before it, and is what is asked about. */
async function checkLogin(http: HttpClient, settings: AssistEdgeSettings, signal: AbortSignal): Promise<Checked> {
  const send = () => http.send({ method: 'GET', path: submitPath(settings), signal });
  const reply = await send().catch((error: unknown) => refusedLogin(error));
  if ('key' in reply) return reply;
  if (settings.dialect === 'legacy') {
    requireInOrder(reply, CHECK);
    const why = `the reply was ${reply.status}, which the broker may give before it looks at the user`;
    return refusedKey(reply, CHECK) ?? untoldKey(CHECK, why);
  }
  if (reply.status === 401)
    return untoldKey(CHECK, 'a token was given, but is not accepted; check `tenant` and `submitPath`');
  return { key: 'accepted', message: `${CHECK}: a token was given for this user name and password` };
}

function checkFlow(flow: Flow, settings: AssistEdgeSettings, target: AssistEdgeTarget): readonly Issue[] {
  return [
    ...(flow.rawBody ? [{ path: 'rawBody', message: 'AssistEdge takes parameters, no body of its own' }] : []),
    ...outputIssues(flow, target),
    ...nameIssues(flow),
    ...deadlineIssues(flow, settings, target),
  ];
}

function outputIssues(flow: Flow, { isSync, outputApp }: AssistEdgeTarget): readonly Issue[] {
  if (isSync) return [];
  const why = 'an asynchronous request ends in the queue and never tells its result; set target.isSync to true';
  return [
    ...(outputApp === undefined ? [] : [{ path: 'target.outputApp', message: why }]),
    ...(flow.outputRequired ? [{ path: 'outputRequired', message: why }] : []),
  ];
}

function nameIssues({ parameters }: Flow): readonly Issue[] {
  const names = Object.entries(parameters).map(([key, { apiName }]) => ({ key, wire: inputName(apiName ?? key) }));
  return names
    .filter(({ wire }, at) => names.findIndex((other) => other.wire === wire) !== at)
    .map(({ key, wire }) => ({ path: `parameters.${key}`, message: `is sent as ${wire}, as another parameter is` }));
}

/** The platform's own retries are its time, and its time must fit into ours. */
function deadlineIssues(
  { deadline }: Flow,
  { platformTimeout, vendorRetry }: AssistEdgeSettings,
  { isSync }: AssistEdgeTarget,
): readonly Issue[] {
  // An asynchronous request shares out what is left of the run, so that only its cool-offs are fixed.
  const neededMs = longestLifeMs(platformTimeout ?? (isSync ? SYNC_TIMEOUT_MS : LEAST_TIMEOUT_MS), vendorRetry);
  if (neededMs <= deadline || (platformTimeout === undefined && vendorRetry === undefined)) return [];
  const settings = vendorRetry === undefined ? 'platformTimeout' : 'platformTimeout and vendorRetry';
  return [{ path: 'deadline', message: `is shorter than the ${formatDuration(neededMs)} that ${settings} allow` }];
}
