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
    duration: z
      .object({ p50Ms: z.int().optional(), p95Ms: z.int().optional() })
      .meta({ description: 'Learned from past runs; absent numbers are not known yet.' }),
  }),
);

export const flowListSchema = component('FlowList', z.object({ items: z.array(flowSchema) }));
