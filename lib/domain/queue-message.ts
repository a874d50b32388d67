/** What a message in the queue may ask for. */
import { z } from 'zod';
import { InvalidInputError } from './errors.ts';
import { toIssues } from './issues.ts';
import { sizeProblem } from './json-limits.ts';
import { type Defined, dropUndefined, requestIdSchema, startMessageSchema } from './start-body.ts';

const flowId = z.string().min(1).max(64);

const cancelSchema = z.strictObject({ cancel: z.strictObject({ flowId, requestId: requestIdSchema }) });
const slotSchema = z.strictObject({
  schedule: z.strictObject({ flowId, scheduledTime: z.iso.datetime({ offset: true }) }),
});

/** What a run is to be made of. */
export type StartMessage = Omit<Defined<z.output<typeof startMessageSchema>>, 'requestId'>;

export interface Start {
  readonly request: StartMessage;
  /** The idempotency key. */
  readonly requestId?: string;
}

export type QueueMessage =
  | ({ readonly kind: 'start' } & Start)
  | { readonly kind: 'cancel'; readonly flowId: string; readonly requestId: string }
  /** A slot of a schedule; ISO 8601 instant. */
  | { readonly kind: 'slot'; readonly flowId: string; readonly scheduledTime: string };

/** @throws InvalidInputError naming each field; never a value. */
export function parseQueueMessage(body: string): QueueMessage {
  const value = parseJson(body);
  if (isRecord(value) && 'cancel' in value) return { kind: 'cancel', ...checked(cancelSchema, value).cancel };
  if (isRecord(value) && 'schedule' in value) return { kind: 'slot', ...checked(slotSchema, value).schedule };
  return { kind: 'start', ...parseStart(value, 'message') };
}

/**
 * A request for a run, from wherever somebody sent or typed it.
 * @throws InvalidInputError naming each field; never a value.
 */
export function parseStart(value: unknown, what: 'message' | 'input'): Start {
  const { requestId, ...request } = dropUndefined(checked(startMessageSchema, value, what));
  return { request, ...(requestId === undefined ? {} : { requestId }) };
}

/** What a start message asks for. @throws InvalidInputError */
export function startOfMessage(body: string): Start {
  const message = parseQueueMessage(body);
  if (message.kind === 'start') return message;
  throw new InvalidInputError('The message does not ask for a run.', []);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the body.
    throw new InvalidInputError('The message is not JSON.', [{ path: '(message)', message: 'expected JSON' }]);
  }
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: 'message' | 'input' = 'message',
): z.output<Schema> {
  const problem = sizeProblem(value, `The ${what}`);
  if (problem !== undefined) throw new InvalidInputError(problem, [{ path: `(${what})`, message: problem }]);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidInputError(`The ${what} does not fit.`, toIssues(result.error, { whole: `(${what})` }));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
