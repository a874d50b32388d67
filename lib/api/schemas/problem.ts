import { z } from 'zod';
import { PROBLEM_CODES } from '../problem.ts';
import { component } from './common.ts';

/** RFC 9457, with a stable code of ours. */
export const problemSchema = component(
  'Problem',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(PROBLEM_CODES).meta({ description: 'Stable: programs decide by this, people read the rest.' }),
    detail: z.string().optional(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Every field that cannot be used, and why.' }),
    url: z.string().optional().meta({ description: 'Where a person can do what this call could not.' }),
  }),
);
