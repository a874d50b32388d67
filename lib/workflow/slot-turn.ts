/** Whose turn it is where the runs of a schedule must not overlap: one slot holds the flow, at most one more waits. */
import { StoreUnavailableError } from '../domain/errors.ts';
import { isoTime } from '../domain/record.ts';
import { isTerminal } from '../domain/status.ts';
import { beginSlot, runOfSlot, type Schedule, type SlotName, scheduleOf } from './begin-slot.ts';
import type { Dependencies, ScheduleSlot, ScheduleState } from './ports.ts';

export type Turn =
  | { readonly kind: 'go' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'skip'; readonly reason: string };

/** A holder that has no run after so long died before it could make one. */
const CLAIM_MS = 900_000;
/** Each lost race means that somebody else got on. */
const MAX_ROUNDS = 10;

/** What tells one schedule from another; parameters and policies may change without it becoming a new one. */
export function printOf({ cron, timezone }: Schedule): string {
  return `${cron} ${timezone}`;
}

/** The state of a schedule that is seen for the first time: whatever came before is none of its business. */
export function firstState(flowId: string, schedule: Schedule, now: number): ScheduleState {
  return { flowId, version: 0, checkedUntil: isoTime(now), schedule: printOf(schedule) };
}

/**
 * Claims the flow for a slot, or a place in the queue, or says why neither. The slot that holds the flow is told so
 * again, so that a call that died after its claim can be repeated.
 */
export async function takeTurn(dependencies: Dependencies, name: SlotName): Promise<Turn> {
  const { config, schedules, clock } = dependencies;
  const { flowId, slot } = name;
  const schedule = scheduleOf(config, flowId);
  if (schedule === undefined) return { kind: 'go' };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const state = (await schedules.get(flowId)) ?? firstState(flowId, schedule, clock.now());
    const { holder, queuedSlot } = state;
    if (holder?.slot === slot) return { kind: 'go' };
    const isFree = await isOver(dependencies, state);
    if (isFree && queuedSlot !== undefined && queuedSlot !== slot) await promote(dependencies, state, queuedSlot);
    else if (isFree) {
      if (await claim(dependencies, state, slot)) return { kind: 'go' };
    } else if (queuedSlot === slot) return { kind: 'wait' };
    else if (schedule.overlap === 'skip')
      return { kind: 'skip', reason: `The run of the slot ${holder?.slot ?? ''} was still going.` };
    else if (queuedSlot !== undefined)
      return { kind: 'skip', reason: `The slot ${queuedSlot} was waiting already, and only one may.` };
    else if (await schedules.save({ ...state, version: state.version + 1, queuedSlot: slot })) return { kind: 'wait' };
  }
  throw new StoreUnavailableError(`the schedule of ${flowId} is being written by too many at once`);
}

/**
 * Goes on with a schedule whose holder died between its claim and its run, or whose holder has ended while another slot
 * waits; answers the slot that this got going.
 */
export async function startWaiting(dependencies: Dependencies, flowId: string): Promise<ScheduleSlot | undefined> {
  const state = await dependencies.schedules.get(flowId);
  if (state === undefined) return undefined;
  const { holder, queuedSlot } = state;
  if (holder !== undefined) {
    const record = await dependencies.schedules.slot(flowId, holder.slot);
    if (record?.outcome === 'queued') return beginSlot(dependencies, { flowId, slot: holder.slot });
  }
  if (queuedSlot === undefined || !(await isOver(dependencies, state))) return undefined;
  return promote(dependencies, state, queuedSlot);
}

async function promote(
  dependencies: Dependencies,
  state: ScheduleState,
  slot: string,
): Promise<ScheduleSlot | undefined> {
  if (!(await claim(dependencies, state, slot))) return undefined;
  return beginSlot(dependencies, { flowId: state.flowId, slot });
}

function claim({ schedules, clock }: Dependencies, state: ScheduleState, slot: string): Promise<boolean> {
  const { queuedSlot, ...rest } = state;
  const waiting = queuedSlot === undefined || queuedSlot === slot ? {} : { queuedSlot };
  const holder = { slot, since: isoTime(clock.now()) };
  return schedules.save({ ...rest, ...waiting, version: state.version + 1, holder });
}

/** Nobody holds the flow, or the holder's run has ended or will never come. */
async function isOver(dependencies: Dependencies, { flowId, holder }: ScheduleState): Promise<boolean> {
  if (holder === undefined) return true;
  const record = await dependencies.schedules.slot(flowId, holder.slot);
  // A run may go on for longer than the key of its slot is remembered.
  const known = record?.runId === undefined ? undefined : await dependencies.store.get(record.runId);
  const run = known ?? (await runOfSlot(dependencies, { flowId, slot: holder.slot }));
  if (run !== undefined) return isTerminal(run.status);
  if (record?.outcome === 'skipped' || record?.outcome === 'missed') return true;
  return dependencies.clock.now() - Date.parse(holder.since) > CLAIM_MS;
}
