/** A thread that lives each seed twice, with and without what may only change when things happen, and compares the verdicts. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Definition } from '../../lib/local/definition.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { SimulationResult } from './simulate.ts';
import { takeOverThread } from './virtual-thread.ts';

export interface SameVerdictsInput {
  readonly definition: Definition;
  readonly seeds: number;
}

export interface SameVerdictsReport {
  readonly faults: number;
  /** Seeds whose requests came to another end. */
  readonly different: readonly string[];
}

/** Everything twice or by somebody else; nothing lost, nothing refused, and no call so late that its limit comes first. */
const HARMLESS: readonly FaultKind[] = [
  'queue-duplicate',
  'queue-redrive',
  'request-again',
  'sweep-twice',
  'deploy',
  'stale-read',
  'table-reply-lost',
  'machine-reply-lost',
  'reinvoked',
];

const { definition, seeds } = workerData as SameVerdictsInput;
const thread = takeOverThread();
const { hasSchedule, simulate } = await import('./simulate.ts');
await simulate({ thread, definition, seed: 0 });

const verdictsOf = ({ runs }: SimulationResult) =>
  runs
    .map(({ businessKey, status }) => `${businessKey} ${status}`)
    .sort()
    .join(', ');

const different: string[] = [];
let faults = 0;
for (let seed = 1; seed <= seeds; seed += 1) {
  // The slots of a schedule are as many as its world lasts.
  if (hasSchedule(seed)) continue;
  const undisturbed = await simulate({ thread, definition, seed, kinds: [] });
  const disturbed = await simulate({ thread, definition, seed, kinds: HARMLESS });
  faults += disturbed.strikes.length;
  const [one, other] = [verdictsOf(undisturbed), verdictsOf(disturbed)];
  for (const { invariant, message } of [...undisturbed.violations, ...disturbed.violations])
    different.push(`seed ${seed}: ${invariant}: ${message}`);
  if (one !== other) different.push(`seed ${seed}: ${one} / ${other}`);
}
parentPort?.postMessage({ faults, different } satisfies SameVerdictsReport);
