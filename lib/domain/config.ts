/**
 * The shape of `errand.config.ts`. A provider's own `settings` and `target` are checked by `lib/providers/config.ts`,
 * because the domain knows no provider.
 */
import { z } from 'zod';
import { checkCron } from './cron.ts';
import { durationSchema } from './duration-schema.ts';
import { lagBudgetSchema } from './lag-budget.ts';
import { parameterSchema } from './parameters.ts';

export const PROVIDER_IDS = ['bryter', 'smart-flows', 'phixflow', 'assist-edge', 'invision'] as const;
export type ProviderId = (typeof PROVIDER_IDS)[number];

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const idSchema = z.string().regex(ID, 'expected 1 to 64 letters, digits, "-" or "_", beginning with a letter or digit');

const DAY_MS = 86_400_000;

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

const baseUrlSchema = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fail = (message: string) => {
    context.addIssue(message);
    return z.NEVER;
  };
  if (url === undefined) return fail('expected an absolute URL such as https://acme.bryter.io');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    return fail('expected https (http is allowed for loopback addresses only)');
  if (url.username !== '' || url.password !== '') return fail('must not contain a user name or password; use a secret');
  if (url.search !== '' || url.hash !== '') return fail('must not contain a query or fragment');
  return url.href.replace(/\/+$/, '');
});

const connectionSchema = z.strictObject({
  provider: z.enum(PROVIDER_IDS, `expected one of ${PROVIDER_IDS.join(', ')}`),
  baseUrl: baseUrlSchema,
  /** Name of the secret; may be absent only where the provider allows anonymous access. */
  secret: z
    .string()
    .regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'expected a Secrets Manager name')
    .optional(),
  limits: z
    .strictObject({ inFlight: z.int().min(1).optional(), requestsPerSecond: z.number().positive().optional() })
    .default({}),
  settings: z.record(z.string(), z.unknown()).default({}),
});

const cronSchema = z.string().superRefine((text, context) => {
  const mistake = checkCron(text);
  if (mistake !== undefined) context.addIssue(mistake);
});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const RETRY_ON = ['FAILED', 'TIMED_OUT'] as const;

/** One flow; exported so that its provider-specific parts can be checked even when another flow is broken. */
export const flowSchema = z
  .strictObject({
    description: z.string().optional(),
    connection: z.string(),
    target: z.record(z.string(), z.unknown()),
    parameters: z.record(idSchema, parameterSchema).default({}),
    /** Takes the provider's native body instead of parameters. */
    rawBody: z.boolean().default(false),
    /** Name of the declared parameter that carries our correlation value (run id and attempt) to the platform. */
    correlationParameter: z.string().optional(),
    deadline: durationSchema.default(DAY_MS),
    startBy: durationSchema.optional(),
    /** How long a person may take to answer; that time then does not count against the deadline. */
    inputDeadline: durationSchema.optional(),
    /** A run without its output is FALLOUT instead of a success. */
    outputRequired: z.boolean().default(false),
    retry: z
      .strictObject({
        maxAttempts: z.int().min(1).max(100).default(1),
        coolOff: durationSchema.default(20_000),
        on: z.array(z.enum(RETRY_ON)).default(['FAILED', 'TIMED_OUT']),
      })
      .prefault({}),
    /** When to look at it; nobody needs to say anything. */
    looks: z
      .strictObject({
        /** How late an end may be noticed, on average, instead of a balance of lag and cost: "5%", "30s" or "5% or 30s". */
        noticeWithin: lagBudgetSchema.optional(),
        /** A parameter whose values take different times: each has a history of its own. */
        historyBy: z.string().optional(),
        /** The platform's percentages are of work done, so they may bring a look forward. */
        trustProgress: z.boolean().default(false),
      })
      .prefault({}),
    schedule: z
      .strictObject({
        cron: cronSchema,
        timezone: z.string().refine(isTimeZone, 'expected an IANA time zone such as Europe/Brussels').default('UTC'),
        parameters: z.record(z.string(), z.json()).default({}),
        overlap: z.enum(['allow', 'skip', 'queue']).default('allow'),
        missed: z.enum(['skip', 'one', 'all']).default('skip'),
      })
      .optional(),
  })
  .superRefine((flow, context) => {
    if (flow.rawBody && Object.keys(flow.parameters).length > 0)
      context.addIssue({
        code: 'custom',
        path: ['rawBody'],
        message: 'a flow takes parameters or a raw body, not both',
      });
    if (flow.correlationParameter !== undefined && !Object.hasOwn(flow.parameters, flow.correlationParameter))
      context.addIssue({ code: 'custom', path: ['correlationParameter'], message: 'is not one of the parameters' });
    const historyBy = flow.looks.historyBy === undefined ? undefined : flow.parameters[flow.looks.historyBy];
    if (flow.looks.historyBy !== undefined && (historyBy === undefined || historyBy.sensitive))
      context.addIssue({
        code: 'custom',
        path: ['looks', 'historyBy'],
        message: historyBy === undefined ? 'is not one of the parameters' : 'is sensitive; its values are not kept',
      });
    if (flow.rawBody && flow.schedule !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['schedule'],
        message: 'a flow that takes a raw body cannot be scheduled, because a schedule carries parameters',
      });
    if (flow.startBy !== undefined && flow.startBy > flow.deadline)
      context.addIssue({ code: 'custom', path: ['startBy'], message: 'is later than the deadline' });
  });

export const configSchema = z.strictObject({
  connections: z.record(idSchema, connectionSchema),
  flows: z.record(idSchema, flowSchema),
});

/** What a user writes. */
export type ConfigInput = z.input<typeof configSchema>;
/** What the code reads: defaults filled in, durations in milliseconds. */
export type Config = z.output<typeof configSchema>;
export type Connection = Config['connections'][string];
export type Flow = Config['flows'][string];

/** Types and completes `errand.config.ts`; checks nothing. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
