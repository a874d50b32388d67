/** Simulates seeds on all cores. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Definition } from '../../lib/local/definition.ts';
import { add, newTally, type Tally } from './tally.ts';
import type { Task } from './worker.ts';

export interface PoolOptions {
  /** The threads load what they need while it is made. */
  readonly definition: Definition | Promise<Definition>;
  readonly from: number;
  readonly seeds: number;
  /** Hears how far it is. */
  readonly onProgress?: (tally: Tally) => void;
  /** Ends early, with what is known by then. */
  readonly signal?: AbortSignal;
  /** Ends with the first broken seed. */
  readonly stopAtFirst?: boolean;
  readonly threads?: number;
}

const SEEDS_AT_ONCE = 20;

export async function simulateSeeds(options: PoolOptions): Promise<Tally> {
  const {
    definition,
    from,
    seeds,
    onProgress,
    signal,
    stopAtFirst = false,
    threads = availableParallelism(),
  } = options;
  const tally = newTally();
  const synthesised = Promise.resolve(definition);
  // Each thread hears of it once it is ready; until then nobody does.
  synthesised.catch(() => {});
  let next = from;
  const isOver = () => next >= from + seeds || signal?.aborted === true || (stopAtFirst && tally.broken.length > 0);

  function work(): Promise<void> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      // Most of what a world makes is forgotten at once.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    return new Promise<void>((resolve, reject) => {
      const give = (known: Definition) => {
        if (isOver()) return resolve();
        const count = Math.min(SEEDS_AT_ONCE, from + seeds - next);
        const task: Task = { definition: known, from: next, count };
        next += count;
        worker.postMessage(task);
      };
      worker.on('message', (message: Tally | 'ready') => {
        if (message !== 'ready') {
          add(tally, message);
          onProgress?.(tally);
        }
        synthesised.then(give).catch(reject);
      });
      worker.on('error', reject);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    }).finally(() => worker.terminate());
  }

  const count = Math.max(1, Math.min(threads, Math.ceil(seeds / SEEDS_AT_ONCE)));
  await Promise.all(Array.from({ length: count }, work));
  tally.broken.sort((a, b) => a.seed - b.seed);
  return tally;
}
