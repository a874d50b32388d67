/**
 * The cap on jobs in flight at a platform. A run takes a slot before its start and keeps it until the job has ended there;
 * who finds none waits in line, by age, without an execution, and is woken by whoever frees one.
 */
import { StaleRunError } from '../domain/errors.ts';
import type { MachineState } from '../domain/machine-state.ts';
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import { type Place, park } from './machine.ts';
import { heldMessage } from './passage.ts';
import { hasMoved, placeOf } from './place-of.ts';
import type { Dependencies, QueuedRun } from './ports.ts';
import { startExecution } from './start-execution.ts';
import { startLimitOf } from './start-later.ts';
import { update } from './update.ts';

/** Past it somebody looks whether the holder still needs its slot. */
const LEASE_MS = 900_000;
/** Woken at once, so that a raised limit does not keep one function busy for long. */
const MAX_WOKEN = 50;
const MAX_PASSED = 500;

/** The run with a slot, or the end of its execution for now. */
export type Entry = { readonly run: Run } | { readonly parked: MachineState };

export async function enterInFlight(dependencies: Dependencies, place: Place, run: Run): Promise<Entry> {
  const max = maxOf(dependencies, run.connection);
  if (max === undefined) return { run };
  if (await mayTake(dependencies, run, max)) return { run: withSlot(run) };
  return queueUp(dependencies, place, run, max);
}

/** Leaves its slot and its place in line to others. */
export async function leaveInFlight({ inFlight }: Dependencies, { connection, id }: Run): Promise<void> {
  await inFlight.dequeue(connection, id);
  await inFlight.release(connection, id);
}

/**
 * Wakes as many of the line as there are slots, and whoever was given one by somebody who was stopped then; frees those
 * of holders that are gone.
 */
export async function admitNext(dependencies: Dependencies, connection: string): Promise<number> {
  const { clock, inFlight } = dependencies;
  const max = maxOf(dependencies, connection) ?? Number.MAX_SAFE_INTEGER;
  const holders = await reclaim(dependencies, connection);
  let free = Math.min(max - holders.size, MAX_WOKEN);
  let woken = 0;
  // Places of runs that have ended meanwhile are passed over: they must not keep a slot empty.
  for (let passed = 0; passed < MAX_PASSED; ) {
    const next = await inFlight.line(connection, Math.max(1, free));
    if (next.length === 0) break;
    for (const queued of next) {
      const isHolder = holders.has(queued.runId);
      if (free <= 0 && !isHolder) return woken;
      passed += 1;
      const leaseUntil = clock.now() + LEASE_MS;
      if (!(await inFlight.take(connection, { runId: queued.runId, leaseUntil }, max))) return woken;
      const is = await wakeQueued(dependencies, connection, queued);
      if (is === 'gone') await inFlight.release(connection, queued.runId);
      if (is === 'woken') {
        woken += 1;
        if (!isHolder) free -= 1;
      }
      // Last: whoever is stopped before this leaves it to the next, who finds the slot taken for the same run.
      await inFlight.dequeue(connection, queued.runId);
    }
  }
  return woken;
}

/** Connections with a cap. */
export function cappedConnections({ config }: Dependencies): readonly string[] {
  return Object.entries(config.connections)
    .filter(([, { limits }]) => limits.inFlight !== undefined)
    .map(([id]) => id);
}

function maxOf({ config }: Dependencies, connection: string): number | undefined {
  return config.connections[connection]?.limits.inFlight;
}

async function mayTake(dependencies: Dependencies, run: Run, max: number): Promise<boolean> {
  const { clock, inFlight } = dependencies;
  const take = () => inFlight.take(run.connection, { runId: run.id, leaseUntil: clock.now() + LEASE_MS }, max);
  if (run.hasSlot && (await take())) return true;
  const [first] = await inFlight.line(run.connection, 1);
  // Nobody passes one who was accepted before.
  if (first !== undefined && first.runId < run.id) {
    // But for whoever has a slot, from a try that was stopped before its record said so.
    const holders = await inFlight.holders(run.connection);
    return holders.some(({ runId }) => runId === run.id) && (await take());
  }
  const hasTaken = (await take()) || ((await reclaim(dependencies, run.connection)).size < max && (await take()));
  if (hasTaken && first?.runId === run.id) await inFlight.dequeue(run.connection, run.id);
  return hasTaken;
}

function withSlot({ queuedAt: _, ...run }: Run): Run {
  return { ...run, hasSlot: true };
}

async function queueUp(dependencies: Dependencies, place: Place, run: Run, max: number): Promise<Entry> {
  const { clock, inFlight } = dependencies;
  const { hasSlot: _, ...rest } = run;
  const startBy = new Date(startLimitOf(run)).toISOString();
  await inFlight.enqueue(run.connection, { runId: run.id, flowId: run.flowId, startBy });
  const since = run.queuedAt ?? new Date(clock.now()).toISOString();
  // A slot may have become free between the look at it and the place in line; whoever freed it saw nobody here.
  if (await mayTake(dependencies, rest, max)) return { run: withSlot(run) };
  const message = heldMessage(run.connection, 'in-flight');
  const patch = { queuedAt: since, heldBack: { why: 'in-flight', since, times: 0 }, nextLookAt: undefined } as const;
  const queued = await update(dependencies, rest, patch, { type: 'held', message, data: { parked: true } });
  return { parked: park(place, queued, message) };
}

/** Frees the slots of holders that need them no longer, once their leases are over. @returns who still holds one. */
async function reclaim(dependencies: Dependencies, connection: string): Promise<ReadonlySet<string>> {
  const { clock, inFlight, store } = dependencies;
  const now = clock.now();
  const holders = await inFlight.holders(connection);
  const held = new Set(holders.map(({ runId }) => runId));
  for (const { runId, leaseUntil } of holders) {
    if (leaseUntil > now && leaseUntil <= now + 2 * LEASE_MS) continue;
    const run = await store.get(runId);
    if (run !== undefined && needsSlot(run, connection)) {
      await inFlight.take(connection, { runId, leaseUntil: now + LEASE_MS }, Number.MAX_SAFE_INTEGER);
      continue;
    }
    await inFlight.release(connection, runId, leaseUntil);
    held.delete(runId);
  }
  return held;
}

/** Between two attempts a run has no job at its platform, and none while it waits in line or at another connection. */
function needsSlot({ status, hasSlot, queuedAt, connection }: Run, at: string): boolean {
  if (isTerminal(status) || connection !== at) return false;
  return hasSlot === true || (status !== 'COOLING_OFF' && queuedAt === undefined);
}

/** `begun`: it has its slot already, and may be at its platform with it. */
async function wakeQueued(
  dependencies: Dependencies,
  connection: string,
  { runId }: QueuedRun,
): Promise<'woken' | 'begun' | 'gone'> {
  for (;;) {
    const run = await dependencies.store.get(runId);
    if (run === undefined || isTerminal(run.status) || run.connection !== connection) return 'gone';
    // Has begun with it.
    if (run.status !== 'ACCEPTED' && run.status !== 'COOLING_OFF') return 'begun';
    // Woken by somebody who was stopped before the line was told.
    if (run.hasSlot && run.queuedAt === undefined) return 'begun';
    const generation = run.generation + 1;
    const patch = {
      generation,
      hasSlot: true,
      queuedAt: undefined,
      heldBack: undefined,
      nextLookAt: undefined,
    } as const;
    try {
      const message = `Its turn has come: one of the slots of "${connection}" is its own.`;
      const woken = await update(dependencies, run, patch, { type: 'decision', message });
      await startExecution(dependencies, woken);
      return 'woken';
    } catch (error) {
      // Somebody canceled it, say: decide anew.
      if (!(error instanceof StaleRunError)) throw error;
    }
  }
}

/** Waits in line under a cap that is still there: then only its turn, or its time, brings it on. */
export function isInLine(dependencies: Dependencies, run: Run): boolean {
  const waits = run.status === 'ACCEPTED' || run.status === 'COOLING_OFF';
  return (
    waits &&
    run.queuedAt !== undefined &&
    run.cancel === undefined &&
    placeOf(dependencies, run) !== undefined &&
    !hasMoved(dependencies, run) &&
    maxOf(dependencies, run.connection) !== undefined
  );
}
