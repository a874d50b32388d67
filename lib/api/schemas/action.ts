/** Bodies of the calls that change a run. */
import { z } from 'zod';
import { startBodySchema } from '../../domain/start-body.ts';
import { CLOSING_STATUSES } from '../../workflow/resolve-fallout.ts';
import { component, jsonObjectSchema } from './common.ts';

const MAX_REASON = 1_000;

export const startRequestSchema = component('StartRequest', startBodySchema);

export const answerSchema = component(
  'Answer',
  z.strictObject({ values: jsonObjectSchema.meta({ description: 'Keyed as `waitingFor.form` names its fields.' }) }),
);

const reason = z
  .string()
  .trim()
  .min(1, 'required: say why, it is kept in the timeline')
  .max(MAX_REASON)
  .meta({ description: 'Kept in the timeline.' });

export const decisionSchema = component(
  'Decision',
  z.discriminatedUnion('decision', [
    z.strictObject({ decision: z.literal('adopt'), remoteId: z.string().min(1).max(256), reason }),
    z.strictObject({ decision: z.literal('not-started'), reason }),
    z.strictObject({ decision: z.literal('close'), status: z.enum(CLOSING_STATUSES), reason }),
  ]),
);
