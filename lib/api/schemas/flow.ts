import { z } from 'zod';
import { component, jsonObjectSchema, timeSchema } from './common.ts';

export const flowSchema = component(
  'Flow',
  z.object({
    id: z.string(),
    connection: z.string(),
    provider: z.string(),
    description: z.string().optional(),
    parametersSchema: jsonObjectSchema.meta({ description: 'JSON Schema of `parameters` in a start.' }),
    rawBody: z.boolean().optional().meta({ description: 'True: a start sends `body` and no parameters.' }),
    deadline: z.string().meta({ description: 'A duration as in ISO 8601, from acceptance on: PT1H30M.' }),
    schedule: z
      .object({
        cron: z.string(),
        timezone: z.string(),
        overlap: z.string(),
        missed: z.string(),
        nextAt: timeSchema.optional(),
      })
      .optional(),
    looks: z
      .object({
        noticeWithin: z.object({ share: z.number().optional(), ms: z.number().optional() }).optional().meta({
          description: 'How late an end may be noticed: a share of the duration, a time, or the longer of both.',
        }),
        historyBy: z.string().optional().meta({ description: 'The parameter on whose value the duration depends.' }),
        trustProgress: z.boolean().optional(),
      })
      .optional()
      .meta({ description: 'What is set of when to look at a run; absent: nothing needs to be.' }),
    duration: z
      .object({
        p05Ms: z.int().optional(),
        p50Ms: z.int().optional(),
        p95Ms: z.int().optional(),
        runs: z.int().optional(),
      })
      .meta({ description: 'Learned from so many past runs, the newest 64 at most; absent: not known yet.' }),
  }),
);

export const flowListSchema = component('FlowList', z.object({ items: z.array(flowSchema) }));

export const durationsSchema = component(
  'Durations',
  z.object({
    durationsMs: z
      .array(z.int())
      .meta({ description: 'How long the newest runs took, ascending; empty: not known yet.' }),
    runs: z.int().meta({ description: 'So many runs are remembered, the newest 64 at most.' }),
    p05Ms: z
      .int()
      .optional()
      .meta({ description: 'One run in twenty is faster. Absent below five runs, as the others.' }),
    p50Ms: z.int().optional(),
    p95Ms: z.int().optional(),
    p99Ms: z.int().optional(),
    plannedLooksMs: z
      .array(z.int())
      .meta({ description: 'When the next run would be looked at, after its start; empty: by a rule without a plan.' }),
    historyBy: z
      .string()
      .optional()
      .meta({ description: 'The parameter on whose value the duration depends: `value` says which.' }),
  }),
);
