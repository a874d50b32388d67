import { z } from 'zod';
import { EVENT_TYPES } from '../../domain/run.ts';
import { STATUSES } from '../../domain/status.ts';
import { component, jsonObjectSchema, timeSchema } from './common.ts';

export const runEventSchema = component(
  'RunEvent',
  z.object({
    seq: z.int(),
    at: timeSchema,
    type: z.enum(EVENT_TYPES),
    status: z.enum(STATUSES).optional(),
    message: z.string(),
    data: jsonObjectSchema.optional().meta({
      description:
        'What more there is to say: of a look, when the next one is and why (`nextLookInMs`, `why`, as `nextLookWhy` of a run); of a decision, who and what.',
    }),
  }),
);

export const timelineSchema = component(
  'RunEventList',
  z.object({
    items: z.array(runEventSchema),
    nextCursor: z.string().optional().meta({ description: 'Present when the timeline goes on.' }),
  }),
);
