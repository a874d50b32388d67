/** How much memory outside the heap a call takes at its worst: that is where bytes of replies are. */

const EVERY_MS = 5;

export interface MemoryWatch {
  /** The most above what there was at the beginning. */
  end(): number;
}

export function watchMemory(): MemoryWatch {
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  const look = () => {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    end() {
      clearInterval(timer);
      look();
      return most - before;
    },
  };
}
