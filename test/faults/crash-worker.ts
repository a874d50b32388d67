/** A thread that crashes one flow everywhere. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Definition } from '../../lib/local/definition.ts';
import type { Asked } from './callers.ts';
import type { Crashed } from './crash-points.ts';
import { takeOverThread } from './virtual-thread.ts';

export interface CrashInput {
  readonly definition: Definition;
  readonly flow: string;
  readonly by: Asked['by'];
}

export interface CrashReport {
  readonly points: number;
  /** Points at which nothing was killed although an undisturbed run comes by. */
  readonly missed: number;
  /** Kills of a call that was made again after the first. */
  readonly again: number;
  readonly broken: readonly Crashed[];
}

const { definition, flow, by } = workerData as CrashInput;
const thread = takeOverThread();
const { crashEverywhere } = await import('./crash-points.ts');
const { simulate } = await import('./simulate.ts');
await simulate({ thread, definition, seed: 0 });

const report = { points: 0, missed: 0, again: 0, broken: [] as Crashed[] };
for await (const crashed of crashEverywhere({ thread, definition }, flow, by)) {
  report.points += 1;
  report.missed += crashed.killed === 0 ? 1 : 0;
  report.again += crashed.killed === 2 ? 1 : 0;
  if (crashed.violations.length > 0) report.broken.push(crashed);
}
parentPort?.postMessage(report satisfies CrashReport);
