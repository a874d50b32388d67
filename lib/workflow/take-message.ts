/** One message of the queue, to its end: whoever calls this may delete the message once it resolves. */
import { InvalidInputError, RunNotYetAcceptedError } from '../domain/errors.ts';
import { parseQueueMessage, type QueueMessage } from '../domain/queue-message.ts';
import type { Run } from '../domain/run.ts';
import { acceptRun, requestKeyId } from './accept-run.ts';
import { cancelRun } from './cancel-run.ts';
import { fireSlot } from './fire-slot.ts';
import { parkPoison } from './park-poison.ts';
import type { Dependencies, ScheduleSlot } from './ports.ts';

export interface Message {
  /** SQS's own; another one after a redrive. */
  readonly messageId: string;
  readonly body: string;
}

export type MessageTaken =
  | { readonly kind: 'accepted' | 'replayed'; readonly run: Run }
  /** Cancellation is under way or done, or was asked for too late. */
  | { readonly kind: 'canceled'; readonly run: Run }
  | { readonly kind: 'slot'; readonly slot: ScheduleSlot }
  /** No repetition would help, so a human has it. */
  | { readonly kind: 'parked'; readonly run: Run };

type MessageOf<Kind extends QueueMessage['kind']> = Extract<QueueMessage, { readonly kind: Kind }>;

/**
 * Does what a message asks for, once, however often it is delivered.
 * @throws StoreUnavailableError, StaleRunError, RunNotYetAcceptedError: the message has to come again.
 */
export async function takeMessage(dependencies: Dependencies, message: Message): Promise<MessageTaken> {
  try {
    return await take(dependencies, message, parseQueueMessage(message.body));
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { kind: 'parked', run: await parkPoison(dependencies, message, error) };
  }
}

async function take(dependencies: Dependencies, { messageId }: Message, asked: QueueMessage): Promise<MessageTaken> {
  if (asked.kind === 'start') return start(dependencies, asked, `message:${messageId}`);
  if (asked.kind === 'slot') return fire(dependencies, asked);
  if (!Object.hasOwn(dependencies.config.flows, asked.flowId)) throw unknownFlow('cancel.flowId');
  return cancel(dependencies, asked);
}

async function start(dependencies: Dependencies, asked: MessageOf<'start'>, substitute: string): Promise<MessageTaken> {
  const { request, requestId = substitute } = asked;
  const key = { requestKey: requestId, requestKeyScope: requestIdScope(request.flowId) };
  const accepted = await acceptRun(dependencies, { ...request, ...key, trigger: 'queue' });
  if (accepted.kind === 'unknown-flow') throw unknownFlow('flowId');
  if (accepted.kind === 'key-reused') throw keyReused();
  return accepted;
}

/** The order of messages is nobody's promise: what is to be canceled may arrive later. */
async function cancel(dependencies: Dependencies, asked: MessageOf<'cancel'>): Promise<MessageTaken> {
  const { store, vault } = dependencies;
  const known = await store.byRequestKey(await requestKeyId(vault, requestIdScope(asked.flowId), asked.requestId));
  if (known === undefined) throw notYetAccepted();
  const canceled = await cancelRun(dependencies, known.run.id, { why: 'A message asked for cancellation.' });
  // The key is written before its run, which somebody is finishing just now.
  if (canceled.kind === 'unknown') throw notYetAccepted();
  return { kind: 'canceled', run: canceled.run };
}

async function fire(dependencies: Dependencies, { flowId, scheduledTime }: MessageOf<'slot'>): Promise<MessageTaken> {
  return { kind: 'slot', slot: await fireSlot(dependencies, { flowId, slot: scheduledTime }) };
}

/** Within what a message's `requestId` is unique. */
export function requestIdScope(flowId: string): readonly string[] {
  return ['queue', flowId];
}

function notYetAccepted(): RunNotYetAcceptedError {
  return new RunNotYetAcceptedError('There is no run under the requestId that is to be canceled, or not yet.');
}

function unknownFlow(path: string): InvalidInputError {
  const message = 'the configuration has no flow of this name; correct it, or add the flow and rerun this run';
  return new InvalidInputError('There is no such flow.', [{ path, message }]);
}

function keyReused(): InvalidInputError {
  const message = 'was used for another request before; give this one a requestId of its own';
  return new InvalidInputError('The requestId is taken.', [{ path: 'requestId', message }]);
}
