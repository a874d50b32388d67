/** A queue as SQS keeps one, without its time: what is not taken comes back, and after five receives goes to the dead letters. */
import { QUEUE } from '../../lib/contract.ts';
import type { Message } from '../../lib/workflow/take-message.ts';

export interface QueueOptions {
  /** Says which of a batch were not taken. */
  readonly receive: (batch: readonly Message[]) => Promise<readonly Message[]>;
  /** Runs between two rounds of deliveries. */
  readonly afterRound?: (round: number) => Promise<void> | void;
}

/** Delivers until every message is taken or dead. @returns the dead letters. */
export async function deliverAll(
  messages: readonly Message[],
  { receive, afterRound }: QueueOptions,
): Promise<readonly Message[]> {
  let waiting = messages;
  for (let round = 1; round <= QUEUE.maxReceives && waiting.length > 0; round += 1) {
    const batches = Array.from({ length: Math.ceil(waiting.length / QUEUE.batchSize) }, (_, index) =>
      waiting.slice(index * QUEUE.batchSize, (index + 1) * QUEUE.batchSize),
    );
    waiting = (await Promise.all(batches.map(receive))).flat();
    await afterRound?.(round);
  }
  return waiting;
}

/** The same order each time, and no order that anybody meant. */
export function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  const rank = (index: number) => (index * 7_919 + 104_729) % 1_009;
  return items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => rank(a.index) - rank(b.index) || a.index - b.index)
    .map(({ item }) => item);
}

let serial = 0;

/** A message of its own id. */
export function messageOf(body: unknown): Message {
  serial += 1;
  return { messageId: `message-${serial}`, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
