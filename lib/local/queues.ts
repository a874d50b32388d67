/**
 * SQS's standard queues on disk. At least once, as SQS promises: what a sender was told is kept survives any end of the
 * process, and so does the count of receives, so that a message that kills its reader ends in the dead-letter queue.
 */
import { randomUUID } from 'node:crypto';
import type { LocalClock } from './clock.ts';
import type { Database } from './data-dir.ts';
import { queueError } from './queue-errors.ts';
import {
  contentOf,
  deadLettered,
  deliveryOf,
  isCurrentHandle,
  keyOfHandle,
  movedBack,
  newMessage,
  received,
} from './queue-messages.ts';
import { createShelf, type Shelf } from './queue-shelf.ts';
import { type Change, createQueueStore } from './queue-store.ts';
import type { Delivery, Message, MoveTask, QueueDefinition, Queues, ReceiveOptions } from './queue-types.ts';
import { createWaiters, type Waiters } from './queue-waiters.ts';
import type { TextSeal } from './sealed-text.ts';

export interface QueuesOptions {
  /** The queues' own; closed by whoever opened it, after them. */
  readonly database: Database;
  readonly definitions: readonly QueueDefinition[];
  readonly clock: LocalClock;
  /** For what messages say. @default - left as it is */
  readonly seal?: TextSeal;
}

const PLAIN: TextSeal = { seal: (text) => text, open: (text) => text };

interface Queue {
  readonly definition: QueueDefinition;
  readonly createdAtMs: number;
  readonly shelf: Shelf;
  readonly waiters: Waiters;
}

const MAX_MOVE_TASKS = 10;

function requireDeadLetterQueues(definitions: readonly QueueDefinition[]): void {
  const names = new Set(definitions.map(({ name }) => name));
  for (const { name, redrive } of definitions) {
    if (!redrive || (names.has(redrive.deadLetterQueue) && redrive.deadLetterQueue !== name)) continue;
    throw new Error(`Queue ${name} names ${redrive.deadLetterQueue}, which is no other queue.`);
  }
}

const keyText = (key: number) => String(key).padStart(15, '0');
const forget = ({ key }: Message): Change => ({ forget: key });

/** Opens the queues with all that is in them. Messages of queues that are no longer defined stay where they are. */
export async function openQueues({ database, definitions, clock, seal = PLAIN }: QueuesOptions): Promise<Queues> {
  requireDeadLetterQueues(definitions);
  const store = createQueueStore(database, seal);
  const queues = new Map<string, Queue>();
  for (const definition of definitions) {
    const createdAtMs = await store.createdAtMs(definition.name, clock.now());
    const shelf = createShelf(definition.retentionSeconds * 1_000);
    queues.set(definition.name, { definition, createdAtMs, shelf, waiters: createWaiters(clock) });
  }
  const kept = await store.messages();
  for (const message of kept) queues.get(message.queue)?.shelf.put(message);
  await store.write([...queues.values()].flatMap(({ shelf }) => shelf.tidy(clock.now()).map(forget)));
  let nextKey = Number(kept.at(-1)?.key ?? 0) + 1;
  const tasks: MoveTask[] = [];
  let isClosed = false;

  function find(name: string): Queue {
    const queue = queues.get(name);
    if (queue) return queue;
    throw queueError('QueueDoesNotExist', 'The specified queue does not exist.');
  }

  /** Puts a message on the shelf of its queue, from which others may take it at once. */
  function shelve(message: Message): Change {
    const queue = queues.get(message.queue);
    queue?.shelf.put(message);
    queue?.waiters.wake();
    return { put: message };
  }

  function move(message: Message, moved: Message): Change {
    queues.get(message.queue)?.shelf.remove(message.key);
    return shelve(moved);
  }

  /** Takes what may be received now; what was received too often goes to the dead-letter queue instead. */
  function take({ definition, shelf }: Queue, options: ReceiveOptions) {
    const nowMs = clock.now();
    const { maxMessages = 1, maxBytes = Number.POSITIVE_INFINITY } = options;
    const timeoutSeconds = options.visibilityTimeoutSeconds ?? definition.visibilityTimeoutSeconds;
    const changes: Change[] = shelf.tidy(nowMs).map(forget);
    const taken: Message[] = [];
    let bytes = 0;
    for (const message of shelf.visible()) {
      if (taken.length === maxMessages) break;
      const { redrive } = definition;
      if (redrive && message.receives >= redrive.maxReceiveCount) {
        changes.push(move(message, deadLettered(message, redrive.deadLetterQueue, nowMs)));
        continue;
      }
      bytes += message.bytes;
      if (taken.length > 0 && bytes > maxBytes) break;
      taken.push(received(message, timeoutSeconds, options, nowMs));
    }
    for (const message of taken) {
      shelf.put(message);
      changes.push({ put: message });
    }
    return { taken, changes };
  }

  async function deliver(taken: readonly Message[]): Promise<readonly Delivery[]> {
    const contents = await store.contents(taken.map(({ key }) => key));
    return taken.flatMap((message, i) => {
      const content = contents[i];
      return content ? [deliveryOf(message, content)] : [];
    });
  }

  async function receive(name: string, options: ReceiveOptions = {}): Promise<readonly Delivery[]> {
    const queue = find(name);
    const untilMs = clock.now() + (options.waitMs ?? 0);
    while (!isClosed && !options.signal?.aborted) {
      const { taken, changes } = take(queue, options);
      if (changes.length > 0) await store.write(changes);
      if (taken.length > 0) return deliver(taken);
      if (clock.now() >= untilMs) return [];
      // Nothing is missed: between a look without result and this there is no turn of the event loop.
      if (changes.length === 0) await queue.waiters.wait(Math.min(untilMs, queue.shelf.nextDueMs()), options.signal);
    }
    return [];
  }

  async function moveBack(sourceName: string, destination?: string): Promise<MoveTask> {
    const source = find(sourceName);
    if (!definitions.some(({ redrive }) => redrive?.deadLetterQueue === sourceName)) {
      throw queueError('InvalidValue', 'Source queue must be configured as a Dead Letter Queue.');
    }
    if (destination !== undefined) find(destination);
    const nowMs = clock.now();
    const changes: Change[] = source.shelf.tidy(nowMs).map(forget);
    const toMove = [...source.shelf.visible()];
    const targetOf = (message: Message) => destination ?? message.deadLetterSource ?? '';
    const movable = toMove.filter((message) => queues.has(targetOf(message)));
    changes.push(...movable.map((message) => move(message, movedBack(message, targetOf(message), nowMs))));
    await store.write(changes, true);
    const task: MoveTask = {
      handle: randomUUID(),
      source: sourceName,
      ...(destination !== undefined && { destination }),
      startedAtMs: nowMs,
      moved: movable.length,
      toMove: toMove.length,
      ...(movable.length < toMove.length && { failureReason: 'CouldNotDetermineMessageSource' }),
    };
    tasks.unshift(task);
    return task;
  }

  return {
    definitions,
    receive,
    moveBack,
    async send(name, messages) {
      find(name);
      const nowMs = clock.now();
      const added = messages.map((message) => {
        nextKey += 1;
        return { put: newMessage(name, keyText(nextKey - 1), message, nowMs), content: contentOf(message) };
      });
      await store.write(added, true);
      for (const { put } of added) shelve(put);
      return added.map(({ put }) => put.messageId);
    },
    async remove(name, receiptHandles) {
      const { shelf } = find(name);
      const gone = receiptHandles.flatMap((handle) => {
        const message = shelf.find(keyOfHandle(handle));
        return message && isCurrentHandle(message, handle) ? [message] : [];
      });
      for (const { key } of gone) shelf.remove(key);
      if (gone.length > 0) await store.write(gone.map(forget));
    },
    async changeVisibility(name, handle, timeoutSeconds) {
      const { shelf } = find(name);
      const key = keyOfHandle(handle);
      const nowMs = clock.now();
      const expired = shelf.tidy(nowMs).map(forget);
      const message = shelf.find(key);
      if (!message || !isCurrentHandle(message, handle)) {
        throw queueError('InvalidValue', 'Message does not exist or is not available for visibility timeout change.');
      }
      if (message.visibleAtMs <= nowMs) throw queueError('MessageNotInflight', 'The message is not in flight.');
      await store.write([...expired, shelve({ ...message, visibleAtMs: nowMs + timeoutSeconds * 1_000 })]);
    },
    state(name) {
      const { definition, createdAtMs, shelf } = find(name);
      // What this drops stays on disk until the queues are opened again, which drops it too.
      shelf.tidy(clock.now());
      const hidden = [...shelf.hidden()];
      const delayed = hidden.filter(({ receives }) => receives === 0).length;
      return { definition, createdAtMs, visible: shelf.countVisible(), notVisible: hidden.length - delayed, delayed };
    },
    async purge(name) {
      const { shelf } = find(name);
      const all = [...shelf.visible(), ...shelf.hidden()];
      for (const { key } of all) shelf.remove(key);
      await store.write(all.map(forget));
    },
    moveTasks(source) {
      find(source);
      return tasks.filter((task) => task.source === source).slice(0, MAX_MOVE_TASKS);
    },
    async release(name, holder) {
      const { shelf } = find(name);
      const nowMs = clock.now();
      const held = [...shelf.hidden()].filter((message) => message.holder === holder && message.visibleAtMs > nowMs);
      await store.write(held.map((message) => shelve({ ...message, visibleAtMs: nowMs })));
    },
    async close() {
      isClosed = true;
      for (const { waiters } of queues.values()) waiters.wake();
    },
  };
}
