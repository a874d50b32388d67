import { z } from 'zod';
import { component, jsonValueSchema, timeSchema } from './common.ts';

export const outputSchema = component(
  'Output',
  z.object({
    value: jsonValueSchema.optional(),
    files: z.array(
      component(
        'OutputFile',
        z.object({
          name: z.string(),
          mediaType: z.string(),
          bytes: z.int(),
          sha256: z.string(),
          href: z.string(),
        }),
      ),
    ),
    missing: z.string().optional(),
  }),
);

export const fileLinkSchema = component(
  'FileLink',
  z.object({
    href: z.string().meta({ description: 'Needs no API key; gives the file as an attachment.' }),
    expiresAt: timeSchema,
  }),
);
