/** Looks after what no scheduler fired: slots that were missed, local times that do not exist, slots that wait. */
import { isGapSlot, slotsBetween } from '../domain/cron.ts';
import { recordSlot, type Schedule } from './begin-slot.ts';
import { fireSlot } from './fire-slot.ts';
import type { Dependencies, ScheduleSlot, ScheduleState } from './ports.ts';
import { firstState, printOf, startWaiting } from './slot-turn.ts';

/** A slot that was not fired by then was missed. */
const MISSED_AFTER_MS = 120_000;
/** Of one schedule in one sweep; what is older is summed up in one record. */
const MAX_SLOTS = 1_000;
const MAX_SAVES = 5;
const READS_AT_ONCE = 25;

/** How many missed slots are made up for, newest first. */
const CATCH_UP: Readonly<Record<Schedule['missed'], number>> = { skip: 0, one: 1, all: 10 };

export interface SweptSchedules {
  /** Slots whose run began now: caught up with, left out by the scheduler, or waiting until now. */
  readonly fired: number;
  readonly missed: number;
  readonly skipped: number;
}

export interface SweepSchedulesOptions {
  readonly signal: AbortSignal;
}

interface Counts {
  fired: number;
  missed: number;
  skipped: number;
}

/** Judges every slot of every schedule once, a little after its time. Idempotent, harmless twice at once. */
export async function sweepSchedules(
  dependencies: Dependencies,
  { signal }: SweepSchedulesOptions,
): Promise<SweptSchedules> {
  const counts: Counts = { fired: 0, missed: 0, skipped: 0 };
  for (const [flowId, { schedule }] of Object.entries(dependencies.config.flows)) {
    if (schedule === undefined) continue;
    if (signal.aborted) return counts;
    try {
      await sweepSchedule({ dependencies, flowId, schedule, counts, signal });
    } catch (error) {
      // What goes wrong with one schedule must not keep the others from being looked after.
      const name = error instanceof Error ? error.name : 'unknown';
      dependencies.log.error('schedule not swept', { flow: flowId, error: name });
    }
  }
  return counts;
}

interface Sweeping {
  readonly dependencies: Dependencies;
  readonly flowId: string;
  readonly schedule: Schedule;
  readonly counts: Counts;
  readonly signal: AbortSignal;
}

async function sweepSchedule(sweeping: Sweeping): Promise<void> {
  const { dependencies, flowId, schedule } = sweeping;
  const { schedules, clock } = dependencies;
  const now = clock.now();
  const state = await schedules.get(flowId);
  if (state === undefined || state.schedule !== printOf(schedule)) {
    // What the old schedule had waiting or running stays; whoever saves first has said the same.
    const fresh = firstState(flowId, schedule, now);
    await schedules.save({ ...state, ...fresh, version: (state?.version ?? 0) + 1 });
  } else {
    const slots = slotsBetween(schedule, Date.parse(state.checkedUntil), now - MISSED_AFTER_MS, MAX_SLOTS + 1);
    const judged = await judgeSlots(sweeping, state, slots);
    if (judged !== undefined) await advance(dependencies, flowId, judged);
  }
  count(sweeping.counts, await startWaiting(dependencies, flowId));
}

/** Oldest first, so that what is done stays done when this is cut off; answers the last slot that was looked after. */
async function judgeSlots(
  { dependencies, flowId, schedule, counts, signal }: Sweeping,
  state: ScheduleState,
  slots: readonly string[],
): Promise<string | undefined> {
  const records = await readSlots(dependencies, flowId, slots);
  const isGap = (slot: string) => isGapSlot(schedule, Date.parse(slot));
  const unseen = slots.filter((slot, index) => records[index] === undefined && !isGap(slot));
  const toFire = new Set(unseen.slice(Math.max(0, unseen.length - CATCH_UP[schedule.missed])));
  let judged: string | undefined;
  for (const [index, slot] of slots.entries()) {
    if (signal.aborted) return judged;
    const record = records[index];
    const isSum = index === 0 && slots.length > MAX_SLOTS;
    const reason = isSum ? `So were all slots since ${state.checkedUntil}.` : 'Nobody fired it in time.';
    if (record === undefined && !isGap(slot) && !toFire.has(slot))
      count(counts, await recordSlot(dependencies, { flowId, slot, outcome: 'missed', reason }));
    else if (record === undefined || (record.outcome === 'queued' && state.queuedSlot !== slot))
      count(counts, await fireSlot(dependencies, { flowId, slot }, { missed: true }));
    judged = slot;
  }
  return judged;
}

async function readSlots(
  { schedules }: Dependencies,
  flowId: string,
  slots: readonly string[],
): Promise<readonly (ScheduleSlot | undefined)[]> {
  const records: (ScheduleSlot | undefined)[] = [];
  for (let from = 0; from < slots.length; from += READS_AT_ONCE) {
    const some = slots.slice(from, from + READS_AT_ONCE);
    records.push(...(await Promise.all(some.map((slot) => schedules.slot(flowId, slot)))));
  }
  return records;
}

/** Firing writes the state too, so it is read again. Left undone, the next sweep looks at the same slots once more. */
async function advance({ schedules }: Dependencies, flowId: string, checkedUntil: string): Promise<void> {
  for (let round = 0; round < MAX_SAVES; round += 1) {
    const state = await schedules.get(flowId);
    if (state === undefined || state.checkedUntil >= checkedUntil) return;
    if (await schedules.save({ ...state, version: state.version + 1, checkedUntil })) return;
  }
}

function count(counts: Counts, slot: ScheduleSlot | undefined): void {
  if (slot?.outcome === 'started') counts.fired += 1;
  if (slot?.outcome === 'missed') counts.missed += 1;
  if (slot?.outcome === 'skipped') counts.skipped += 1;
}
