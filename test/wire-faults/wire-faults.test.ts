import { beforeAll, describe, expect, it } from 'vitest';
import { startRun } from '../../lib/workflow/start-run.ts';
import type { CellResult } from './cell.ts';
import { FAULTS, type WireFault } from './faults.ts';
import { assistEdge, OPERATIONS, PLATFORMS } from './platforms.ts';
import { failureText, listing } from './report.ts';
import { openRig } from './rig.ts';
import { cellsOf, runCells } from './run-cells.ts';

const CELLS = cellsOf(1);

describe('every operation of every provider keeps its promise on a wire on which', () => {
  let results: readonly CellResult[] = [];
  // All side by side, because they mostly wait; each fault then tells of its own.
  beforeAll(async () => {
    results = await runCells(CELLS);
  }, 240_000);

  it.each(FAULTS)('$name: $does', ({ name }) => {
    const own = results.filter(({ cell }) => cell.fault.name === name);
    expect(own).toHaveLength(PLATFORMS.length * OPERATIONS.length);
    expect(own.filter(({ problems }) => problems.length > 0).map(failureText)).toEqual([]);
  });
});

describe('a login that comes before a start', () => {
  const platform = { ...assistEdge, requests: { start: /^POST \/api\/token$/ } };
  const { signal } = new AbortController();

  /** What the record says of the start, and how many the platform has taken, then and once all is well again. */
  async function startedAround(fault: WireFault) {
    await using rig = await openRig({ platform, fault, operation: 'start', turn: 0 });
    const { id } = await rig.world.accept({ parameters: platform.parameters });
    const place = { runId: id, generation: 1 };
    rig.door.arm();
    const { waitSeconds } = await startRun(rig.world.dependencies, place, { signal });
    const struck = { status: (await rig.world.run(id)).status, starts: rig.starts(), strikes: rig.door.seen.strikes };
    rig.door.heal();
    rig.reconnect();
    rig.world.advance(waitSeconds * 1_000);
    await startRun(rig.world.dependencies, place, { signal });
    return { ...struck, startsAfterwards: rig.starts() };
  }

  it('may meet any fault, and the start is either made once or certainly not made', async () => {
    const onRequests = FAULTS.filter(({ strike }) => strike.at === 'request');
    const outcomes = await Promise.all(
      onRequests.map(async (fault) => ({ fault: fault.name, ...(await startedAround(fault)) })),
    );
    const passes = ['latency', 'slow_close', 'slicer'];
    const expected = onRequests.map(({ name }) => {
      const isStarted = passes.includes(name);
      const status = isStarted ? 'HANDED_OFF' : 'ACCEPTED';
      return { fault: name, status, starts: isStarted ? 1 : 0, strikes: expect.any(Number), startsAfterwards: 1 };
    });
    expect(outcomes).toEqual(expected);
    expect(outcomes.filter(({ strikes }) => strikes === 0)).toEqual([]);
  });
});

describe('the table of cells', () => {
  it('has 24 faults, 5 providers and 3 operations, so that three repeats are 1,080 cells', () => {
    expect(FAULTS).toHaveLength(24);
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(24);
    expect(PLATFORMS).toHaveLength(5);
    expect(CELLS).toHaveLength(360);
    expect(cellsOf(3)).toHaveLength(1_080);
  });

  it('says what must come of each, which is why a new fault cannot be left without an answer', () => {
    for (const { name } of FAULTS) expect(listing()).toContain(name);
  });

  it('gives the cells that a command names, and no others', () => {
    const only = cellsOf(2, ['tls_expired', 'bryter', 'poll']);
    expect(only.map(({ turn }) => turn)).toEqual([0, 1]);
    expect(cellsOf(1, ['no such fault'])).toEqual([]);
  });
});
