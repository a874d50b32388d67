/**
 * A program: the embedded runtime and nothing else, so that its memory and its sockets are its own. Takes a `Setup` as
 * JSON, is asked and answers over the channel to its parent, and ends with it.
 */
import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readlinkSync } from 'node:fs';
import { queryObjects } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import { startRuntime } from '../../lib/local/runtime.ts';
import { type Memory, readMemory } from './process-memory.ts';

export interface Setup {
  readonly dataDir: string;
  readonly configFile: string;
  /** What the functions find in place of their own. */
  readonly functionEnvironment: Readonly<Record<string, string>>;
}

export type Ask =
  | { readonly ask: 'sample' }
  | { readonly ask: 'memory' }
  | { readonly ask: 'promises' }
  | { readonly ask: 'sweep' }
  | { readonly ask: 'crash'; readonly thread: Thread };
/** What a worker thread runs: one function each, or the table. */
export type Thread = 'function' | 'table';

export interface Sample {
  /** Executions that have not ended. */
  readonly running: number;
  readonly sockets: number;
  /** What keeps the main thread alive, by kind. */
  readonly handles: Readonly<Record<string, number>>;
}

export type Told =
  | { readonly told: 'environment'; readonly environment: Readonly<Record<string, string>> }
  | { readonly told: 'ready'; readonly apiUrl: string; readonly environment: Readonly<Record<string, string>> }
  | { readonly told: 'sample'; readonly sample: Sample }
  | { readonly told: 'memory'; readonly memory: Memory }
  | { readonly told: 'promises'; readonly promises: number }
  | { readonly told: 'sweep' }
  | { readonly told: 'crash'; readonly crashed: boolean }
  | { readonly told: 'log'; readonly line: string };

const tell = (message: Told) => void process.send?.(message);
const threads = new Map<Worker, Thread>();

/** Nobody hands out the runtime's threads; whoever starts one is known by the stack that it was started from. */
subscribe('worker_threads', (message) => {
  const { worker } = message as { readonly worker: Worker };
  threads.set(worker, new Error().stack?.includes('function-host') ? 'function' : 'table');
  worker.once('exit', () => threads.delete(worker));
});

function countSockets(): number {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // Of the directory that was just listed.
      return '';
    }
  });
  return targets.filter((target) => target.startsWith('socket:')).length;
}

function sampleNow(running: number): Sample {
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  const sockets = process.platform === 'linux' ? countSockets() : 0;
  return { running, sockets, handles };
}

function crash(kind: Thread): boolean {
  const candidates = [...threads].filter(([, thread]) => thread === kind);
  const [worker] = candidates[Math.floor(Math.random() * candidates.length)] ?? [];
  void worker?.terminate();
  return worker !== undefined;
}

const setup = JSON.parse(process.argv[2] ?? '{}') as Setup;
// Ctrl-C at the terminal reaches the whole group; the parent wants to look at this process before it goes.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));

const runtime = await startRuntime({
  dataDir: setup.dataDir,
  configFile: setup.configFile,
  port: 0,
  log: (line) => tell({ told: 'log', line }),
  functionEnvironment(environment) {
    tell({ told: 'environment', environment });
    return { ...environment, ...setup.functionEnvironment };
  },
});

process.on('message', (message: Ask) => {
  if (message.ask === 'sample') tell({ told: 'sample', sample: sampleNow(runtime.executions.countRunning()) });
  else if (message.ask === 'memory')
    void readMemory([...threads.keys()]).then((memory) => tell({ told: 'memory', memory }));
  else if (message.ask === 'promises') tell({ told: 'promises', promises: queryObjects(Promise, { format: 'count' }) });
  else if (message.ask === 'crash') tell({ told: 'crash', crashed: crash(message.thread) });
  else void runtime.invoke('sweep', {}).then(() => tell({ told: 'sweep' }));
});
tell({ told: 'ready', apiUrl: runtime.apiUrl, environment: runtime.environment });
