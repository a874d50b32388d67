/** Any number of due times on one timer: a waiting execution costs an array slot, not a promise and a timer. */
import type { LocalClock } from './clock.ts';

export interface TimerQueue {
  add(dueMs: number, name: string): void;
  close(): void;
}

interface Entry {
  readonly dueMs: number;
  readonly name: string;
}

/** A binary heap, earliest first. */
function createHeap() {
  const entries: Entry[] = [];
  const dueAt = (i: number) => entries[i]?.dueMs ?? Number.POSITIVE_INFINITY;
  function swap(a: number, b: number): void {
    const [x, y] = [entries[a], entries[b]];
    if (x && y) [entries[a], entries[b]] = [y, x];
  }
  function sink(start: number): void {
    for (let i = start; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      const child = dueAt(right) < dueAt(left) ? right : left;
      if (dueAt(child) >= dueAt(i)) return;
      swap(child, i);
      i = child;
    }
  }
  return {
    first: () => entries[0],
    push(entry: Entry): void {
      entries.push(entry);
      for (let i = entries.length - 1; i > 0 && dueAt(i) < dueAt((i - 1) >> 1); i = (i - 1) >> 1) swap(i, (i - 1) >> 1);
    },
    pop(): Entry | undefined {
      swap(0, entries.length - 1);
      const entry = entries.pop();
      sink(0);
      return entry;
    },
  };
}

/** Calls `onDue` for each added name once its time has come, never before. */
export function createTimerQueue(clock: LocalClock, onDue: (name: string) => void): TimerQueue {
  const heap = createHeap();
  let alarm: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  let isClosed = false;

  function arm(): void {
    const first = heap.first();
    if (!first || isClosed || (alarm && alarm.dueMs <= first.dueMs)) return;
    alarm?.cancel();
    alarm = { dueMs: first.dueMs, cancel: clock.after(first.dueMs - clock.now(), ring) };
  }

  function ring(): void {
    alarm = undefined;
    for (let first = heap.first(); first && first.dueMs <= clock.now(); first = heap.first()) {
      heap.pop();
      onDue(first.name);
    }
    arm();
  }

  return {
    add(dueMs, name) {
      heap.push({ dueMs, name });
      arm();
    },
    close() {
      isClosed = true;
      alarm?.cancel();
    },
  };
}
