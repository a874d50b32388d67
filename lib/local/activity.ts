/** How much is going on, so that whoever moves the time knows when everything has come to rest. */
export interface Activity {
  count(): number;
  /** Counts the work until it ends. */
  run<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Within counted work: what only waits for its time does not count. */
  rest<Value>(wait: () => Promise<Value>): Promise<Value>;
  /** Resolves once nothing goes on. */
  idle(): Promise<void>;
}

const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createActivity(): Activity {
  let count = 0;
  let atRest = Promise.withResolvers<void>();

  async function shifted<Value>(by: 1 | -1, work: () => Promise<Value>): Promise<Value> {
    move(by);
    try {
      return await work();
    } finally {
      move(by === 1 ? -1 : 1);
    }
  }

  function move(by: 1 | -1): void {
    count += by;
    if (count > 0) return;
    atRest.resolve();
    atRest = Promise.withResolvers();
  }

  return {
    count: () => count,
    run: (work) => shifted(1, work),
    rest: (wait) => shifted(-1, wait),
    async idle() {
      // One thing often leads to the next within the same turn.
      do {
        if (count > 0) await atRest.promise;
        await endOfTurn();
      } while (count > 0);
    },
  };
}
