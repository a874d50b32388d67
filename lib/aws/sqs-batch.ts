/** A batch of messages from SQS, each on its own: what is not named as failed is deleted from the queue. */
import { TIMEOUT_SECONDS } from '../contract.ts';
import { InvalidInputError } from '../domain/errors.ts';
import { isObject } from '../domain/fields.ts';
import type { Dependencies } from '../workflow/ports.ts';
import type { Message } from '../workflow/take-message.ts';
import { errorCode } from './service-errors.ts';

/** What Lambda makes of a batch; an id that is not of the batch, or none at all, would bring everything back. */
export interface BatchReply {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export interface BatchOptions {
  readonly signal: AbortSignal;
  /** Does what a message asks for, or throws so that it comes back. */
  readonly take: (message: Message) => Promise<unknown>;
}

const AT_ONCE = 5;
/** What is begun later might not be done before the time is up. */
const BEGIN_FOR_MS = (TIMEOUT_SECONDS.intake - 10) * 1_000;
/** What is under way when the signal comes has so long to end. */
const LAST_MOMENT_MS = 1_000;

/** @throws InvalidInputError when this is no batch; nothing has been taken then. */
export function parseSqsBatch(event: unknown): readonly Message[] {
  const records = isObject(event) ? event.Records : undefined;
  if (!Array.isArray(records) || !records.every(isRecord))
    throw new InvalidInputError('The event is no batch of SQS.', [
      { path: 'Records', message: 'expected messages, each with messageId and body' },
    ]);
  return records.map(({ messageId, body }) => ({ messageId, body }));
}

/** Takes the messages; never fails as a whole, because some of them may be done. */
export async function takeBatch(
  { clock, log }: Pick<Dependencies, 'clock' | 'log'>,
  messages: readonly Message[],
  { signal, take }: BatchOptions,
): Promise<BatchReply> {
  // A queue may hand out one message twice at once.
  const waiting = new Map(messages.map((message) => [message.messageId, message]));
  const ids = [...waiting.keys()];
  const done = new Set<string>();
  const lastBeginMs = clock.now() + BEGIN_FOR_MS;

  const takeOne = async (message: Message) => {
    try {
      await take(message);
      done.add(message.messageId);
    } catch (error) {
      log.warn('message not taken; it comes back', { messageId: message.messageId, error: errorCode(error) });
    }
  };
  const work = async () => {
    for (const [id, message] of waiting) {
      if (signal.aborted || clock.now() > lastBeginMs) return;
      waiting.delete(id);
      await takeOne(message);
    }
  };
  const all = Promise.all(Array.from({ length: AT_ONCE }, work));
  await Promise.race([all, aborted(signal).then(() => clock.sleep(LAST_MOMENT_MS))]);
  return { batchItemFailures: ids.filter((id) => !done.has(id)).map((itemIdentifier) => ({ itemIdentifier })) };
}

function isRecord(value: unknown): value is Message {
  return isObject(value) && typeof value.messageId === 'string' && value.messageId !== '' && isText(value.body);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
