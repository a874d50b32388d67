/** What a connection and a flow say about AssistEdge. Whatever the vendor leaves open is a setting with a default. */
import { z } from 'zod';
import { durationSchema } from '../../domain/duration-schema.ts';
import { commonSettings } from '../provider.ts';

const SEGMENT = /^[^\s/\\?#%]+$/;

const pathSchema = z
  .string()
  .transform((path) => path.replace(/^\/+|\/+$/g, ''))
  .refine(
    (path) => path.split('/').every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..'),
    'expected a path such as "{tenant}/api/Token"',
  );

/** The vendor counts in milliseconds; the rest of a configuration says "20s". Both are understood. */
const pauseSchema = z.union([durationSchema, z.int().min(0)], 'expected a duration such as "20s", or milliseconds');

export const assistEdgeSettings = z
  .strictObject({
    ...commonSettings,
    /** Path segment of the tenant, where the installation has one. */
    tenant: z.string().regex(SEGMENT, 'expected one path segment').optional(),
    /** Where a token is had. Default `{tenant}/api/Token`; without a tenant `api/token`. */
    tokenPath: pathSchema.optional(),
    /** How long a token is used; the vendor publishes no lifetime, so an earlier 401 fetches a new one as well. */
    tokenLifetime: durationSchema.default(600_000),
    /** Where requests go. Default `api/a/automation`; for the legacy dialect `listener/rpa/api/message`. */
    submitPath: pathSchema.optional(),
    /** `legacy`: the message-broker form of release 19.1, with Basic authentication of a broker user. */
    dialect: z.enum(['current', 'legacy']).default('current'),
    /** Free text that names the caller. */
    source: z.string().min(1).max(200).optional(),
    /**
     * The platform's `requestTimeout`: queueing and robot time of one attempt. Default: what is left until the run's
     * deadline; for a synchronous flow 20 s.
     */
    platformTimeout: durationSchema.optional(),
    /** The platform's own retries. Off by default: a run is then started once, as everywhere else. */
    vendorRetry: z
      .strictObject({ noOfTimesRetry: z.int().min(1).max(100), retryCoolOffInterval: pauseSchema.default(20_000) })
      .optional(),
    /** An output entry with `IsError` "True" fails the run: a convention of some processes, not of the platform. */
    selfReportedFailure: z.boolean().default(false),
    /** Error codes that say "expired"; they end a run as `TIMED_OUT` instead of `FAILED`. The vendor lists none. */
    expiryCodes: z.array(z.string().min(1)).default([]),
    /** Writes booleans as the platform's own replies do: `True` and `False`. */
    capitaliseBooleans: z.boolean().default(false),
    /** Fields that only the legacy body has. */
    legacy: z.strictObject({ appId: z.string().default('1'), userName: z.string().default('') }).prefault({}),
  })
  .superRefine((settings, context) => {
    for (const key of ['tokenPath', 'submitPath'] as const) {
      if (settings[key]?.includes('{tenant}') && settings.tenant === undefined)
        context.addIssue({ code: 'custom', path: [key], message: 'contains {tenant}, but there is no `tenant`' });
    }
  });
export type AssistEdgeSettings = z.output<typeof assistEdgeSettings>;

export const assistEdgeTarget = z.strictObject({
  processName: z
    .string()
    .min(1)
    .meta({ description: 'Which process?', examples: ['PostInvoice'] }),
  /** Decides the queue. */
  profileName: z
    .string()
    .min(1)
    .meta({ description: 'Which profile? It decides the queue', examples: ['FinanceBot'] }),
  /** Waits for the robot: the only way to a result. */
  isSync: z.boolean().default(false).meta({ description: 'Wait for the robot? Only then is there a result' }),
  /** A constant label. Default: a value of its own for each attempt, by which people can find the request. */
  sourceId: z.string().min(1).max(200).optional(),
  /** `AppName` of the output entry that is the result. Default: all entries, by name. */
  outputApp: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'AppName of the output entry that is the result; nothing: all of them' }),
});
export type AssistEdgeTarget = z.output<typeof assistEdgeTarget>;

export const assistEdgeCredentials = z.strictObject({
  username: z.string().min(1),
  password: z.string().min(1),
});
export type AssistEdgeCredentials = z.output<typeof assistEdgeCredentials>;

/** Path segments of the token endpoint. */
export function tokenPath(settings: AssistEdgeSettings): readonly string[] {
  return segments(settings.tokenPath ?? (settings.tenant === undefined ? 'api/token' : '{tenant}/api/Token'), settings);
}

/** Path segments of the endpoint that takes requests. */
export function submitPath(settings: AssistEdgeSettings): readonly string[] {
  const standard = settings.dialect === 'legacy' ? 'listener/rpa/api/message' : 'api/a/automation';
  return segments(settings.submitPath ?? standard, settings);
}

function segments(path: string, { tenant = '' }: AssistEdgeSettings): readonly string[] {
  return path.split('/').map((segment) => segment.replaceAll('{tenant}', () => tenant));
}
