/** The messages of one queue in memory: those that may be received now, and those that may not yet. */
import type { Message } from './queue-types.ts';

export interface Shelf {
  /** Adds a message, or replaces what was known of it. */
  put(message: Message): void;
  find(key: string): Message | undefined;
  remove(key: string): void;
  /** Moves what is due to those that may be received, and drops what is older than it may be; says what it dropped. */
  tidy(nowMs: number): readonly Message[];
  /** Those that may be received, longest waiting first. */
  visible(): Iterable<Message>;
  hidden(): Iterable<Message>;
  countVisible(): number;
  /** No hidden message becomes visible before; infinite when there is none. */
  nextDueMs(): number;
}

export function createShelf(retentionMs: number): Shelf {
  const visible = new Map<string, Message>();
  const hidden = new Map<string, Message>();
  // Lower bounds, so that most calls look at no message at all.
  let nextDueMs = Number.POSITIVE_INFINITY;
  let nextExpiryMs = Number.POSITIVE_INFINITY;

  function remove(key: string): void {
    visible.delete(key);
    hidden.delete(key);
    if (hidden.size === 0) nextDueMs = Number.POSITIVE_INFINITY;
  }

  function put(message: Message): void {
    remove(message.key);
    hidden.set(message.key, message);
    nextDueMs = Math.min(nextDueMs, message.visibleAtMs);
    nextExpiryMs = Math.min(nextExpiryMs, message.sentAtMs + retentionMs);
  }

  function show(nowMs: number): void {
    if (nowMs < nextDueMs) return;
    nextDueMs = Number.POSITIVE_INFINITY;
    const due: Message[] = [];
    for (const message of hidden.values()) {
      if (message.visibleAtMs <= nowMs) due.push(message);
      else nextDueMs = Math.min(nextDueMs, message.visibleAtMs);
    }
    due.sort((a, b) => a.visibleAtMs - b.visibleAtMs);
    for (const message of due) {
      hidden.delete(message.key);
      visible.set(message.key, message);
    }
  }

  function expire(nowMs: number): readonly Message[] {
    if (nowMs < nextExpiryMs) return [];
    nextExpiryMs = Number.POSITIVE_INFINITY;
    const expired: Message[] = [];
    for (const message of [...visible.values(), ...hidden.values()]) {
      const expiryMs = message.sentAtMs + retentionMs;
      if (expiryMs <= nowMs) expired.push(message);
      else nextExpiryMs = Math.min(nextExpiryMs, expiryMs);
    }
    for (const { key } of expired) remove(key);
    return expired;
  }

  return {
    put,
    remove,
    find: (key) => visible.get(key) ?? hidden.get(key),
    tidy(nowMs) {
      const expired = expire(nowMs);
      show(nowMs);
      return expired;
    },
    visible: () => visible.values(),
    hidden: () => hidden.values(),
    countVisible: () => visible.size,
    nextDueMs: () => nextDueMs,
  };
}
