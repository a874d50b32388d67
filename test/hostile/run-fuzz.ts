/** Divides inputs among threads, and ends what never ends. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Crash } from './fuzz-part.ts';
import type { Done, Task } from './fuzz-worker.ts';

export interface Plan {
  readonly part: string;
  readonly from: number;
  readonly count: number;
}

export interface PartTotal {
  readonly part: string;
  readonly inputs: number;
  readonly slowest: { readonly index: number; readonly ms: number };
  readonly crashes: readonly Crash[];
}

export interface FuzzOptions {
  readonly seed: number;
  readonly plans: readonly Plan[];
  readonly threads?: number;
  progress?(inputs: number): void;
  /** Aborted: what is known so far is told. */
  readonly signal?: AbortSignal;
}

const CHUNK = 2_000;
/** A chunk takes seconds; nobody waits for more than an input that never ends. */
const ENDLESS_MS = 120_000;

export async function runFuzz(options: FuzzOptions): Promise<readonly PartTotal[]> {
  const totals = new Map(options.plans.map(({ part }) => [part, emptyTotal(part)]));
  const tasks = chunksOf(options);
  const threads = Math.min(options.threads ?? availableParallelism(), tasks.length);
  let inputs = 0;
  const take = (): Task | undefined => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift())
      // The first crash of a part is enough; the others may be of the same kind.
      if (totals.get(task.part)?.crashes.length === 0 && options.signal?.aborted !== true) return task;
    return undefined;
  };
  const tell = (done: Done) => {
    const total = totals.get(done.part) ?? emptyTotal(done.part);
    totals.set(done.part, added(total, done));
    inputs += done.inputs;
    options.progress?.(inputs);
  };
  await Promise.all(Array.from({ length: threads }, () => work(take, tell, options.signal)));
  return [...totals.values()];
}

function emptyTotal(part: string): PartTotal {
  return { part, inputs: 0, slowest: { index: 0, ms: 0 }, crashes: [] };
}

function added(total: PartTotal, { inputs, slowest, crash }: Done): PartTotal {
  return {
    part: total.part,
    inputs: total.inputs + inputs,
    slowest: slowest.ms > total.slowest.ms ? slowest : total.slowest,
    crashes: crash === undefined ? total.crashes : [...total.crashes, crash],
  };
}

function chunksOf({ seed, plans }: FuzzOptions): Task[] {
  return plans.flatMap(({ part, from, count }) =>
    Array.from({ length: Math.ceil(count / CHUNK) }, (_, chunk) => ({
      ...{ part, seed, from: from + chunk * CHUNK },
      count: Math.min(CHUNK, count - chunk * CHUNK),
    })),
  );
}

/** One thread after another, until there is no task left. */
async function work(take: () => Task | undefined, tell: (done: Done) => void, signal?: AbortSignal): Promise<void> {
  while ((await thread(take, tell, signal)) === 'again');
}

function thread(
  take: () => Task | undefined,
  tell: (done: Done) => void,
  signal: AbortSignal | undefined,
): Promise<'again' | 'done'> {
  const place = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), { workerData: { place } });
  let task: Task | undefined;
  let timer: NodeJS.Timeout | undefined;
  return new Promise((resolve, reject) => {
    const end = (how: 'again' | 'done') => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      void worker.terminate().then(() => resolve(how));
    };
    const stop = () => end('done');
    const giveUp = () => {
      const index = Atomics.load(place, 0);
      const crash = { index, input: '(it never ends; repeat it to see)', error: `no end after ${ENDLESS_MS} ms` };
      if (task !== undefined) tell({ part: task.part, inputs: 0, slowest: { index, ms: ENDLESS_MS }, crash });
      end('again');
    };
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('error', reject);
    worker.on('message', (message: Done | 'ready') => {
      clearTimeout(timer);
      if (message !== 'ready') tell(message);
      task = take();
      if (task === undefined) return end('done');
      timer = setTimeout(giveUp, ENDLESS_MS);
      worker.postMessage(task);
    });
  });
}
