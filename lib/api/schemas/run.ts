/** What callers see of a run, and nothing else; absent rather than null. */
import { z } from 'zod';
import { LOOK_REASONS } from '../../domain/look-plan.ts';
import { type HeldBack, TRIGGERS } from '../../domain/run.ts';
import { FALLOUT_REASONS, STATUSES, TERMINAL_STATUSES } from '../../domain/status.ts';
import { component, jsonObjectSchema, jsonValueSchema, runIdSchema, timeSchema } from './common.ts';

const errorSchema = component(
  'RunError',
  z.object({
    code: z.string().meta({ description: 'Stable: PROVIDER_FAILED, START_BY, DEADLINE, …' }),
    message: z.string(),
    details: z.array(jsonValueSchema).optional(),
  }),
);

const verdictSchema = component(
  'Verdict',
  z.object({
    status: z.enum(TERMINAL_STATUSES),
    remoteStatus: z.string().optional(),
    error: errorSchema.optional(),
    falloutReason: z.enum(FALLOUT_REASONS).optional(),
  }),
);

const pastAttemptSchema = component(
  'PastAttempt',
  z.object({
    attempt: z.int(),
    status: z.enum(TERMINAL_STATUSES),
    remoteStatus: z.string().optional(),
    remoteId: z.string().optional(),
    startedAt: timeSchema.optional(),
    endedAt: timeSchema,
    error: z.string().optional().meta({ description: 'Code of the error it ended with.' }),
  }),
);

const waitingForSchema = z.object({
  kind: z.enum(['input', 'event']),
  url: z.string().optional().meta({ description: 'Where a person answers; on the own host of the connection.' }),
  form: jsonObjectSchema.optional(),
  answerable: z.boolean().optional().meta({ description: 'True where POST …/input can give the answer.' }),
});

const falloutSchema = z.object({
  reason: z.enum(FALLOUT_REASONS),
  evidence: jsonObjectSchema.optional(),
});

const cancelSchema = z.object({
  requestedAt: timeSchema,
  remote: z.enum(['confirmed', 'unconfirmed', 'unsupported']).optional(),
});

const outputSummarySchema = z.object({
  available: z.boolean(),
  bytes: z.int(),
  missing: z.string().optional().meta({ description: 'Why there is nothing although something was expected.' }),
});

const HELD_BACK = [
  'paused',
  'failing',
  'refused',
  'told-to-wait',
  'busy',
  'in-flight',
] as const satisfies readonly HeldBack['why'][];

const queueSchema = z.object({
  position: z.int().optional().meta({ description: 'In the line of its connection, from 1 on; not shown in lists.' }),
  since: timeSchema,
  expectedStartAt: timeSchema.optional().meta({ description: 'An estimate, and only where there is ground for one.' }),
});

const linksSchema = z.object({
  self: z.string(),
  events: z.string(),
  output: z.string(),
  browser: z.string().optional().meta({ description: 'The run at its platform, for people.' }),
  execution: z.string().meta({ description: 'ARN of the Step Functions execution.' }),
});

export const runSchema = component(
  'Run',
  z.object({
    id: runIdSchema,
    flowId: z.string(),
    connection: z.string(),
    provider: z.string(),
    status: z.enum(STATUSES),
    remoteStatus: z.string().optional().meta({ description: "The platform's own word, verbatim." }),
    remoteId: z.string().optional(),
    progress: z.object({ percentage: z.number().optional(), message: z.string().optional() }).optional(),
    waitingFor: waitingForSchema.optional(),
    attempt: z.int(),
    maxAttempts: z.int(),
    attempts: z.array(pastAttemptSchema).optional().meta({ description: 'Attempts before the present one.' }),
    trigger: z.enum(TRIGGERS),
    createdAt: timeSchema,
    startedAt: timeSchema.optional(),
    updatedAt: timeSchema,
    endedAt: timeSchema.optional(),
    deadline: timeSchema,
    queue: queueSchema.optional().meta({ description: 'While it waits for its turn to be started.' }),
    heldBack: z
      .object({ why: z.enum(HELD_BACK), since: timeSchema })
      .optional()
      .meta({ description: 'Why it may not call its platform at present; `GET /v1/connections` says more.' }),
    nextLookAt: timeSchema.optional(),
    nextLookWhy: z.enum(LOOK_REASONS).optional().meta({
      description:
        'What decided when that look is: the plan learnt from earlier runs (usual) or, while little is known, a rule without one (early); the platform’s Retry-After or percentage; a person being waited for; the deadline; a look that told nothing.',
    }),
    expectedEndAt: timeSchema.optional(),
    duration: z
      .object({ p05Ms: z.int().optional(), p50Ms: z.int(), p95Ms: z.int(), runs: z.int().optional() })
      .optional()
      .meta({ description: 'How long runs of its flow usually took when it was planned.' }),
    slowSince: timeSchema.optional().meta({ description: 'Since when it takes longer than nearly all of them.' }),
    looks: z.int(),
    businessKey: z.string().optional(),
    tags: z.record(z.string(), z.string()).optional(),
    parameters: jsonObjectSchema.meta({ description: 'Sensitive ones are shown as ***.' }),
    error: errorSchema.optional(),
    fallout: falloutSchema.optional(),
    cancel: cancelSchema.optional(),
    lateVerdict: verdictSchema
      .optional()
      .meta({ description: 'What the platform said after this run had been judged; changes nothing any more.' }),
    orphans: z
      .array(z.string())
      .optional()
      .meta({ description: 'Remote runs whose start was answered after this run had been judged.' }),
    output: outputSummarySchema.optional(),
    rerunOf: z.string().optional(),
    links: linksSchema,
  }),
);

export const runListSchema = component(
  'RunList',
  z.object({
    items: z.array(runSchema),
    nextCursor: z.string().optional().meta({ description: 'Present while there may be more further back.' }),
  }),
);
