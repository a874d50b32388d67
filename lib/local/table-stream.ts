/** The outbox of the table's thread, asked for from the main thread by messages. */

import type { TableEngine } from './table-engine.ts';
import type { OutboxEntry } from './table-outbox.ts';

export interface TableStream {
  /** The oldest entries that have not been dropped. Rejects when the table's thread ends; ask again. */
  take(limit: number): Promise<readonly OutboxEntry[]>;
  drop(sequences: readonly number[]): Promise<void>;
  /** Called whenever there may be something to take; replaces the listener before. */
  onNews(listener: () => void): void;
}

type Question =
  | { readonly kind: 'take'; readonly limit: number; readonly maxBytes: number }
  | { readonly kind: 'drop'; readonly sequences: readonly number[] };

/** To the table's thread. */
export type StreamCall = Question & { readonly id: number };
/** From the table's thread. */
export type StreamMessage =
  | { readonly kind: 'news' }
  | { readonly kind: 'answer'; readonly id: number; readonly entries?: readonly OutboxEntry[] }
  | { readonly kind: 'failure'; readonly id: number; readonly problem: string };

/** A function takes 6 MB in one call. */
const MAX_TAKEN_BYTES = 4_000_000;

/** Answers one call, in the table's thread. */
export async function answerStreamCall({ outbox }: TableEngine, call: StreamCall): Promise<StreamMessage> {
  const { id } = call;
  try {
    if (call.kind === 'take') return { kind: 'answer', id, entries: await outbox.take(call.limit, call.maxBytes) };
    await outbox.drop(call.sequences);
    return { kind: 'answer', id };
  } catch (error) {
    return { kind: 'failure', id, problem: error instanceof Error ? error.message : 'unknown' };
  }
}

export interface StreamPort extends TableStream {
  receive(message: StreamMessage): void;
  /** The thread is there: calls go to it. */
  attach(post: (call: StreamCall) => void): void;
  /** The thread has ended: whoever waits for its answer is told. */
  detach(): void;
}

/** The main thread's side, which outlives the thread. */
export function createStreamPort(): StreamPort {
  const waiting = new Map<number, PromiseWithResolvers<readonly OutboxEntry[]>>();
  let post: ((call: StreamCall) => void) | undefined;
  let listener = () => {};
  let lastId = 0;

  function ask(question: Question): Promise<readonly OutboxEntry[]> {
    if (post === undefined) return Promise.reject(new Error('The table is not there.'));
    lastId += 1;
    const asked = Promise.withResolvers<readonly OutboxEntry[]>();
    waiting.set(lastId, asked);
    post({ ...question, id: lastId });
    return asked.promise;
  }

  return {
    take: (limit) => ask({ kind: 'take', limit, maxBytes: MAX_TAKEN_BYTES }),
    async drop(sequences) {
      await ask({ kind: 'drop', sequences });
    },
    onNews(called) {
      listener = called;
    },
    receive(message) {
      if (message.kind === 'news') return listener();
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.kind === 'answer') asked?.resolve(message.entries ?? []);
      else asked?.reject(new Error(`The table did not answer: ${message.problem}`));
    },
    attach(given) {
      post = given;
      listener();
    },
    detach() {
      post = undefined;
      for (const asked of waiting.values()) asked.reject(new Error('The table stopped.'));
      waiting.clear();
    },
  };
}
