/** Attacks regular expressions where they can be stopped: in a thread of their own. */
import { Worker } from 'node:worker_threads';
import type { Attacked } from './regex-worker.ts';

interface Pattern {
  readonly source: string;
  readonly flags: string;
}

/** Of all inputs for one expression; nobody needs so long but one that never ends. */
const ENDLESS_MS = 3_000;

/** Those that took longer than the limit, each with its worst input; `Infinity` for one that had to be stopped. */
export async function attack(patterns: readonly Pattern[], limitMs: number): Promise<readonly Attacked[]> {
  const slow: Attacked[] = [];
  for (let from = 0; from < patterns.length; ) {
    const stoppedAt = await attackFrom(patterns, from, limitMs, slow);
    if (stoppedAt !== undefined)
      slow.push({ index: stoppedAt, ms: Number.POSITIVE_INFINITY, input: 'one that it never ends with' });
    from = stoppedAt === undefined ? patterns.length : stoppedAt + 1;
  }
  return slow;
}

/** @returns the place of an expression that had to be stopped. */
function attackFrom(
  patterns: readonly Pattern[],
  from: number,
  limitMs: number,
  slow: Attacked[],
): Promise<number | undefined> {
  const workerData = { patterns: patterns.slice(from), limitMs };
  const worker = new Worker(new URL('./regex-worker.ts', import.meta.url), { workerData });
  let current = from;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  return new Promise((resolve, reject) => {
    worker.on('message', (message: Attacked | 'next') => {
      clearTimeout(timer);
      if (message !== 'next') {
        current = from + message.index + 1;
        if (message.ms > limitMs) slow.push({ ...message, index: from + message.index });
        return;
      }
      timer = setTimeout(() => {
        stopped = true;
        void worker.terminate();
      }, ENDLESS_MS);
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      clearTimeout(timer);
      resolve(stopped ? current : undefined);
    });
  });
}
