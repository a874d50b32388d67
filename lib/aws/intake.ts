/** The two events that bring a run in without the API: messages from the queue, and an execution started by hand. */
import { isObject } from '../domain/fields.ts';
import { acceptFromConsole, parseConsoleStart } from '../workflow/accept-console.ts';
import type { Dependencies } from '../workflow/ports.ts';
import { type Message, takeMessage } from '../workflow/take-message.ts';
import { parseSqsBatch, takeBatch } from './sqs-batch.ts';

export type IntakeEvent =
  | { readonly kind: 'batch'; readonly messages: readonly Message[] }
  | { readonly kind: 'console'; readonly input: ReturnType<typeof parseConsoleStart> };

/** @throws InvalidInputError naming the field that does not fit. */
export function parseIntakeEvent(event: unknown): IntakeEvent {
  if (isObject(event) && 'Records' in event) return { kind: 'batch', messages: parseSqsBatch(event) };
  return { kind: 'console', input: parseConsoleStart(isObject(event) ? event.console : event) };
}

/** Answers SQS with the messages that have to come again, the machine with where its run goes on. */
export async function intake(
  dependencies: Dependencies,
  event: IntakeEvent,
  { signal }: { readonly signal: AbortSignal },
) {
  if (event.kind === 'console') return acceptFromConsole(dependencies, event.input);
  return takeBatch(dependencies, event.messages, { signal, take: (message) => takeMessage(dependencies, message) });
}
