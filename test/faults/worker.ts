/** A thread with a time of its own that simulates the seeds it is given. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Definition } from '../../lib/local/definition.ts';
import { takeOverThread } from './virtual-thread.ts';

export interface WorkerInput {
  readonly definition: Definition;
}

export interface Task {
  readonly from: number;
  readonly count: number;
}

// Errors are made by the thousand here, and nobody reads where they came from; `--seed` tells it.
Error.stackTraceLimit = 0;
const { definition } = workerData as WorkerInput;
const thread = takeOverThread();
// What waits or draws must find this thread's time when it is loaded.
const { simulate } = await import('./simulate.ts');
const { count, newTally } = await import('./tally.ts');
// Modules that are loaded on first use would take a time of their own in the middle of a world.
// Whether that one holds is not what was asked.
await simulate({ thread, definition, seed: 0 }).catch(() => undefined);

parentPort?.on('message', async ({ from, count: seeds }: Task) => {
  const tally = newTally();
  for (let seed = from; seed < from + seeds; seed += 1) {
    try {
      count(tally, await simulate({ thread, definition, seed }));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      tally.broken.push({ seed, violations: [{ invariant: 'I16', message, atMs: 0 }] });
    }
  }
  parentPort?.postMessage(tally);
});
parentPort?.postMessage('ready');
