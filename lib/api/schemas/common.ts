/** What all schemas of the API are made of, and the register from which the document takes its components. */
import { z } from 'zod';
import { startBodySchema } from '../../domain/start-body.ts';

/** Schemas that the document names; the same values parse requests. */
export const components = z.registry<{ readonly id: string }>();

/** Gives a schema the name under which the document refers to it. */
export function component<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  components.add(schema, { id });
  return schema;
}

/** Any JSON, by the very schema that start bodies use, so that the document names it once. */
export const jsonValueSchema = component('JsonValue', startBodySchema.shape.parameters.unwrap().valueType);
export const jsonObjectSchema = z.record(z.string(), jsonValueSchema);

/** ISO 8601 in UTC, as we write it. */
export const timeSchema = z.string().meta({ format: 'date-time' });

/** ISO 8601 as callers write it: a date is its first moment in UTC. */
export const instantSchema = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'expected an ISO 8601 date or time such as 2026-11-21T10:00:00Z; in a URL, write "+" as %2B',
});

export const runIdSchema = z.string().regex(/^run_[0-9A-HJKMNP-TV-Z]{26}$/);
export const flowIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'expected the id of a flow, as GET /v1/flows lists them');

export const runParams = z.strictObject({ runId: runIdSchema });
export const flowParams = z.strictObject({ flowId: flowIdSchema });

/** For calls that say everything by their path. */
export const emptyBodySchema = component('Empty', z.strictObject({}));
