import { type Cell, type CellResult, runCell } from './cell.ts';
import { FAULTS } from './faults.ts';
import { OPERATIONS, PLATFORMS } from './platforms.ts';

/** Cells side by side: most of their time they wait for sockets. */
const AT_ONCE = 16;
/** Whose memory is watched: others would be counted with them. */
const FLOODS_AT_ONCE = 2;

/** All cells, floods last; `only` is a part of a fault, provider or operation, or several of them. */
export function cellsOf(repeats: number, only: readonly string[] = []): readonly Cell[] {
  const faults = [...FAULTS].sort((one, other) => Number('isFlood' in one) - Number('isFlood' in other));
  return faults
    .flatMap((fault) =>
      PLATFORMS.flatMap((platform) => OPERATIONS.map((operation) => ({ fault, platform, operation }))),
    )
    .filter(({ fault, platform, operation }) =>
      only.every((text) => [fault.name, platform.provider, operation].some((name) => name.includes(text))),
    )
    .flatMap((cell) => Array.from({ length: repeats }, (_, turn) => ({ ...cell, turn })));
}

export interface RunOptions {
  readonly onDone?: (result: CellResult) => void;
  readonly isStopped?: () => boolean;
}

export async function runCells(cells: readonly Cell[], options: RunOptions = {}): Promise<readonly CellResult[]> {
  const isFlood = ({ fault }: Cell) => fault.isFlood === true;
  const calm = await runSome(
    cells.filter((cell) => !isFlood(cell)),
    AT_ONCE,
    options,
  );
  return [...calm, ...(await runSome(cells.filter(isFlood), FLOODS_AT_ONCE, options))];
}

async function runSome(cells: readonly Cell[], atOnce: number, { onDone, isStopped }: RunOptions) {
  const results: CellResult[] = [];
  const rest = cells[Symbol.iterator]();
  const work = async () => {
    for (const cell of rest) {
      if (isStopped?.() === true) return;
      const result = await runCell(cell);
      results.push(result);
      onDone?.(result);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
