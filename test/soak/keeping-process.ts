/** A program with a thread that keeps things, and then lets go of them: prints its memory before, meanwhile and after. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { readMemory } from './process-memory.ts';

// Of the runtime's threads, each has an environment and limits of its own.
const options = { env: {}, resourceLimits: { maxYoungGenerationSizeMb: 12 } };
const worker = new Worker(new URL('./keeping-thread.ts', import.meta.url), options);
await once(worker, 'message');

async function readAfter(order: 'keep' | 'let go') {
  worker.postMessage(order);
  await once(worker, 'message');
  return readMemory([worker]);
}

const before = await readMemory([worker]);
const meanwhile = await readAfter('keep');
const after = await readAfter('let go');
console.log(JSON.stringify({ before, meanwhile, after }));
await worker.terminate();
