/** What callers send to start a run: the same fields by the API, by the queue and from the console. */
import { z } from 'zod';

const MAX_TAGS = 50;

/** Body of `POST /v1/flows/{flowId}/runs`. */
export const startBodySchema = z.strictObject({
  parameters: z.record(z.string(), z.json()).default({}),
  body: z.string().optional(),
  businessKey: z.string().min(1).max(256).optional(),
  tags: z
    .record(z.string().max(128), z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `expected at most ${MAX_TAGS} tags`)
    .optional(),
  timeoutMs: z.int().min(1_000).optional(),
  retry: z
    .strictObject({ maxAttempts: z.int().min(1).max(100).optional(), coolOffMs: z.int().min(0).optional() })
    .optional(),
});

/** An idempotency key: header `Idempotency-Key`, field `requestId` of a message. */
export const requestIdSchema = z.string().regex(/^[\x20-\x7e]{1,255}$/, 'expected 1 to 255 printable ASCII characters');

/** A message in the queue, or the input of an execution that is started by hand. */
export const startMessageSchema = startBodySchema.extend({
  flowId: z.string().min(1).max(64),
  requestId: requestIdSchema.optional(),
});

export type Defined<T> = {
  [Key in keyof T]: Exclude<T[Key], undefined> extends object
    ? Defined<Exclude<T[Key], undefined>>
    : Exclude<T[Key], undefined>;
};

/** JSON has no `undefined`, and neither has what we pass on. */
export function dropUndefined<T>(value: T): Defined<T> {
  return JSON.parse(JSON.stringify(value));
}
