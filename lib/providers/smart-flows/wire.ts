/** What the Smart Flows provider says and reads on the wire. */
import { z } from 'zod';
import { durationSchema } from '../../domain/duration-schema.ts';
import { ProviderProtocolError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { DEFAULT_LIMITS, type HttpLimits, type HttpReply } from '../../http/http-client.ts';
import { failureOf, isSuccess, readJson } from '../../http/reply.ts';
import { type CallOptions, commonSettings, type LookOptions, type ProviderOptions } from '../provider.ts';

export const API = ['api', 'v1'] as const;
export const EXECUTIONS = [...API, 'flows', 'executions'] as const;

/** Longest long poll that ends, with ten seconds for the network, within one look. */
const MAX_LONG_POLL_SECONDS = 18;
/** Time for the network that a held look has beside the hold, so that it is not mistaken for a hang. */
const HOLD_MARGIN_MS = 10_000;
/** An execution object repeats the input and reports every block. */
export const EXECUTION_LIMITS: Partial<HttpLimits> = { maxBytes: 8_388_608 };

/** An element name of XML without a prefix. */
export const XML_NAME = /^[\p{L}_][\p{L}\p{N}._-]*$/u;

export const smartFlowsSettings = z.strictObject({
  ...commonSettings,
  /** `api-key` sends `X-API-Key`; `jwt` logs in with a user's name and password. */
  auth: z.enum(['api-key', 'jwt']).default('api-key'),
  /** With several tokens in a login's reply: the scope of the one to use. Default: the first. */
  jwtScope: z.string().optional(),
  /** `skip-questions` starts with every form at its defaults. */
  startMode: z.enum(['interactive', 'skip-questions']).default('interactive'),
  /** Longest time that the platform is asked to hold a look open for news, when the next is due soon; 0: never. */
  longPollSeconds: z.int().min(0).max(MAX_LONG_POLL_SECONDS).default(MAX_LONG_POLL_SECONDS),
  /** The `timeout` that makes the platform answer at once; without one it waits 30 s. */
  noWaitTimeout: z.int().default(-1),
  /** Where a person answers, `{executionId}` replaced. Default: the project's own `flowExecutionPanelUrl`. */
  panelUrl: z.string().optional(),
  /** Which list is searched for a lost start: that of the flow, or the filter over all flows. */
  listBy: z.enum(['flow', 'filter']).default('flow'),
  /**
   * How far the times of the list may be from the clock of the replies, and our clock at the start from that at the
   * search, when a lost start is searched by time.
   */
  clockSkew: durationSchema.default(120_000),
  /** How long a lost start may take to turn up in the list: the time limit of a start and the list's lag. */
  findWithin: durationSchema.default(60_000),
});
export type SmartFlowsSettings = z.output<typeof smartFlowsSettings>;

export const smartFlowsTarget = z.strictObject({
  /** A GUID; in the start that skips questions also the flow's name. */
  flowId: z
    .string()
    .min(1)
    .regex(/^(?!\.{1,2}$)\P{Cc}*$/u, 'expected the id or name of a flow')
    .meta({ description: 'Which flow? Its id', examples: ['3f0d7f2e-1a55-4c1b-9a55-0d4f6f2b7c11'] }),
  /** Parameters become this element's children. */
  rootElement: z
    .string()
    .regex(XML_NAME, 'expected the name of an XML element')
    .optional()
    .meta({ description: 'Root element of its input XML, when it takes parameters', examples: ['Offer'] }),
  /** Name or id of the one output to fetch. */
  output: z.string().min(1).optional().meta({ description: 'The one output to fetch; nothing: every document' }),
});
export type SmartFlowsTarget = z.output<typeof smartFlowsTarget>;

export type Wire = ProviderOptions<SmartFlowsSettings, SmartFlowsTarget>;

/** Fields that only decorate may be anything; they never spoil a look. */
const decoration = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().catch(undefined);
/** Parsed JSON is JSON; checking it again would only recurse as deep as the platform likes. */
const jsonSchema = z.custom<Json>();
/** Goes into addresses, where a dot climbs and servers decode slashes. */
export const idSchema = z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._~:-]{1,200}$/);

export const progressSchema = z.object({
  id: idSchema.nullish(),
  status: z.string(),
  percentage: decoration(z.number()),
  message: decoration(z.string()),
  schema: decoration(jsonSchema),
  model: decoration(jsonSchema),
  form: decoration(jsonSchema),
});
export type ProgressReply = z.output<typeof progressSchema>;

export const complaintSchema = z.object({
  error: decoration(z.string()),
  message: decoration(z.string()),
  causes: decoration(z.array(z.string())),
});
export type Complaint = z.output<typeof complaintSchema>;

const referenceSchema = z.object({
  id: decoration(z.string()),
  displayName: decoration(z.string()),
  type: decoration(z.string()),
});

export const executionSchema = z.object({
  id: idSchema.nullish(),
  status: decoration(z.string()),
  createdAt: decoration(z.union([z.string(), z.number()])),
  flow: decoration(referenceSchema),
  state: decoration(
    z.object({
      inputData: decoration(jsonSchema),
      output: decoration(z.object({ model: decoration(jsonSchema) })),
      warnings: decoration(z.array(complaintSchema)),
      errors: decoration(z.array(complaintSchema)),
    }),
  ),
  outputs: decoration(z.array(z.object({ output: decoration(referenceSchema), content: decoration(jsonSchema) }))),
});
export type ExecutionReply = z.output<typeof executionSchema>;

export const publicSettingsSchema = z.object({ flowExecutionPanelUrl: decoration(z.string()) });

const handleSchema = z.union([idSchema, z.object({ remoteId: idSchema }).transform(({ remoteId }) => remoteId)]);

/** The id of an execution is all that a handle holds. */
export function executionIdOf(handle: Json): string {
  const parsed = handleSchema.safeParse(handle);
  if (!parsed.success) throw new ProviderProtocolError('The handle of this run holds no Smart Flows execution id.');
  return parsed.data;
}

/** Limits of a plain call under `requestTimeout`; a longer one also allows longer silence. */
export function callLimits({ requestTimeout }: SmartFlowsSettings): Partial<HttpLimits> {
  return { idleMs: Math.max(DEFAULT_LIMITS.idleMs, requestTimeout / 2), totalMs: requestTimeout };
}

/** Reads the progress; `timeout` is always said, because the platform's own default holds the reply for 30 s. */
export async function readProgress(
  { http, settings }: Wire,
  executionId: string,
  { signal, holdMs = 0 }: LookOptions,
): Promise<ProgressReply> {
  const holdSeconds = Math.min(Math.floor(holdMs / 1_000), settings.longPollSeconds);
  const { idleMs, totalMs } = callLimits(settings);
  const held = (ms = 0) => (holdSeconds > 0 ? holdSeconds * 1_000 + Math.max(ms, HOLD_MARGIN_MS) : ms);
  const reply = await http.send({
    method: 'GET',
    path: [...EXECUTIONS, executionId, 'progress'],
    query: { timeout: holdSeconds > 0 ? holdSeconds : settings.noWaitTimeout },
    limits: { idleMs: held(idleMs), totalMs: held(totalMs) },
    signal,
  });
  return progressOf(reply, executionId, 'the progress of the execution');
}

/** The progress in a reply, when it is that of the execution we asked for. */
export function progressOf(reply: HttpReply, executionId: string, what: string): ProgressReply {
  if (!isSuccess(reply)) throw failureOf(reply, { operation: 'read', what });
  return echoed(readJson(reply, progressSchema, { operation: 'read', what }), executionId);
}

/** Reads the whole execution, or with `outputs` its named results. */
export async function readExecution(
  { http, settings, target }: Wire,
  executionId: string,
  { signal }: CallOptions,
  outputs = false,
): Promise<ExecutionReply> {
  const what = outputs ? 'the outputs of the execution' : 'the execution';
  const reply = await http.send({
    method: 'GET',
    path: [...EXECUTIONS, executionId, ...(outputs ? ['status'] : [])],
    ...(outputs && target.output !== undefined ? { query: { output: target.output } } : {}),
    limits: { ...callLimits(settings), ...EXECUTION_LIMITS },
    signal,
  });
  if (!isSuccess(reply)) throw failureOf(reply, { operation: 'read', what });
  return echoed(readJson(reply, executionSchema, { operation: 'read', what }), executionId);
}

/** A proxy may hand out another run's answer; every field is optional, so only a different id is proof. */
function echoed<Reply extends { readonly id?: string | null | undefined }>(reply: Reply, executionId: string): Reply {
  if (reply.id != null && reply.id.toLowerCase() !== executionId.toLowerCase())
    throw new ProviderProtocolError('Smart Flows answered with another execution than the one asked for.');
  return reply;
}
