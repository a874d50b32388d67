import { z } from 'zod';
import {
  type Issue,
  type ProviderCallError,
  ProviderProtocolError,
  ProviderRefusedError,
  ProviderUnauthorizedError,
} from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { bearer } from '../http/auth.ts';
import type { HttpBody, HttpReply } from '../http/http-client.ts';
import { readPointer } from '../http/json-pointer.ts';
import { failureOf, isSuccess, readJson } from '../http/reply.ts';
import { readLook, readStarted } from './bryter/session.ts';
import { IMPOSSIBLE_ID, refusedKey, requireInOrder, untoldKey } from './checked.ts';
import { apiKeySchema } from './credentials.ts';
import {
  commonSettings,
  defineProvider,
  type Flow,
  impossibleRemoteId,
  type ProviderOptions,
  type ProviderSession,
  type StartRequest,
} from './provider.ts';
import { startFailureOf } from './start-failure.ts';

const ID = /^[A-Za-z0-9_-]{1,128}$/;
const POINTER = /^(\/([^~/]|~[01])*)*$/;
const START = 'Start of a BRYTER session';
const STATUS = 'Status of a BRYTER session';
const OUTPUT = 'Output of a BRYTER session';
const CHECK = 'Status of a BRYTER session that cannot exist';

const settingsSchema = z.strictObject({
  ...commonSettings,
  /** Shape around the start parameters; the vendor's example of it is lost. */
  envelope: z.enum(['flat', 'data', 'startParameters', 'data.startParameters']).default('flat'),
  /** What is sent when there are no parameters. */
  emptyBody: z.enum(['none', 'object']).default('none'),
  /** Where a processing module's output values are in the status reply, such as `/data/outputs`; empty: no output. */
  outputPointer: z.string().regex(POINTER, 'expected a JSON pointer such as "/data/outputs", or ""').default(''),
});
type Settings = z.output<typeof settingsSchema>;

const targetSchema = z.strictObject({
  publishedModuleId: z
    .string()
    .regex(ID, 'expected the id of a published module (letters, digits, "-" and "_")')
    .meta({ description: 'Which published module? Its id, 22 characters', examples: ['kZ0d3l1uQ2a7Yw9xT5bR8g'] }),
});
type Target = z.output<typeof targetSchema>;

const credentialsSchema = z.strictObject({ apiKey: apiKeySchema });
type Credentials = z.output<typeof credentialsSchema>;

/** BRYTER published modules. No cancel, no list of sessions, no reason for a failure; people answer in the browser. */
export const bryter = defineProvider<Settings, Target, Credentials>({
  id: 'bryter',
  words: {
    name: 'BRYTER',
    baseUrlExample: 'https://acme.bryter.io',
    keyHint: 'an environment key, or the key of a module that is "Only accessible via an API key"',
  },
  settings: settingsSchema,
  target: targetSchema,
  credentials: credentialsSchema,
  auth: (credentials) => bearer(credentials?.apiKey ?? ''),
  handleOf(remoteId, target) {
    if (ID.test(remoteId)) return handleFor(remoteId, target);
    throw impossibleRemoteId('the id of a BRYTER session: 1 to 128 letters, digits, "-" and "_" (usually 22)');
  },
  checkFlow,
  connect,
});

function checkFlow({ outputRequired }: Flow, { outputPointer }: Settings): readonly Issue[] {
  const message =
    'nobody knows where the output is in the status reply; set the connection setting outputPointer, such as "/data/outputs"';
  return outputRequired && outputPointer === '' ? [{ path: 'outputRequired', message }] : [];
}

const idSchema = z.string().regex(ID);
/** A run that a human adopted is known by its session id alone. */
const handleSchema = z.union([
  z.object({ publishedModuleId: idSchema.optional(), remoteId: idSchema }),
  idSchema.transform((remoteId) => ({ publishedModuleId: undefined, remoteId })),
]);

function connect({ settings, target, baseUrl, http }: ProviderOptions<Settings, Target>): ProviderSession {
  const limits = { totalMs: settings.requestTimeout };

  async function readStatus(handle: Json, signal: AbortSignal) {
    const { publishedModuleId, sessionId } = readHandle(handle, target);
    // Built from ids: the vendor's own `links.self` has a doubled slash, and no link gets to see our key.
    const path = ['api', 'execution', publishedModuleId, 'sessions', sessionId];
    const reply = await http.send({ method: 'GET', path, limits, signal });
    if (!isSuccess(reply))
      throw disguisedRefusal(reply, STATUS) ?? failureOf(reply, { operation: 'read', what: STATUS });
    return { reply, sessionId };
  }

  const session: ProviderSession = {
    async start(request, { signal }) {
      const path = ['api', 'execution', target.publishedModuleId, 'sessions'];
      const body = startBody(request, settings);
      const reply = await http.send({ method: 'POST', path, body, once: true, limits, signal });
      if (!isSuccess(reply))
        throw disguisedRefusal(reply, START) ?? startFailureOf(reply, { what: START, ...settings });
      const { sessionId, ...seen } = readStarted(reply, baseUrl);
      if (sessionId === undefined || !ID.test(sessionId))
        throw new ProviderProtocolError(`${START}: the reply names no session`, { status: reply.status });
      return { kind: 'accepted', handle: handleFor(sessionId, target), remoteId: sessionId, ...seen };
    },

    async poll(handle, { signal }) {
      const { reply, sessionId } = await readStatus(handle, signal);
      return readLook(reply, { what: STATUS, sessionId, baseUrl });
    },

    async check({ signal }) {
      const path = ['api', 'execution', target.publishedModuleId, 'sessions', IMPOSSIBLE_ID];
      const reply = await http.send({ method: 'GET', path, limits, signal });
      requireInOrder(reply, CHECK);
      const why = `the reply was ${reply.status}; BRYTER answers a wrong key, a wrong module and an unknown session alike, so only a run can tell; baseUrl must be the host alone`;
      return refusedKey(reply, CHECK) ?? untoldKey(CHECK, why);
    },
  };
  if (settings.outputPointer === '') return session;

  return {
    ...session,
    async fetchOutput(handle, { signal }) {
      const { reply, sessionId } = await readStatus(handle, signal);
      const look = readLook(reply, { what: OUTPUT, sessionId, baseUrl });
      if (look.kind !== 'ended') throw new ProviderProtocolError(`${OUTPUT}: the session has not ended`);
      const body = readJson(reply, z.unknown(), { operation: 'read', what: OUTPUT });
      const value = readPointer(body, settings.outputPointer) as Json | undefined;
      return { files: [], ...(value === undefined ? {} : { value }) };
    },
  };
}

function handleFor(remoteId: string, { publishedModuleId }: Target): Json {
  return { publishedModuleId, remoteId };
}

function readHandle(handle: Json, target: Target): Target & { readonly sessionId: string } {
  const parsed = handleSchema.safeParse(handle);
  if (!parsed.success) throw new ProviderProtocolError('The handle of this run holds no BRYTER session id.');
  const { publishedModuleId = target.publishedModuleId, remoteId } = parsed.data;
  return { publishedModuleId, sessionId: remoteId };
}

function startBody({ parameters, rawBody }: StartRequest, settings: Settings): HttpBody {
  if (rawBody !== undefined) {
    if (!isJson(rawBody)) throw new ProviderRefusedError(`${START}: the raw body is not JSON; nothing was sent`);
    return jsonText(rawBody);
  }
  if (Object.keys(parameters).length > 0) return { kind: 'json', value: wrap(parameters, settings.envelope) };
  return jsonText(settings.emptyBody === 'object' ? '{}' : '');
}

function jsonText(text: string): HttpBody {
  return { kind: 'text', contentType: 'application/json', text };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `data.startParameters` becomes `{"data":{"startParameters":{…}}}`. */
function wrap(parameters: JsonObject, envelope: Settings['envelope']): JsonObject {
  const names = envelope === 'flat' ? [] : envelope.split('.');
  return names.reduceRight<JsonObject>((inner, name) => ({ [name]: inner }), parameters);
}

/** A bad key is answered with 404 (401 is announced), and so is a wrong module or session: it never says "gone". */
function disguisedRefusal(reply: HttpReply, what: string): ProviderCallError | undefined {
  if (reply.status !== 404) return undefined;
  const { remoteText } = failureOf(reply, { operation: 'read', what });
  const message = `${what}: the reply was 404, which means a wrong key, a wrong module or a wrong session`;
  return new ProviderUnauthorizedError(message, {
    status: reply.status,
    disguised: true,
    ...(remoteText === undefined ? {} : { remoteText }),
  });
}
