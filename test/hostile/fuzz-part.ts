/** Sends inputs to one part, each made of the seed and its number alone, so that any of them can be sent again. */
import { type Part, randomOf } from './parts/part.ts';

export interface Range {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  /** Called with each number before its input is sent. */
  began?(index: number): void;
}

export interface Crash {
  readonly index: number;
  /** As small as it could be made. */
  readonly input: string;
  readonly error: string;
}

export interface Fuzzed {
  readonly inputs: number;
  readonly slowest: { readonly index: number; readonly ms: number };
  readonly crash?: Crash;
}

/** An input that takes longer is a crash: somebody waits for it. */
const LIMIT_MS = 1_000;
const MAX_SHRINKS = 3_000;

/** Ends with the first crash. */
export async function fuzzPart(part: Part, { seed, from, count, began }: Range): Promise<Fuzzed> {
  let slowest = { index: from, ms: 0 };
  for (let index = from; index < from + count; index += 1) {
    began?.(index);
    const input = part.make(randomOf(seed, part.name, index));
    const begun = performance.now();
    const error = await failureOf(part, input);
    const elapsed = performance.now() - begun;
    // What another thread did meanwhile is not the input's fault.
    const ms = elapsed > 50 ? await cpuMsOf(part, input) : elapsed;
    if (ms > slowest.ms) slowest = { index, ms };
    if (error === undefined && ms <= LIMIT_MS) continue;
    const crash =
      error === undefined ? { input, error: `took ${Math.round(ms)} ms` } : await smallest(part, input, error);
    return { inputs: index - from + 1, slowest, crash: { index, ...crash } };
  }
  return { inputs: count, slowest };
}

async function failureOf(part: Part, input: string): Promise<string | undefined> {
  try {
    await part.check(input);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

async function cpuMsOf(part: Part, input: string): Promise<number> {
  const begun = process.threadCpuUsage();
  await failureOf(part, input);
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1_000;
}

/** Leaves out ever smaller pieces as long as it still fails in the same way. */
async function smallest(part: Part, whole: string, error: string): Promise<Omit<Crash, 'index'>> {
  const kind = (text: string | undefined) => text?.replace(/["\d].*/s, '');
  let input = whole;
  let tries = 0;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < input.length && tries < MAX_SHRINKS; tries += 1) {
      const shorter = input.slice(0, at) + input.slice(at + size);
      if (kind(await failureOf(part, shorter)) === kind(error)) input = shorter;
      else at += size;
    }
  }
  return { input, error: (await failureOf(part, input)) ?? error };
}
