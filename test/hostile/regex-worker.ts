/** Attacks expressions one by one and tells the time of each; whoever started it stops it when one never ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { evilInputs } from './evil-inputs.ts';

export interface Attacked {
  readonly index: number;
  readonly ms: number;
  /** The beginning and the end of the worst input. */
  readonly input: string;
}

/** All inputs at the shorter lengths, which tell what doubles and what divides; the worst of them at the full length. */
const LENGTHS = [20, 600, 4_000];
const FULL_LENGTH = 50_000;
const WORST = 4;
const TRIES = 3;

interface Timed {
  readonly place: number;
  readonly input: string;
  readonly ms: number;
}

function msOf(regex: RegExp, input: string): number {
  const begun = process.threadCpuUsage();
  regex.lastIndex = 0;
  if (regex.global) input.replace(regex, '');
  else regex.test(input);
  const { user } = process.threadCpuUsage(begun);
  return user / 1_000;
}

/** The least of a few tries: what else the machine does is not the expression's fault. */
function leastMs(regex: RegExp, input: string): number {
  let ms = Number.POSITIVE_INFINITY;
  for (let tried = 0; tried < TRIES && ms > limitMs; tried += 1) ms = Math.min(ms, msOf(regex, input));
  return ms;
}

function worstOf({ source, flags }: RegExp): Omit<Attacked, 'index'> {
  const regex = new RegExp(source, flags);
  let places: ReadonlySet<number> | undefined;
  let worst: readonly Timed[] = [];
  for (const length of [...LENGTHS, FULL_LENGTH]) {
    const timed: Timed[] = [];
    for (const [place, input] of [...evilInputs(source, flags, length)].entries()) {
      if (length === FULL_LENGTH && places?.has(place) === false) continue;
      const ms = msOf(regex, input);
      timed.push({ place, input, ms });
      // Too slow for a short text already: at the full length it would take for ever.
      const sureMs = ms > limitMs ? leastMs(regex, input) : 0;
      if (sureMs > limitMs) return { ms: sureMs, input: shown(input) };
    }
    worst = timed.sort((a, b) => b.ms - a.ms).slice(0, WORST);
    places = new Set(worst.map(({ place }) => place));
  }
  const { ms = 0, input = '' } = worst[0] ?? {};
  return { ms: Math.min(ms, limitMs), input: shown(input) };
}

function shown(input: string): string {
  return `${input.length} characters, ${JSON.stringify(`${input.slice(0, 30)}…${input.slice(-6)}`)}`;
}

const { patterns, limitMs } = workerData as { readonly patterns: readonly RegExp[]; readonly limitMs: number };
for (const [index, pattern] of patterns.entries()) {
  parentPort?.postMessage('next');
  parentPort?.postMessage({ index, ...worstOf(pattern) } satisfies Attacked);
}
