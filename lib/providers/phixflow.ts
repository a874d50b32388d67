import { z } from 'zod';
import { InvalidInputError, ProviderProtocolError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import { anonymous, apiKeyHeader } from '../http/auth.ts';
import type { HttpReply } from '../http/http-client.ts';
import { parseJson } from '../http/json.ts';
import { failureOf, isSuccess, readJson } from '../http/reply.ts';
import { refusedKey, requireInOrder, untoldKey } from './checked.ts';
import { apiKeySchema } from './credentials.ts';
import { checkPhixflowFlow } from './phixflow/check.ts';
import { isProcessId, lookOf, outputOf, resultOf } from './phixflow/reply.ts';
import {
  effectiveTimeoutMs,
  endpointSettings,
  type PhixflowSettings,
  type PhixflowTarget,
  phixflowSettingsSchema,
  phixflowTargetSchema,
} from './phixflow/settings.ts';
import { handleFor, type PhixflowEndpoint, startEndpoint } from './phixflow/start.ts';
import { type EndpointNames, statusUrl } from './phixflow/url.ts';
import {
  type Checked,
  defineProvider,
  impossibleRemoteId,
  type ProviderOptions,
  type ProviderSession,
} from './provider.ts';

const CHECK = 'Status of a PhixFlow process that cannot exist';
/** Numbers are given from one upwards. */
const NO_PROCESS = '0';
const STATUS = { operation: 'read', what: 'Status of a PhixFlow run' } as const;

/** Parsed JSON is JSON; checking it again would take longer than parsing it. */
const jsonSchema = z.custom<Json>();

/** PhixFlow aborts a command when its own timeout strikes; the word of it must still reach us. */
const REPLY_MARGIN_MS = 5_000;

/** PhixFlow actionflows behind API endpoints. Cannot cancel, list runs or show progress. */
export const phixflow = defineProvider<PhixflowSettings, PhixflowTarget, { readonly apiKey: string }>({
  id: 'phixflow',
  words: {
    name: 'PhixFlow',
    baseUrlExample: 'https://app.example.com/phixflow',
    keyHint: 'an API token of a user with the role to run actions',
  },
  settings: phixflowSettingsSchema,
  target: phixflowTargetSchema,
  credentials: z.strictObject({ apiKey: apiKeySchema }),
  anonymous: true,
  auth: (credentials, { headerName, headerPrefix }) =>
    credentials === undefined ? anonymous : apiKeyHeader(headerName, `${headerPrefix}${credentials.apiKey}`),
  checkFlow: checkPhixflowFlow,
  handleOf,
  connect,
});

/** The rest of a handle is the endpoint's name. A connection that does not poll is not seen here. */
function handleOf(remoteId: string, target: PhixflowTarget): Json {
  if (target.mode === 'sync' || target.settings?.poll === false)
    throw new InvalidInputError('Runs of this flow cannot be found by an id.', [
      { path: 'remoteId', message: 'expected none: nobody can look at a run of this endpoint (target.mode, poll)' },
    ]);
  // A person who gives more than an id has copied a part of a link; a platform's own odd id is encoded and stays one.
  if (isProcessId(remoteId) && !/[?#;]/.test(remoteId)) return handleFor(remoteId, target);
  const expected = 'the id of a PhixFlow process: 1 to 200 printable ASCII characters without space, / \\ % ? # and ;';
  throw impossibleRemoteId(expected);
}

function connect({ settings, target, http }: ProviderOptions<PhixflowSettings, PhixflowTarget>): ProviderSession {
  const { requestTimeout, serverErrorMeansNotAccepted } = settings;
  const endpoint: PhixflowEndpoint = { ...endpointSettings(settings, target), target, serverErrorMeansNotAccepted };
  const { maxReplyBytes: maxBytes } = endpoint;
  const startMs = Math.max(requestTimeout, effectiveTimeoutMs(target.mode, endpoint) + REPLY_MARGIN_MS);

  async function readStatus(handle: Json, signal: AbortSignal) {
    const { processId, names } = readHandle(handle, target);
    const url = statusUrl(endpoint.pollUrlTemplate, names, processId);
    const limits = { totalMs: requestTimeout, maxBytes };
    const reply = await http.send({ method: endpoint.pollMethod, ...url, limits, signal });
    if (!isSuccess(reply)) throw failureOf(reply, STATUS);
    return { json: readJson(reply, jsonSchema, STATUS), reply, processId };
  }

  const session: ProviderSession = {
    ...(startMs > requestTimeout ? { startTimeoutMs: startMs } : {}),
    start: (request, { signal }) =>
      startEndpoint(http, endpoint, request, { limits: { totalMs: startMs, maxBytes }, signal }),
    async check({ signal }) {
      const url = statusUrl(endpoint.pollUrlTemplate, target, NO_PROCESS);
      const reply = await http.send({ method: 'GET', ...url, limits: { totalMs: requestTimeout, maxBytes }, signal });
      requireInOrder(reply, CHECK);
      return refusedKey(reply, CHECK) ?? checkedWord(reply);
    },
  };
  if (target.mode === 'sync' || !endpoint.poll) return session;

  return {
    ...session,
    async poll(handle, { signal }) {
      const { json, reply, processId } = await readStatus(handle, signal);
      return lookOf(json, { status: reply.status, processId }, endpoint);
    },
    async fetchOutput(handle, { signal }) {
      const { json, reply, processId } = await readStatus(handle, signal);
      // Another run's reply, or one from before the end, holds no output of this run.
      if (lookOf(json, { status: reply.status, processId }, endpoint).kind !== 'ended')
        throw new ProviderProtocolError('Output of a PhixFlow run: the run has not ended', { status: reply.status });
      return outputOf(resultOf(json, endpoint), target.outputName, endpoint);
    },
  };
}

/** Whoever is let in hears of the process, in JSON; a page of another server, or none, proves nothing. */
function checkedWord(reply: HttpReply): Checked {
  const isApi = reply.text !== '' && jsonOf(reply) !== undefined;
  if (isApi)
    return { key: 'accepted', message: `${CHECK}: the reply was ${reply.status}, and not that of a wrong key` };
  const why = `the reply was ${reply.status} and not PhixFlow’s JSON; check that baseUrl ends with the instance, as in https://host/phixflow`;
  return untoldKey(CHECK, why);
}

function jsonOf(reply: HttpReply): unknown {
  try {
    return parseJson(reply.text);
  } catch {
    return undefined;
  }
}

const handleSchema = z.object({
  application: z.string().optional(),
  endpoint: z.string(),
  remoteId: z.string(),
});

/** A run that a human adopted is known by its process id alone. */
function readHandle(
  handle: Json,
  target: EndpointNames,
): { readonly processId: string; readonly names: EndpointNames } {
  const parsed = handleSchema.safeParse(typeof handle === 'string' ? { ...target, remoteId: handle } : handle);
  if (!parsed.success || !isProcessId(parsed.data.remoteId))
    throw new ProviderProtocolError('The handle of this run holds no PhixFlow process id.');
  const { remoteId, ...names } = parsed.data;
  return { processId: remoteId, names };
}
