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

export type QueueMessage =
  | { readonly kind: 'start'; readonly request: StartMessage; readonly requestId?: string }
  | { readonly kind: 'cancel'; readonly flowId: string; readonly requestId: string }
  /** A slot of a schedule; ISO 8601 instant. */
  | { readonly kind: 'slot'; readonly flowId: string; readonly scheduledTime: string };

/** @throws InvalidInputError naming each field; never a value. */
export function parseQueueMessage(body: string): QueueMessage {
  const value = parseJson(body);
  if (isRecord(value) && 'cancel' in value) return { kind: 'cancel', ...checked(cancelSchema, value).cancel };
  if (isRecord(value) && 'schedule' in value) return { kind: 'slot', ...checked(slotSchema, value).schedule };
  const { requestId, ...request } = dropUndefined(checked(startMessageSchema, value));
  return { kind: 'start', request, ...(requestId === undefined ? {} : { requestId }) };
}

/** The request in a start message. @throws InvalidInputError */
export function requestOfMessage(body: string): StartMessage {
  const message = parseQueueMessage(body);
  if (message.kind === 'start') return message.request;
  throw new InvalidInputError('The message does not ask for a run.', []);
}

function parseJson(body: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // The parser's own message quotes the body.
    throw new InvalidInputError('The message is not JSON.', [{ path: '(message)', message: 'expected JSON' }]);
  }
  const problem = sizeProblem(value, 'The message');
  if (problem !== undefined) throw new InvalidInputError(problem, [{ path: '(message)', message: problem }]);
  return value;
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidInputError('The message does not fit.', toIssues(result.error, { whole: '(message)' }));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
