/** What the seeds have tried: each fault in each step, and each fault after each other. */
import { CELLS, type FaultKind, KINDS } from './fault-kinds.ts';
import type { Strike } from './strikes.ts';

/** Counts by name: `kind step` and `kind kind`. */
export interface Coverage {
  readonly cells: Record<string, number>;
  readonly pairs: Record<string, number>;
}

export const newCoverage = (): Coverage => ({ cells: {}, pairs: {} });

const add = (counts: Record<string, number>, name: string, by = 1) => {
  counts[name] = (counts[name] ?? 0) + by;
};

/** A pair is one fault and one that came later in the same world. */
export function cover(coverage: Coverage, strikes: readonly Strike[]): void {
  const before = new Set<FaultKind>();
  for (const { kind, step } of strikes) {
    add(coverage.cells, `${kind} ${step}`);
    for (const first of before) add(coverage.pairs, `${first} ${kind}`);
    before.add(kind);
  }
}

export function merge(into: Coverage, from: Coverage): void {
  for (const [name, count] of Object.entries(from.cells)) add(into.cells, name, count);
  for (const [name, count] of Object.entries(from.pairs)) add(into.pairs, name, count);
}

export interface Gaps {
  readonly cells: readonly string[];
  readonly pairs: readonly string[];
}

/** What no seed has tried. A kind never follows itself in a world that tries it once. */
export function gapsOf({ cells, pairs }: Coverage): Gaps {
  return {
    cells: CELLS.map(([kind, step]) => `${kind} ${step}`).filter((name) => cells[name] === undefined),
    pairs: KINDS.flatMap((first) =>
      KINDS.filter((second) => second !== first).map((second) => `${first} ${second}`),
    ).filter((name) => pairs[name] === undefined),
  };
}

const STEPS = ['api', 'intake', 'start', 'poll', 'fetch-output', 'release', 'settle', 'sweep', 'world'] as const;

/** The grid of faults and steps, and a line for the pairs. */
export function gridLines(coverage: Coverage): readonly string[] {
  const width = Math.max(...KINDS.map(({ length }) => length)) + 1;
  const head = `${''.padEnd(width)}${STEPS.map((step) => step.padStart(13)).join('')}`;
  const isCell = new Set(CELLS.map(([kind, step]) => `${kind} ${step}`));
  const rows = KINDS.map((kind) => {
    const counts = STEPS.map((step) => {
      const name = `${kind} ${step}`;
      return (isCell.has(name) ? String(coverage.cells[name] ?? 0) : '·').padStart(13);
    });
    return `${kind.padEnd(width)}${counts.join('')}`;
  });
  const counts = Object.values(coverage.pairs);
  const all = KINDS.length * (KINDS.length - 1);
  const tried = Object.keys(coverage.pairs).filter((name) => new Set(name.split(' ')).size === 2).length;
  return [head, ...rows, `ordered pairs tried: ${tried} of ${all}, the rarest ${Math.min(...counts)} times`];
}
