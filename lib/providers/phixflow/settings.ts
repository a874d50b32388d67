/**
 * What a PhixFlow connection and flow can say. An endpoint is authored by the customer: only the frame of the URL, the
 * mode, the timeout rule and the authentication are PhixFlow's own, so all the rest is a setting.
 */
import { z } from 'zod';
import { commonSettings } from '../provider.ts';
import { phixflowUrlTemplateSchema } from './url.ts';

const pointerSchema = z
  .string()
  .regex(/^(\/([^~]|~[01])*)?$/, 'expected a JSON pointer such as "/process/id"; "" is the whole document');
const pointersSchema = z.array(pointerSchema);
const wordsSchema = z.array(z.string().min(1));
/** PhixFlow holds the start call for so long, and no start call may last longer than 15 minutes. */
const millisecondsSchema = z
  .int()
  .min(1)
  .max(860_000, 'expected at most 860000 ms, because the start call waits so long');

/** What differs from endpoint to endpoint: set on the connection, overridden in a flow's `target.settings`. */
const endpointSchema = z
  .strictObject({
    /** Sent as `timeout` in the URL, where it overrides all else. In sync mode PhixFlow aborts the command then. */
    timeoutMs: millisecondsSchema,
    /** The endpoint's *Timeout* property (11.2 and later), for knowing how long to wait. */
    endpointTimeoutMs: millisecondsSchema,
    /** Content type of a `rawBody` flow. */
    contentType: z.string().regex(/^[\w.+-]+\/[\w.+-]+(;.*)?$/, 'expected a content type such as "application/json"'),
    /** False: an asynchronous start is fire-and-forget and ends as `HANDED_OFF`. */
    poll: z.boolean(),
    processIdPointers: pointersSchema.min(1),
    pollUrlTemplate: phixflowUrlTemplateSchema,
    pollMethod: z.enum(['GET', 'POST']),
    /** Where a status reply repeats the process id: another id there is another run's answer, any id a status reply. */
    pollIdPointers: pointersSchema,
    /** Where a status reply has its word. */
    statusPointers: pointersSchema.min(1),
    /** Where an endpoint's own reply has a word or a boolean; a 2xx without one is a success. */
    replyStatusPointers: pointersSchema,
    successWords: wordsSchema.min(1),
    failureWords: wordsSchema,
    /** The platform's words for "aborted by the timeout". */
    timeoutWords: wordsSchema,
    /** Words not worth a remark; every other unknown word means "still going" too. */
    runningWords: wordsSchema,
    /** HTTP statuses that on this server come from PhixFlow itself, and only when its sync timeout has struck. */
    abortStatuses: z.array(z.int().min(500).max(599)),
    messagePointers: pointersSchema,
    /** Where the endpoint's own reply is inside a status reply; the first that exists. */
    resultPointers: pointersSchema.min(1),
    /** Where a named output is inside the endpoint's own reply; `{outputName}` stands for the name. */
    outputPointers: pointersSchema.min(1),
    /** Where the list of results per record is inside the endpoint's own reply. Empty: not looked for. */
    recordsPointers: pointersSchema,
    recordStatusPointers: pointersSchema,
    /** Takes an HTML page with 2xx for the endpoint's output instead of for a proxy's or a login page. */
    htmlReplies: z.boolean(),
    /** Largest reply of the endpoint that is read. */
    maxReplyBytes: z.int().min(1_024).max(33_554_432),
    /** The operator's word that the endpoint recognises a repeated start by its correlation value. */
    endpointIdempotent: z.boolean(),
  })
  .partial();

/** The defaults of whatever PhixFlow's documents leave open. */
const DEFAULTS = {
  contentType: 'application/json',
  poll: true,
  processIdPointers: ['/processId', '/process/id', '/id'],
  pollMethod: 'GET',
  pollIdPointers: ['/processId', '/process/id'],
  statusPointers: ['/status', '/process/status', '/state'],
  replyStatusPointers: ['/status', '/success'],
  successWords: ['Success', 'Succeeded'],
  failureWords: ['Fail', 'Failed', 'Failure', 'Error'],
  timeoutWords: ['Aborted'],
  runningWords: ['Running', 'Pending', 'Queued', 'In progress'],
  abortStatuses: [],
  messagePointers: ['/message', '/error/message', '/error'],
  resultPointers: ['/result', ''],
  outputPointers: ['/outputs/{outputName}'],
  recordsPointers: ['/records'],
  recordStatusPointers: ['/status', '/success'],
  htmlReplies: false,
  maxReplyBytes: 4_194_304,
  endpointIdempotent: false,
} as const satisfies z.input<typeof endpointSchema>;

/** HTTP's own headers, and those that the request sets by itself. */
const TAKEN_HEADER = /^(host|connection|te|upgrade|expect|cookie|user-agent|content-.*|transfer-encoding|accept.*)$/i;

export const phixflowSettingsSchema = endpointSchema.extend({
  ...commonSettings,
  /** `v11`: application and endpoint; `v10`: the actionflow's name, POST only; `alias`: the alias in place of both. */
  urlStyle: z.enum(['v11', 'v10', 'alias']).default('v11'),
  /** Header of the API token; its name is not in the documents. */
  headerName: z
    .string()
    .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected a header name')
    .refine((name) => !TAKEN_HEADER.test(name), 'is a header that the request needs for itself')
    .default('Authorization'),
  /** Stands before the token, its space included. */
  headerPrefix: z
    .string()
    .regex(/^[\x20-\x7e]*$/, 'expected printable characters')
    .default('Bearer '),
});
export type PhixflowSettings = z.output<typeof phixflowSettingsSchema>;

const nameSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters')
  .refine((name) => name !== '.' && name !== '..', 'cannot be "." or ".."');

export const phixflowTargetSchema = z.strictObject({
  /** Only in the URLs of version 11. Written plain: `My App`, not `My%20App`. */
  application: nameSchema.optional().meta({ description: 'Which application?', examples: ['Orders'] }),
  /** The endpoint (version 11), the actionflow (version 10) or the alias, written plain. */
  endpoint: nameSchema.meta({ description: 'Which API endpoint?', examples: ['Create Order'] }),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST').meta({ description: 'HTTP method' }),
  mode: z.enum(['sync', 'async']).meta({ description: 'API mode: wait for the result (sync) or poll for it (async)' }),
  /** The output connection point whose data is the output; absent: the endpoint's whole reply. */
  outputName: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Output connection point whose data is the output; nothing: the whole reply' }),
  /** API names of parameters that go into the query although the method has a body. */
  queryParameters: z.array(z.string().min(1)).default([]),
  /** Overrides the connection's settings for this endpoint. */
  settings: endpointSchema.optional(),
});
export type PhixflowTarget = z.output<typeof phixflowTargetSchema>;

type EndpointSettings = z.output<typeof endpointSchema>;
/** What holds for one endpoint. */
export type PhixflowEndpointSettings = Omit<EndpointSettings, keyof typeof DEFAULTS> & {
  readonly [Key in keyof typeof DEFAULTS]: NonNullable<EndpointSettings[Key]>;
};

/** Target over connection over default. */
export function endpointSettings(settings: PhixflowSettings, target: PhixflowTarget): PhixflowEndpointSettings {
  return { ...DEFAULTS, ...withoutUndefined(settings), ...withoutUndefined(target.settings ?? {}) } as never;
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

type TimeoutSettings = Pick<EndpointSettings, 'timeoutMs' | 'endpointTimeoutMs'>;

/** PhixFlow's own defaults. */
const DEFAULT_TIMEOUT_MS = { sync: 60_000, async: 500 } as const;

/** For how long PhixFlow may hold the start call: URL before endpoint property before default. */
export function effectiveTimeoutMs(
  mode: PhixflowTarget['mode'],
  { timeoutMs, endpointTimeoutMs }: TimeoutSettings,
): number {
  return timeoutMs ?? endpointTimeoutMs ?? DEFAULT_TIMEOUT_MS[mode];
}
