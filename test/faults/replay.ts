/** A thread that tells one seed again: what happened, what broke, and the shortest part of it that breaks it. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { Definition } from '../../lib/local/definition.ts';
import { type Dated, textOf } from './facts.ts';
import type { Shrunk } from './shrink.ts';
import type { SimulationOptions, SimulationResult } from './simulate.ts';
import { takeOverThread } from './virtual-thread.ts';

export interface ReplayInput {
  readonly definition: Definition;
  readonly seed: number;
  /** @default what the seed chooses */
  readonly options?: Pick<SimulationOptions, 'kinds' | 'faultsMs'>;
}

export interface Replayed {
  readonly result: SimulationResult;
  /** Of a world that broke by itself: what it said. It kept no promise and broke none. */
  readonly crash: string | undefined;
  /** Of everything that happened, to the byte. */
  readonly digest: string;
  /** A second time, it was the same to the byte. */
  readonly isSame: boolean;
  /** Of a seed that breaks a promise. */
  readonly shrunk: Shrunk | undefined;
  readonly lines: readonly string[];
}

const { definition, seed, options } = workerData as ReplayInput;
const thread = takeOverThread();
const { simulate } = await import('./simulate.ts');
const { shrink } = await import('./shrink.ts');
// Whether that one holds is not what was asked.
await simulate({ thread, definition, seed: 0 }).catch(() => undefined);

/** The facts of one telling, and what they come to. */
async function tell(see: (fact: Dated) => void = () => {}) {
  const hash = createHash('sha256');
  const hear = (fact: Dated) => {
    hash.update(textOf(fact));
    see(fact);
  };
  const nothing: SimulationResult = { seed, runs: [], strikes: [], violations: [] };
  const ended = await simulate({ ...options, thread, definition, seed, see: hear }).then(
    (result) => ({ result, crash: undefined }),
    (error: unknown) => ({ result: nothing, crash: error instanceof Error ? error.message : String(error) }),
  );
  hash.update(ended.crash ?? '');
  return { ...ended, digest: hash.digest('hex').slice(0, 16) };
}

const lines: string[] = [];
const { result, crash, digest } = await tell((fact) => {
  const line = lineOf(fact);
  if (line !== undefined) lines.push(`${new Date(fact.atMs).toISOString().slice(11, 23)}  ${line}`);
});
const isSame = (await tell()).digest === digest;
const shrunk = crash === undefined ? await shrink({ ...options, thread, definition, seed }) : undefined;
parentPort?.postMessage({ result, crash, digest, isSame, shrunk, lines } satisfies Replayed);

function lineOf(fact: Dated): string | undefined {
  if (fact.type === 'record')
    return `${fact.run.id} v${fact.run.version} ${fact.run.status}: ${fact.run.events.at(-1)?.message}`;
  if (fact.type === 'accepted') return `${fact.provider} takes a job of ${fact.runId}, attempt ${fact.attempt}`;
  if (fact.type === 'operation') return `${fact.key}: ${fact.what} ${fact.phase}`;
  if (fact.type === 'sent') return `${fact.invocation.runId} sends (${fact.call}, by ${fact.invocation.name})`;
  if (fact.type === 'answered') return `${fact.invocation.runId} hears ${fact.status}`;
  return undefined;
}
