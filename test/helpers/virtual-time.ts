/**
 * Time that stands still while anybody works and jumps to the next one who waits: hours of thousands that run side by
 * side in seconds, in the same order each time.
 */

export interface VirtualTime {
  /** Epoch milliseconds. */
  now(): number;
  /** Parks only who asks, until then or until the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Until nobody waits any more, or time has come so far. @throws what a `background` task threw */
  run(untilMs?: number): Promise<void>;
  /** Begins something that nobody awaits; what it throws ends the test. */
  background(act: () => Promise<void>): void;
  /** Called when time moves, before anybody is woken. */
  onMove: (now: number) => void;
  /** Called after each step, when all are waiting again. */
  onIdle: () => void;
  /** Moments at which somebody was woken. */
  readonly steps: number;
}

interface Sleeper {
  readonly atMs: number;
  /** Of two that are due together the first to sleep is woken first. */
  readonly order: number;
  wake: () => void;
}

/** All promises that can be settled by now are; what is still open waits for time. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const nothing = () => {};

export function createVirtualTime(startMs: number): VirtualTime {
  const sleepers = createHeap();
  const failures: unknown[] = [];
  let now = startMs;
  let order = 0;
  let steps = 0;

  function moveTo(ms: number): void {
    if (ms <= now) return;
    now = ms;
    time.onMove(now);
  }

  const time: VirtualTime = {
    now: () => now,
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise<void>((resolve) => {
        order += 1;
        const sleeper: Sleeper = { atMs: now + Math.max(0, ms), order, wake: resolve };
        sleepers.push(sleeper);
        if (signal === undefined) return;
        const abort = () => {
          // Stays in the heap and wakes nobody.
          sleeper.wake = nothing;
          resolve();
        };
        signal.addEventListener('abort', abort, { once: true });
        sleeper.wake = () => {
          signal.removeEventListener('abort', abort);
          resolve();
        };
      });
    },
    background(act) {
      act().catch((error: unknown) => failures.push(error));
    },
    async run(untilMs = Number.POSITIVE_INFINITY) {
      for (;;) {
        await settled();
        time.onIdle();
        if (failures.length > 0) throw failures[0];
        const next = sleepers.peek();
        if (next === undefined || next.atMs > untilMs) break;
        sleepers.pop();
        moveTo(next.atMs);
        steps += 1;
        next.wake();
      }
      if (Number.isFinite(untilMs)) moveTo(untilMs);
    },
    onMove: nothing,
    onIdle: nothing,
    get steps() {
      return steps;
    },
  };
  return time;
}

function createHeap() {
  const items: Sleeper[] = [];
  const isBefore = (a: Sleeper, b: Sleeper) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  function place(item: Sleeper, from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const [first, second] = [items[left], items[left + 1]];
      const isRight = first !== undefined && second !== undefined && isBefore(second, first);
      const child = isRight ? second : first;
      if (child === undefined || !isBefore(child, item)) break;
      items[index] = child;
      index = isRight ? left + 1 : left;
    }
    items[index] = item;
  }

  return {
    peek: () => items[0],
    push(item: Sleeper): void {
      let index = items.length;
      for (;;) {
        const above = (index - 1) >> 1;
        const parent = items[above];
        if (index === 0 || parent === undefined || !isBefore(item, parent)) break;
        items[index] = parent;
        index = above;
      }
      items[index] = item;
    },
    pop(): Sleeper | undefined {
      const first = items[0];
      const last = items.pop();
      if (first !== undefined && last !== undefined && items.length > 0) place(last, 0);
      return first;
    },
  };
}
