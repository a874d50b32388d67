/** One cell: one operation of one provider under one fault. The run is brought there, struck, judged, healed and judged again. */
import { HandlerTimeoutError } from '../../lib/domain/errors.ts';
import type { MachineState } from '../../lib/domain/machine-state.ts';
import type { Run } from '../../lib/domain/run.ts';
import { fetchOutput } from '../../lib/workflow/fetch-output.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { checkAftermath, checkStruck } from './checks.ts';
import { expectationOf, type Outcome } from './expectations.ts';
import type { FaultName, WireFault } from './faults.ts';
import { watchMemory } from './memory.ts';
import { outcomeOf } from './outcome.ts';
import type { Operation, WirePlatform } from './platforms.ts';
import { openRig, type Rig } from './rig.ts';

export interface Cell {
  readonly fault: WireFault & { readonly name: FaultName };
  readonly platform: WirePlatform;
  readonly operation: Operation;
  /** Which repeat. */
  readonly turn: number;
}

export interface CellResult {
  readonly cell: Cell;
  readonly expected: Outcome;
  readonly outcome: Outcome | string;
  /** Empty when all is as expected. */
  readonly problems: readonly string[];
  readonly tookMs: number;
}

/** What a cell has seen of its struck call. */
export interface Observed {
  readonly outcome: Outcome | string;
  readonly before: Run;
  readonly after: Run;
  readonly state: MachineState;
  readonly error: Error | undefined;
  readonly tookMs: number;
  readonly memoryBytes: number;
}

/** Every job has ended by then. */
const JOB_MS = 60_000;
/** A call that outlives its limits by so much has none. */
const HANGING_MS = 6_000;

export function nameOf({ fault, platform, operation, turn }: Cell): string {
  return `${fault.name} × ${platform.provider} × ${operation} (repeat ${turn + 1})`;
}

export async function runCell(cell: Cell): Promise<CellResult> {
  const expected = expectationOf(cell.fault.name, cell.platform, cell.operation);
  const begun = performance.now();
  const result = (outcome: string, problems: readonly string[]): CellResult => ({
    cell,
    expected: expected.outcome,
    outcome,
    problems,
    tookMs: Math.round(performance.now() - begun),
  });
  try {
    await using rig = await openRig(cell);
    const run = await prepare(rig, cell);
    const observed = await strike(rig, cell, run);
    const struck = checkStruck(rig, cell, expected, observed);
    // What came of it is worth nothing when it was not what should have come.
    if (struck.length > 0) return result(observed.outcome, struck);
    rig.door.heal();
    rig.reconnect();
    const settled = await settle(rig, cell.operation, observed);
    return result(observed.outcome, checkAftermath(rig, cell, expected, settled));
  } catch (error) {
    return result('broken', [
      `the cell itself broke: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
    ]);
  }
}

/** Brings a run to where the operation is next, while all is well. */
async function prepare(rig: Rig, { operation, platform }: Cell): Promise<Run> {
  const { world } = rig;
  const { id } = await world.accept({ parameters: platform.parameters });
  if (operation !== 'start') {
    await perform(rig, 'start', id);
    world.advance(JOB_MS);
  }
  if (operation === 'fetch') await perform(rig, 'poll', id);
  return world.run(id);
}

async function strike(rig: Rig, { fault, operation }: Cell, before: Run): Promise<Observed> {
  const { door, world, errors } = rig;
  const { strike: how } = fault;
  const http = rig.reconnect();
  // A connection that was used, is kept and looks well.
  if (how.at === 'kept connection')
    await http.send({ method: 'GET', path: ['kept'], signal: AbortSignal.timeout(2_000) });
  door.arm();
  if (how.at === 'port') rig.reconnect();
  if (how.at === 'certificate') rig.reconnect(how.trusted);
  const memory = watchMemory();
  const begun = performance.now();
  const state = await perform(rig, operation, before.id);
  const tookMs = performance.now() - begun;
  const memoryBytes = memory.end();
  const after = await world.run(before.id);
  return {
    outcome: outcomeOf(rig, operation, before, after),
    before,
    after,
    state,
    error: errors.at(-1),
    tookMs,
    memoryBytes,
  };
}

/** One use case, which looks once where it would look again. */
async function perform(rig: Rig, operation: Operation, runId: string): Promise<MachineState> {
  const { dependencies } = rig.world;
  const controller = new AbortController();
  const { signal } = controller;
  const hanging = setTimeout(() => controller.abort(new HandlerTimeoutError('the call hangs')), HANGING_MS);
  const callsBefore = rig.calls();
  const sleep = async (ms: number) => {
    if (rig.calls() > callsBefore) controller.abort();
    else rig.world.advance(ms);
  };
  Object.assign(dependencies.clock, { sleep });
  rig.moment.signal = signal;
  const place = { runId, generation: 1, lap: 0 };
  try {
    if (operation === 'start') return await startRun(dependencies, place, { signal });
    if (operation === 'poll') return await pollRun(dependencies, place, { signal });
    return await fetchOutput(dependencies, place, { signal });
  } finally {
    clearTimeout(hanging);
  }
}

const MAX_STEPS = 4;

/** All is well again: the machine goes on from where it stood. */
async function settle(rig: Rig, operation: Operation, { after, state }: Observed): Promise<Run> {
  const { world } = rig;
  let { waitSeconds } = state;
  let run = after;
  for (let step = 0; step < MAX_STEPS && isUnsettled(run, operation); step += 1) {
    world.advance(waitSeconds * 1_000);
    ({ waitSeconds } = await perform(rig, operation, run.id));
    run = await world.run(run.id);
  }
  return run;
}

function isUnsettled({ status }: Run, operation: Operation): boolean {
  if (operation === 'start') return status === 'ACCEPTED' || status === 'STARTING';
  if (operation === 'fetch') return status === 'FETCHING_OUTPUT';
  return status === 'QUEUED' || status === 'RUNNING';
}
