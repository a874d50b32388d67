/** The parent's end of the process that holds the runtime. */
import { type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { COLLECTING, type Memory } from './process-memory.ts';
import type { Ask, Sample, Setup, Thread, Told } from './runtime-process.ts';

export interface RuntimeChild {
  readonly apiUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  sample(): Promise<Sample>;
  memory(): Promise<Memory>;
  /** How many its main thread keeps. */
  promises(): Promise<number>;
  /** Once more than every minute. */
  sweep(): Promise<void>;
  /** Ends a thread without a word; false when there is none of the kind. */
  crash(thread: Thread): Promise<boolean>;
  /** How it ended, if it has. */
  ended(): string | undefined;
  close(): Promise<void>;
}

export interface RuntimeChildOptions extends Setup {
  /** Hears where the services are before any function is called. */
  readonly onEnvironment: (environment: Readonly<Record<string, string>>) => void;
  readonly log: (line: string) => void;
}

type Answer<Kind extends Told['told']> = Extract<Told, { readonly told: Kind }>;

/**
 * Linux's C library gives each thread a heap of its own and gives back none of what one busy moment took there: memory
 * then steps up with the worst moment so far in each of twenty threads, which hides whether anything is kept.
 */
const ONE_HEAP = { MALLOC_ARENA_MAX: '2' } as const;
/** Of the counting of promises. */
const QUIET = ['--disable-warning=ExperimentalWarning'];
const PROCESS = join(import.meta.dirname, 'runtime-process.ts');

/** Starts it, and resolves once its API listens. */
export async function startRuntimeChild({ onEnvironment, log, ...setup }: RuntimeChildOptions): Promise<RuntimeChild> {
  const env = { ...process.env, ...ONE_HEAP };
  const options = { execArgv: [...COLLECTING, ...QUIET], stdio: ['ignore', 2, 2, 'ipc'], env } satisfies ForkOptions;
  const child = fork(PROCESS, [JSON.stringify(setup)], options);
  let end: string | undefined;
  const waiting: { readonly told: Told['told']; readonly resolve: (message: Told) => void }[] = [];
  const exited = once(child, 'exit').then(([code, signal]) => {
    end = `the runtime ended with ${signal ?? code}`;
  });
  child.on('message', (message: Told) => {
    if (message.told === 'log') return log(message.line);
    if (message.told === 'environment') return onEnvironment(message.environment);
    const index = waiting.findIndex(({ told }) => told === message.told);
    if (index >= 0) waiting.splice(index, 1)[0]?.resolve(message);
  });
  function next<Kind extends Told['told']>(told: Kind): Promise<Answer<Kind>> {
    const heard = new Promise<Told>((resolve) => waiting.push({ told, resolve }));
    const failed = exited.then(() => Promise.reject(new Error(end)));
    return Promise.race([heard, failed]) as Promise<Answer<Kind>>;
  }
  function ask<Kind extends Told['told']>(question: Ask, told: Kind): Promise<Answer<Kind>> {
    const answer = next(told);
    if (end === undefined && child.connected) child.send(question);
    return answer;
  }
  const { apiUrl, environment } = await next('ready');
  return {
    apiUrl,
    environment,
    sample: async () => (await ask({ ask: 'sample' }, 'sample')).sample,
    memory: async () => (await ask({ ask: 'memory' }, 'memory')).memory,
    promises: async () => (await ask({ ask: 'promises' }, 'promises')).promises,
    sweep: async () => void (await ask({ ask: 'sweep' }, 'sweep')),
    crash: async (thread) => (await ask({ ask: 'crash', thread }, 'crash')).crashed,
    ended: () => end,
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
