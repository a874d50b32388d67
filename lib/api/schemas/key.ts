import { z } from 'zod';
import { SCOPES } from '../../workflow/ports.ts';
import { component, flowIdSchema, timeSchema } from './common.ts';

const MAX_FLOWS = 100;
const scopeSchema = z.enum(SCOPES);

export const keyRequestSchema = component(
  'KeyRequest',
  z.strictObject({
    scopes: z.array(scopeSchema).min(1).max(SCOPES.length),
    flows: z.array(flowIdSchema).min(1).max(MAX_FLOWS).optional().meta({ description: 'Absent: all flows.' }),
    name: z.string().min(1).max(100).optional(),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  }),
);

export const keyCreatedSchema = component(
  'KeyCreated',
  z.object({
    keyId: z.string(),
    key: z.string().meta({ description: 'Shown this once and kept nowhere.' }),
  }),
);

const known = {
  keyId: z.string(),
  scopes: z.array(scopeSchema),
  flows: z.array(z.string()).optional(),
  name: z.string().optional(),
  expiresAt: timeSchema.optional(),
};

export const ownKeySchema = component('OwnKey', z.object(known));

export const keySchema = component(
  'Key',
  z.object({
    ...known,
    createdAt: timeSchema,
    lastUsedAt: timeSchema.optional().meta({ description: 'To the hour; absent: never.' }),
    revokedAt: timeSchema.optional(),
  }),
);

export const keyListSchema = component('KeyList', z.object({ items: z.array(keySchema) }));

export const keyParams = z.strictObject({ keyId: z.string().regex(/^[0-9A-Za-z]{1,64}$/) });
