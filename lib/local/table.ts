/** DynamoDB on this machine: dynalite on disk, in a thread of its own so that it never holds up the executions. */
import { Worker } from 'node:worker_threads';
import { LocalStartError } from './local-start-error.ts';
import type { Meter, TableUse } from './meter.ts';
import type { AccessKey } from './sigv4.ts';
import { createStreamPort, type StreamMessage, type TableStream } from './table-stream.ts';

export interface TableOptions {
  readonly directory: string;
  readonly tableName: string;
  readonly accessKey: AccessKey;
  readonly log: (line: string) => void;
  /** @default - nothing is counted */
  readonly meter?: Meter | undefined;
}

export interface LocalTable {
  readonly url: string;
  /** What was written with news. */
  readonly stream: TableStream;
  close(): Promise<void>;
}

export type TableWorkerData = Omit<TableOptions, 'log' | 'meter'> & {
  readonly port: number;
  readonly isMetered: boolean;
};
/** First message of the worker. */
export type TableWorkerReport = { readonly port: number } | { readonly problem: string };

const YOUNG_HEAP_MB = 12;

function launch(data: TableWorkerData): { worker: Worker; report: Promise<TableWorkerReport> } {
  // V8 would let its heap grow with the machine's memory, and keep what one busy moment took.
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_HEAP_MB };
  const worker = new Worker(new URL('./table-worker.ts', import.meta.url), {
    workerData: data,
    env: {},
    resourceLimits,
  });
  const report = new Promise<TableWorkerReport>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (error: Error) => resolve({ problem: error.message }));
    worker.once('exit', () => resolve({ problem: 'it ended' }));
  });
  return { worker, report };
}

/** Opens the table, creating it when it is not there. A thread that dies is replaced at the same address. */
export async function openTable({ log, meter, ...options }: TableOptions): Promise<LocalTable> {
  let isClosed = false;
  let worker: Worker | undefined;
  const stream = createStreamPort();

  async function start(port: number): Promise<number> {
    const launched = launch({ ...options, port, isMetered: meter !== undefined });
    worker = launched.worker;
    const report = await launched.report;
    if ('problem' in report) {
      await launched.worker.terminate();
      throw new LocalStartError(
        `The table in ${options.directory} cannot be opened (${report.problem}). Put back a copy of the data directory, or start with another (--data).`,
      );
    }
    launched.worker.on('message', (message: StreamMessage | TableUse) => {
      if (message.kind === 'table') meter?.(message);
      else stream.receive(message);
    });
    stream.attach((call) => launched.worker.postMessage(call));
    launched.worker.on('error', (error: Error) => log(`The table stopped: ${error.message}`));
    launched.worker.once('exit', () => {
      stream.detach();
      if (!isClosed) start(report.port).catch((error: Error) => log(error.message));
    });
    return report.port;
  }

  async function stop(): Promise<void> {
    isClosed = true;
    const ending = worker;
    if (!ending) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.postMessage('close');
    await ended;
  }

  const port = await start(0);
  let stopped: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    stream,
    close() {
      stopped ??= stop();
      return stopped;
    },
  };
}
