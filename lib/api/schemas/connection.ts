import { z } from 'zod';
import type { ConnectionHealth } from '../../protection/breaker.ts';
import { component, flowIdSchema, timeSchema } from './common.ts';

const HEALTH = [
  'ok',
  'paused',
  'failing',
  'refused',
  'recovering',
  'told-to-wait',
] as const satisfies readonly ConnectionHealth[];

const limitsSchema = z.object({ inFlight: z.int().optional(), requestsPerSecond: z.number().optional() });

const requestsSchema = z.object({
  busyForMs: z.int().meta({ description: 'How far ahead the next free moment for a request lies.' }),
  startsWaitMs: z.int().meta({ description: 'How long a start that comes now waits for its moment.' }),
});

const breakerSchema = z.object({
  state: z.enum(['closed', 'open', 'half-open']).meta({
    description: 'Open: calls are held back. Half-open: single ones, or a growing number, are let through to see.',
  }),
  reason: z
    .enum(['failing', 'refused'])
    .optional()
    .meta({ description: 'Refused: the platform does not take our key.' }),
  since: timeSchema.optional().meta({ description: 'When the first of the failures in a row happened.' }),
  openedAt: timeSchema.optional(),
  nextCanaryAt: timeSchema.optional().meta({ description: 'When one call is let through to see.' }),
  failures: z.int().meta({ description: 'In a row; a success clears them.' }),
});

const pausedSchema = z.object({
  at: timeSchema,
  by: z.string().optional().meta({ description: 'Id of the API key that asked for it.' }),
  reason: z.string().optional(),
});

export const connectionSchema = component(
  'Connection',
  z.object({
    id: z.string(),
    provider: z.string(),
    baseUrl: z.string(),
    state: z.enum(HEALTH).meta({ description: 'In a word; the fields below say more.' }),
    limits: limitsSchema,
    inFlight: z.int().optional().meta({ description: 'Runs under way there; where `limits.inFlight` is set.' }),
    queued: z.int().optional().meta({ description: 'Runs in line for one of its places.' }),
    requests: requestsSchema.optional().meta({ description: 'Where a rate is in force.' }),
    breaker: breakerSchema,
    paused: pausedSchema.optional(),
    toldToWaitUntil: timeSchema.optional().meta({ description: 'The platform asked for a pause until then.' }),
    lastSuccessAt: timeSchema.optional().meta({ description: 'To the minute.' }),
    lastError: z.object({ at: timeSchema, message: z.string() }).optional(),
  }),
);

export const connectionListSchema = component('ConnectionList', z.object({ items: z.array(connectionSchema) }));

const MAX_REASON = 500;

export const pauseSchema = component(
  'Pause',
  z.strictObject({
    reason: z.string().trim().min(1).max(MAX_REASON).optional().meta({ description: 'Shown while the pause lasts.' }),
  }),
);

export const connectionParams = z.strictObject({ connectionId: flowIdSchema });
