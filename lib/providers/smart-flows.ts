import { z } from 'zod';
import type { Flow } from '../domain/config.ts';
import { InvalidInputError, type Issue, ProviderProtocolError, SecretUnavailableError } from '../domain/errors.ts';
import { apiKeyHeader, loginThenBearer } from '../http/auth.ts';
import type { HttpClient, HttpReply } from '../http/http-client.ts';
import { failureOf, isSuccess, readJson } from '../http/reply.ts';
import { checkXml, writeXml } from '../http/xml.ts';
import {
  type CallOptions,
  defineProvider,
  impossibleRemoteId,
  type ProviderSession,
  type Started,
  type StartRequest,
} from './provider.ts';
import { checkSmartFlows } from './smart-flows/check.ts';
import { findRuns } from './smart-flows/find.ts';
import { isCanceled, lookOf, progressIn, startedStatus } from './smart-flows/look.ts';
import { outputOf } from './smart-flows/output.ts';
import {
  API,
  callLimits,
  EXECUTION_LIMITS,
  EXECUTIONS,
  executionIdOf,
  idSchema,
  progressOf,
  progressSchema,
  readProgress,
  type SmartFlowsSettings,
  type SmartFlowsTarget,
  smartFlowsSettings,
  smartFlowsTarget,
  type Wire,
  XML_NAME,
} from './smart-flows/wire.ts';
import { startFailureOf } from './start-failure.ts';

/** The documented spelling, to the letter. */
const XML_TYPE = 'application/xml; charset="utf-8"';

const apiKeySchema = z.strictObject({ apiKey: z.string().min(1) });
const loginSchema = z.strictObject({
  username: z.string().min(1),
  password: z.string().min(1),
  loginContext: z.string().min(1).optional(),
});
const credentialsSchema = z.union([apiKeySchema, loginSchema]);
type Login = z.output<typeof loginSchema>;

const tokensSchema = z.object({ tokens: z.array(z.object({ scope: z.string().nullish(), token: z.string().min(1) })) });
/** The interactive start answers with a progress object, the other with an execution; both have these. */
const startedSchema = progressSchema.extend({ id: idSchema, status: z.string().nullish() });

/** Smart Flows (Invenso, Xpertdoc, Experlogix): XML in, documents out, questions answered by people or by API. */
export const smartFlows = defineProvider({
  id: 'smart-flows',
  words: {
    name: 'Smart Flows',
    baseUrlExample: 'https://acme.smartflows.example',
    keyHint: 'an API key of a user who may run the flow',
  },
  settings: smartFlowsSettings,
  target: smartFlowsTarget,
  credentials: credentialsSchema,
  auth(credentials, { auth, jwtScope }) {
    if (auth === 'api-key' && credentials !== undefined && 'apiKey' in credentials)
      return apiKeyHeader('X-API-Key', credentials.apiKey);
    if (auth === 'jwt' && credentials !== undefined && 'username' in credentials)
      return loginThenBearer({ login: (client, signal) => login(client, credentials, jwtScope, signal) });
    const wanted = auth === 'jwt' ? '{"username","password"}' : '{"apiKey"}';
    throw new SecretUnavailableError(`Smart Flows with auth "${auth}" needs a secret ${wanted}.`, 'malformed');
  },
  checkFlow,
  handleOf(remoteId) {
    if (idSchema.safeParse(remoteId).success) return { remoteId };
    throw impossibleRemoteId(
      'the id of a Smart Flows execution: a GUID, or up to 200 letters, digits, ".", "_", "~", ":" and "-"',
    );
  },
  connect,
});

async function login(client: HttpClient, user: Login, scope: string | undefined, signal: AbortSignal): Promise<string> {
  const what = 'the login';
  const path = [...API, 'authenticate', 'login'];
  const reply = await client.send({ method: 'POST', path, body: { kind: 'json', value: user }, signal });
  if (!isSuccess(reply)) throw failureOf(reply, { operation: 'read', what });
  const { tokens } = readJson(reply, tokensSchema, { operation: 'read', what });
  const found = scope === undefined ? tokens[0] : tokens.find((token) => token.scope === scope);
  if (found === undefined) throw new ProviderProtocolError('The login to Smart Flows brought no token to use.');
  return found.token;
}

function checkFlow(flow: Flow, _settings: SmartFlowsSettings, target: SmartFlowsTarget): readonly Issue[] {
  const parameters = Object.entries(flow.parameters);
  const issues: Issue[] = [];
  if (parameters.length > 0 && target.rootElement === undefined)
    issues.push({ path: 'target.rootElement', message: 'required because the flow has parameters' });
  for (const [name, { apiName }] of parameters) {
    if (XML_NAME.test(apiName ?? name)) continue;
    issues.push({ path: `parameters.${name}.apiName`, message: 'expected the name of an XML element' });
  }
  return issues;
}

function connect(wire: Wire): ProviderSession {
  const maxHoldMs = wire.settings.longPollSeconds * 1_000;
  return {
    ...(maxHoldMs > 0 ? { maxHoldMs } : {}),
    start: (request, options) => start(wire, request, options),
    poll: async (handle, options) => {
      const executionId = executionIdOf(handle);
      return lookOf(wire, executionId, await readProgress(wire, executionId, options), options);
    },
    fetchOutput: (handle, options) => outputOf(wire, executionIdOf(handle), options),
    cancel: (handle, options) => cancel(wire, executionIdOf(handle), options),
    answer: async (handle, values, options) => {
      const executionId = executionIdOf(handle);
      const path = [...EXECUTIONS, executionId, 'progress'];
      const body = { kind: 'json', value: values } as const;
      const limits = callLimits(wire.settings);
      // As a start: a stale connection must not leave in doubt whether the answer has arrived.
      const reply = await wire.http.send({ method: 'POST', path, body, limits, once: true, signal: options.signal });
      return lookOf(wire, executionId, progressOf(reply, executionId, 'the answer to the question'), options);
    },
    find: (request, options) => findRuns(wire, request, bodyOf(wire.target, request), options),
    check: (options) => checkSmartFlows(wire, options),
  };
}

async function start(wire: Wire, request: StartRequest, { signal }: CallOptions): Promise<Started> {
  const { http, settings, target } = wire;
  const skips = settings.startMode === 'skip-questions';
  const text = bodyOf(target, request);
  const reply = await http.send({
    method: 'POST',
    path: skips ? [...EXECUTIONS, 'start'] : EXECUTIONS,
    query: skips ? { flow: target.flowId } : { flowId: target.flowId },
    body: { kind: 'text', contentType: XML_TYPE, text },
    // The other start answers with the whole execution, which repeats the input.
    ...(skips ? { limits: EXECUTION_LIMITS } : {}),
    once: true,
    signal,
  });
  const what = 'the start of the flow';
  const { serverErrorMeansNotAccepted } = settings;
  if (!isSuccess(reply)) throw startFailureOf(reply, { what, serverErrorMeansNotAccepted });
  const started = readJson(reply, startedSchema, { operation: 'start', what });
  const progress = progressIn({ ...started, status: started.status ?? '' });
  return {
    kind: 'accepted',
    handle: { remoteId: started.id },
    remoteId: started.id,
    status: startedStatus(started.status),
    ...(started.status == null ? {} : { remoteStatus: started.status }),
    ...(progress === undefined ? {} : { progress }),
  };
}

/**
 * The XML to send, or nothing for a flow whose input type is "none".
 * @throws InvalidInputError when it would not be well-formed.
 */
function bodyOf(
  { rootElement }: SmartFlowsTarget,
  { parameters, rawBody }: Pick<StartRequest, 'parameters' | 'rawBody'>,
) {
  if (rawBody !== undefined) {
    const mistakes = checkXml(rawBody);
    if (mistakes.length === 0) return rawBody;
    const issues = mistakes.map((message) => ({ path: 'body', message }));
    throw new InvalidInputError('The body is not the XML that Smart Flows takes.', issues);
  }
  if (rootElement !== undefined) return writeXml(rootElement, parameters);
  if (Object.keys(parameters).length === 0) return '';
  const issues = [{ path: 'target.rootElement', message: 'required because the flow has parameters' }];
  throw new InvalidInputError('The parameters have no element to be written into.', issues);
}

/** The client definition and the vendor's guide disagree on the path: the former first, the latter where it is refused. */
async function cancel(wire: Wire, executionId: string, options: CallOptions): Promise<'confirmed' | 'unconfirmed'> {
  const path = [...EXECUTIONS, executionId];
  const request = { method: 'DELETE', limits: callLimits(wire.settings), ...options } as const;
  let reply = await wire.http.send({ ...request, path: [...path, 'progress'] });
  if (reply.status === 404 || reply.status === 405) reply = await wire.http.send({ ...request, path });
  if (!isSuccess(reply)) throw failureOf(reply, { operation: 'read', what: 'the cancellation' });
  if (saysCanceled(reply, executionId)) return 'confirmed';
  // What the guide's path answers is unpublished, so the execution itself is asked.
  const { status } = await readProgress(wire, executionId, options);
  return isCanceled(status) ? 'confirmed' : 'unconfirmed';
}

function saysCanceled(reply: HttpReply, executionId: string): boolean {
  try {
    return isCanceled(progressOf(reply, executionId, 'the cancellation').status);
  } catch {
    return false;
  }
}
