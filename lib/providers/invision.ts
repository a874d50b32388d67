import { z } from 'zod';
import { durationSchema } from '../domain/duration-schema.ts';
import { type Issue, ProviderProtocolError, ProviderRefusedError, ReplyLostError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import { apiKeyHeader } from '../http/auth.ts';
import type { HttpBody, HttpReply } from '../http/http-client.ts';
import { failureOf, isSuccess } from '../http/reply.ts';
import { IMPOSSIBLE_ID, refusedKey, requireInOrder, untoldKey } from './checked.ts';
import { apiKeySchema } from './credentials.ts';
import { readRun, readStartedRun } from './invision/run.ts';
import {
  commonSettings,
  defineProvider,
  type Flow,
  impossibleRemoteId,
  type ProviderOptions,
  type ProviderSession,
  type Started,
  type StartRequest,
} from './provider.ts';
import { startFailureOf } from './start-failure.ts';

/** GUIDs, and plain names as on older installations. */
const FLOW_ID = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]{0,126}[\p{L}\p{N}_-])?$/u;
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const START = 'Start of an InVision data flow';
const STATUS = 'Status of an InVision run';
const CHECK = 'Status of an InVision run that cannot exist';

const settingsSchema = z.strictObject({
  ...commonSettings,
  /** Asks the platform to hold the start reply until the run has ended. A reply that is cut off leaves the start in doubt. */
  await: z.boolean().default(false),
  /** Longest time for a start call with `await`; what the start function can hold is the ceiling. */
  awaitTimeout: durationSchema.default(840_000),
  /** `document`: parameters go as the argument document that InVision's own client sends; over HTTP it is undocumented. */
  argumentsShape: z.enum(['none', 'document']).default('none'),
});
type Settings = z.output<typeof settingsSchema>;

const targetSchema = z.strictObject({
  dataFlowId: z
    .string()
    .regex(FLOW_ID, 'expected the id of a data flow (a GUID or a plain name)')
    .meta({ description: 'Which data flow? Its id', examples: ['2b0f1a48-4963-43b3-ba06-5b7403d58b4d'] }),
});
type Target = z.output<typeof targetSchema>;

const credentialsSchema = z.strictObject({ apiKey: apiKeySchema });
type Credentials = z.output<typeof credentialsSchema>;

/** Profitbase InVision data flows. No output, no cancel, no list of runs, no reason for a failure. */
export const invision = defineProvider<Settings, Target, Credentials>({
  id: 'invision',
  words: {
    name: 'Profitbase InVision',
    baseUrlExample: 'https://plan.example.com/invision',
    keyHint: 'an API key for Data Flow Execution',
  },
  settings: settingsSchema,
  target: targetSchema,
  credentials: credentialsSchema,
  // Documented in the query too, where logs and proxies would keep it.
  auth: (credentials) => apiKeyHeader('x-api-key', credentials?.apiKey ?? ''),
  checkFlow,
  handleOf(remoteId, target) {
    if (RUN_ID.test(remoteId)) return handleFor(remoteId, target);
    throw impossibleRemoteId(
      'the id of an InVision run: a GUID, or up to 128 letters, digits, ".", "_" and "-" after a letter or digit',
    );
  },
  connect,
});

function checkFlow(flow: Flow, settings: Settings): readonly Issue[] {
  const issues: Issue[] = [];
  if (settings.argumentsShape === 'none') {
    const message =
      'InVision documents no way to send arguments; the connection setting argumentsShape: "document" tries the undocumented one';
    if (Object.keys(flow.parameters).length > 0) issues.push({ path: 'parameters', message });
    if (flow.rawBody) issues.push({ path: 'rawBody', message });
  }
  if (flow.outputRequired) issues.push({ path: 'outputRequired', message: 'InVision data flows have no output' });
  return issues;
}

const runIdSchema = z.string().regex(RUN_ID);
/** A run that a human adopted is known by its id alone. */
const handleSchema = z.union([
  z.object({ dataFlowId: z.string().regex(FLOW_ID).optional(), remoteId: runIdSchema }),
  runIdSchema.transform((remoteId) => ({ dataFlowId: undefined, remoteId })),
]);

function connect({ settings, target, http }: ProviderOptions<Settings, Target>): ProviderSession {
  const limits = { totalMs: settings.requestTimeout };
  const startLimits = { totalMs: settings.await ? settings.awaitTimeout : settings.requestTimeout };

  return {
    ...(settings.await ? { startTimeoutMs: settings.awaitTimeout } : {}),

    async start(request, { signal }) {
      const body = startBody(request, settings);
      const reply = await http.send({
        method: 'POST',
        path: ['api', 'pub', 'v1', 'dataflows', target.dataFlowId, 'start'],
        ...(settings.await ? { query: { await: true } } : {}),
        ...(body === undefined ? {} : { body }),
        limits: startLimits,
        once: true,
        signal,
      });
      if (!isSuccess(reply)) throw startFailure(reply, settings);
      return readStarted(reply, target);
    },

    async poll(handle, { signal }) {
      const { dataFlowId, runId } = readHandle(handle, target);
      const path = ['api', 'pub', 'v1', 'dataflows', dataFlowId, 'runs', runId, 'status'];
      const reply = await http.send({ method: 'GET', path, limits, signal });
      if (!isSuccess(reply)) throw suspectedKey(reply, STATUS) ?? failureOf(reply, { operation: 'read', what: STATUS });
      const run = readRun(reply, STATUS);
      // GUIDs are one id in either case.
      if (run.runId !== undefined && run.runId.toLowerCase() !== runId.toLowerCase())
        throw new ProviderProtocolError(`${STATUS}: the reply belongs to another run`, { status: reply.status });
      if (run.verdict !== undefined) return { kind: 'ended', verdict: run.verdict };
      const { status, remoteStatus, unknownWord } = run;
      return { kind: 'going', status, remoteStatus, ...(unknownWord ? { unknownWord } : {}) };
    },

    async check({ signal }) {
      const path = ['api', 'pub', 'v1', 'dataflows', target.dataFlowId, 'runs', IMPOSSIBLE_ID, 'status'];
      const reply = await http.send({ method: 'GET', path, limits, signal });
      // 500 is the documented answer to an unknown run, so it is no sign of trouble here.
      if (reply.status !== 500) requireInOrder(reply, CHECK);
      const why = `the reply was ${reply.status}; InVision answers a wrong key, a wrong data flow and an unknown run alike, so only a run can tell${reply.status === 404 ? '; a wrong path in baseUrl looks so, too' : ''}`;
      return refusedKey(reply, CHECK) ?? untoldKey(CHECK, why);
    },
  };
}

function handleFor(remoteId: string, { dataFlowId }: Target): Json {
  return { dataFlowId, remoteId };
}

function readHandle(handle: Json, target: Target): Target & { readonly runId: string } {
  const parsed = handleSchema.safeParse(handle);
  if (!parsed.success) throw new ProviderProtocolError('The handle of this run holds no InVision run id.');
  const { dataFlowId = target.dataFlowId, remoteId } = parsed.data;
  return { dataFlowId, runId: remoteId };
}

function readStarted(reply: HttpReply, target: Target): Started {
  const { runId, verdict, status, remoteStatus } = readStartedRun(reply, START);
  const remoteId = runId !== undefined && RUN_ID.test(runId) ? runId : undefined;
  // A word without its run may be about anything, an end included.
  if (remoteId === undefined)
    throw new ProviderProtocolError(`${START}: the reply names no run`, { status: reply.status });
  if (verdict !== undefined) return { kind: 'ended', verdict, remoteId };
  return {
    kind: 'accepted',
    handle: handleFor(remoteId, target),
    remoteId,
    status,
    ...(remoteStatus === undefined ? {} : { remoteStatus }),
  };
}

/** The argument document of InVision's own client: parameters become its global arguments. */
function startBody({ parameters, rawBody }: StartRequest, { argumentsShape }: Settings): HttpBody | undefined {
  const isEmpty = rawBody === undefined && Object.keys(parameters).length === 0;
  if (isEmpty) return undefined;
  if (argumentsShape === 'none')
    throw new ProviderRefusedError(`${START}: this connection sends no arguments; nothing was sent`);
  if (rawBody !== undefined) return { kind: 'text', contentType: 'application/json', text: rawBody };
  return { kind: 'json', value: { globalArguments: parameters, activitiesExecutionData: [], dataContext: '' } };
}

function startFailure(reply: HttpReply, settings: Settings) {
  const suspect = settings.serverErrorMeansNotAccepted ? undefined : suspectedKey(reply, START);
  return suspect ?? startFailureOf(reply, { what: START, ...settings });
}

/** 500 is the only documented error: a wrong key or id may look like a failure after acceptance. */
function suspectedKey(reply: HttpReply, what: string): ReplyLostError | undefined {
  if (reply.status !== 500) return undefined;
  const { remoteText } = failureOf(reply, { operation: 'start', what });
  const message = `${what}: the reply was 500, the only documented error; a wrong key may look the same`;
  return new ReplyLostError(message, {
    status: reply.status,
    authSuspect: true,
    ...(remoteText === undefined ? {} : { remoteText }),
  });
}
