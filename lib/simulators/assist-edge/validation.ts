/** What the simulated AssistEdge checks before it queues a request. A breach ends in the fallout queue. */
import { z } from 'zod';
import type { AssistEdgeProcess } from './processes.ts';

const integer = z.int('expected an integer').min(0).max(2_147_483_647);

const inputsSchema = z.record(
  z.string().regex(/^Search\../, 'expected a name that begins with "Search."'),
  z.string('expected a string'),
);

/** The inputs as text, as an object, as nothing, or not at all. */
const processInputSchema = z.unknown().transform((value, context) => {
  const given = value === undefined || value === null || value === '' ? {} : decode(value);
  const parsed = inputsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  context.addIssue(parsed.error.issues[0]?.message ?? 'expected an object');
  return z.NEVER;
});

const requestSchema = z
  .object({
    processInput: processInputSchema.optional(),
    processName: z.string().min(1),
    profileName: z.string().min(1),
    requestTimeout: integer,
    retry: z.boolean().default(false),
    retryConfigurations: z
      .object({ noOfTimesRetry: integer.optional(), retryCoolOffInterval: integer.optional() })
      .optional(),
    isSync: z.boolean().default(false),
    sourceId: z.string().min(1),
    source: z.string().optional(),
  })
  .refine((request) => !request.retry || request.retryConfigurations?.noOfTimesRetry !== undefined, {
    path: ['retryConfigurations', 'noOfTimesRetry'],
    message: 'required when retry is true',
  });

export type AssistEdgeRequest = Omit<z.output<typeof requestSchema>, 'processInput'> & {
  readonly inputs: Readonly<Record<string, string>>;
};

export interface RefusalError {
  readonly code: string;
  readonly message: string;
}

export type Checked =
  | { readonly kind: 'queued'; readonly request: AssistEdgeRequest; readonly process: AssistEdgeProcess }
  | { readonly kind: 'fallout'; readonly errors: readonly RefusalError[] };

/** Checks a submitted body in the current form. */
export function checkRequest(body: unknown, processes: Readonly<Record<string, AssistEdgeProcess>>): Checked {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => ({
      code: 'BsnErr003',
      message: `${path.join('.') || 'request'}: ${message}`,
    }));
    return { kind: 'fallout', errors };
  }
  const { processInput = {}, ...rest } = parsed.data;
  const process = Object.hasOwn(processes, rest.processName) ? processes[rest.processName] : undefined;
  if (process === undefined) return fallout('BsnErr004', 'The process is not known.');
  if (!process.profiles.includes(rest.profileName))
    return fallout('BsnErr002', 'Queue is not available hence message moved to fallout queue.');
  if (process.failure?.layer === 1) return fallout(process.failure.code, process.failure.message);
  return { kind: 'queued', process, request: { ...rest, inputs: processInput } };
}

function fallout(code: string, message: string): Checked {
  return { kind: 'fallout', errors: [{ code, message }] };
}

const legacySchema = z.object({
  payload: z.string().transform(decode),
  content_type: z.literal('json'),
  content_encoding: z.literal('application/json'),
  profile: z.string(),
  expiration: z.unknown(),
  wait_for_completion: z.unknown(),
  source_message_id: z.unknown(),
});

const performSchema = z.object({
  PerformAutomation: z.object({
    AutomationInputDictionary: z.unknown(),
    ProcessName: z.unknown(),
    RetryFlag: z.unknown(),
    Retry: z.object({ NoOfTimesRetry: z.unknown(), RetryCoolOffInterval: z.unknown() }),
  }),
});

/** The message-broker body of release 19.1 as today's; undefined when it is not one. */
export function fromLegacy(body: unknown): unknown {
  const outer = legacySchema.safeParse(body);
  const inner = outer.success ? performSchema.safeParse(outer.data.payload) : undefined;
  if (!outer.success || inner?.success !== true) return undefined;
  const { AutomationInputDictionary, ProcessName, RetryFlag, Retry } = inner.data.PerformAutomation;
  return {
    processInput: AutomationInputDictionary,
    processName: ProcessName,
    profileName: outer.data.profile,
    requestTimeout: outer.data.expiration,
    retry: RetryFlag,
    retryConfigurations: {
      noOfTimesRetry: Retry.NoOfTimesRetry,
      retryCoolOffInterval: Retry.RetryCoolOffInterval,
    },
    isSync: outer.data.wait_for_completion,
    sourceId: outer.data.source_message_id,
  };
}

function decode(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
