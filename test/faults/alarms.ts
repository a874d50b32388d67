/** Who waits for which moment, the first due first; of two that are due together, the first to wait. */
export interface Alarms {
  /** Gives back what calls it off. */
  add(atMs: number, ring: () => void): () => void;
  peek(): Alarm | undefined;
  pop(): void;
}

export interface Alarm {
  readonly atMs: number;
  readonly ring: () => void;
}

interface Entry {
  readonly atMs: number;
  readonly order: number;
  ring: () => void;
  isOff: boolean;
}

const isBefore = (a: Entry, b: Entry) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** A binary heap; what is called off stays in it until its turn. */
export function createAlarms(): Alarms {
  const heap: Entry[] = [];
  let order = 0;

  function sink(entry: Entry): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [first, second] = [heap[left], heap[left + 1]];
      const isRight = first !== undefined && second !== undefined && isBefore(second, first);
      const child = isRight ? second : first;
      if (child === undefined || !isBefore(child, entry)) break;
      heap[index] = child;
      index = isRight ? left + 1 : left;
    }
    heap[index] = entry;
  }

  function rise(entry: Entry): void {
    let index = heap.length;
    heap.push(entry);
    for (;;) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (index === 0 || parent === undefined || !isBefore(entry, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  function pop(): void {
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) sink(last);
  }

  return {
    add(atMs, ring) {
      order += 1;
      const entry: Entry = { atMs, order, ring, isOff: false };
      rise(entry);
      return () => {
        entry.isOff = true;
        entry.ring = () => {};
      };
    },
    peek() {
      while (heap[0]?.isOff === true) pop();
      return heap[0];
    },
    pop,
  };
}
