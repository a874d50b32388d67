/** What this process and its worker threads take of memory, once their garbage is collected. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { HeapInfo } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import { collectGarbage } from './garbage.ts';

export interface Memory {
  /** Resident, without the pages of files that are mapped. */
  readonly rssMb: number;
  /** Those pages: the program, and files of the table, which LevelDB maps as they are read. They are the system's cache. */
  readonly mappedMb: number;
  /** What the objects of all threads take, by V8's account: not all of it need be resident. */
  readonly objectsMb: number;
  /** What they hold outside V8's heaps, such as buffers, by the same account. */
  readonly externalMb: number;
  /** `rssMb` with the garbage since the last collection. */
  readonly withGarbageMb: number;
  /** Threads that were asked to collect their garbage and did not: they had just begun, or ended. */
  readonly uncollected: number;
  readonly threads: number;
}

/** Arguments of Node.js for a process whose memory is read; its threads begin with them as well. */
export const COLLECTING: readonly string[] = ['--expose-gc', '--import', new URL('./garbage.ts', import.meta.url).href];

const MEBIBYTE = 1_048_576;

/** Linux tells the two apart; elsewhere all counts as the process's own. */
function residentMb(): Pick<Memory, 'rssMb' | 'mappedMb'> {
  const all = process.memoryUsage.rss() / MEBIBYTE;
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const anonymousKb = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  const own = anonymousKb === undefined ? all : Number(anonymousKb) / 1_024;
  return { rssMb: own, mappedMb: all - own };
}

/** Undefined for a thread that ends meanwhile. */
async function heapOf(worker: Worker): Promise<HeapInfo | undefined> {
  const told = new AbortController();
  const ended = once(worker, 'exit', { signal: told.signal }).then(() => undefined);
  try {
    return await Promise.race([worker.getHeapStatistics(), ended]);
  } catch {
    return undefined;
  } finally {
    told.abort();
  }
}

/** Garbage that nobody has collected yet is no growth, and how much of it there is goes up and down by the second. */
export async function readMemory(workers: readonly Worker[]): Promise<Memory> {
  const { rssMb: withGarbageMb } = residentMb();
  const uncollected = await collectGarbage(workers.map(({ threadId }) => threadId));
  const resident = residentMb();
  const heaps = (await Promise.all(workers.map(heapOf))).filter((heap) => heap !== undefined);
  const { heapUsed, external } = process.memoryUsage();
  return {
    ...resident,
    objectsMb: heaps.reduce((sum, heap) => sum + heap.used_heap_size, heapUsed) / MEBIBYTE,
    externalMb: heaps.reduce((sum, heap) => sum + heap.external_memory, external) / MEBIBYTE,
    withGarbageMb,
    uncollected,
    threads: heaps.length,
  };
}
