/** A thread that fuzzes the ranges it is given. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Fuzzed, fuzzPart } from './fuzz-part.ts';
import { PARTS } from './parts/all.ts';

export interface Task {
  readonly part: string;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

export type Done = Fuzzed & { readonly part: string };

/** Where it is, for whoever has to end it. */
const { place } = workerData as { readonly place: Int32Array };

parentPort?.on('message', async ({ part: name, ...range }: Task) => {
  const part = PARTS.find((candidate) => candidate.name === name);
  if (part === undefined) throw new Error(`no part ${name}`);
  const began = (index: number) => void Atomics.store(place, 0, index);
  const done: Done = { part: name, ...(await fuzzPart(part, { ...range, began })) };
  parentPort?.postMessage(done);
});
// Whoever pollutes it throws.
Object.preventExtensions(Object.prototype);
parentPort?.postMessage('ready');
