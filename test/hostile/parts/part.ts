/** One door of the product, what to send through it, and what must be true of whatever comes back. */

export type Random = () => number;

export interface Part {
  readonly name: string;
  /** Of the inputs asked for, so much is for this door. */
  readonly share: number;
  make(random: Random): string;
  /** Throws where a promise is broken, or whatever the product throws that it should not. */
  check(input: string): void | Promise<void>;
}

/** What a door threw: ours by its name and words, or a crash, which goes on. */
export function refusal(work: () => unknown, names: readonly string[]): Error | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return expected(error, names);
  }
}

export function expected(error: unknown, names: readonly string[]): Error {
  if (error instanceof Error && names.includes(error.name)) return error;
  throw error;
}

export function promise(kept: boolean, what: string): void {
  if (!kept) throw new Error(`broken: ${what}`);
}

/** The same numbers for the same input of the same part, whichever came before it. */
export function randomOf(seed: number, name: string, index: number): Random {
  let state = seed | 0;
  for (const unit of `${name} ${index}`)
    state = Math.imul(state ^ (unit.codePointAt(0) ?? 0), 0x9e3779b1) ^ (state >>> 15);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
