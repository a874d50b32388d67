/** A thread with a time of its own that simulates the seeds it is given. */
import { parentPort } from 'node:worker_threads';
import type { Definition } from '../../lib/local/definition.ts';
import { takeOverThread } from './virtual-thread.ts';

export interface Task {
  readonly definition: Definition;
  readonly from: number;
  readonly count: number;
}

// Errors are made by the thousand here, and nobody reads where they came from; `--seed` tells it.
Error.stackTraceLimit = 0;
const thread = takeOverThread();
// What waits or draws must find this thread's time when it is loaded.
const { simulate } = await import('./simulate.ts');
const { count, newTally } = await import('./tally.ts');
let isWarm = false;

/** Modules that are loaded on first use would take a time of their own in the middle of a world. */
async function warmUp(definition: Definition): Promise<void> {
  // Whether this one holds is not what was asked.
  if (!isWarm) await simulate({ thread, definition, seed: 0 }).catch(() => undefined);
  isWarm = true;
}

parentPort?.on('message', async ({ definition, from, count: seeds }: Task) => {
  await warmUp(definition);
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
