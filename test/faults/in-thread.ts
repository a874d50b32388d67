import { Worker } from 'node:worker_threads';

/** Runs a program of this folder in a thread of its own and gives back the one thing that it says. */
export function inThread<Input, Report>(file: string, workerData: Input): Promise<Report> {
  const worker = new Worker(new URL(file, import.meta.url), { workerData });
  return new Promise<Report>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  }).finally(() => worker.terminate());
}
