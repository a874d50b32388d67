/** From a slot of a schedule to its run, and to the record of what became of it. */
import type { Config, Flow } from '../domain/config.ts';
import { InvalidInputError, StoreUnavailableError } from '../domain/errors.ts';
import { isoTime } from '../domain/record.ts';
import type { Run } from '../domain/run.ts';
import { acceptRun, requestKeyId } from './accept-run.ts';
import type { Dependencies, ScheduleSlot } from './ports.ts';

export type Schedule = NonNullable<Flow['schedule']>;

export interface SlotName {
  readonly flowId: string;
  /** The instant of the slot, ISO 8601 as `Date` writes it. */
  readonly slot: string;
}

export const NO_SCHEDULE = 'The configuration has no schedule for this flow any more.';

export function scheduleOf(config: Config, flowId: string): Schedule | undefined {
  return Object.hasOwn(config.flows, flowId) ? config.flows[flowId]?.schedule : undefined;
}

function scopeOf(flowId: string): readonly string[] {
  return ['schedule', flowId];
}

/** The one run of a slot, if it has begun. */
export async function runOfSlot({ store, vault }: Dependencies, { flowId, slot }: SlotName): Promise<Run | undefined> {
  return (await store.byRequestKey(await requestKeyId(vault, scopeOf(flowId), slot)))?.run;
}

/** Writes what became of a slot, and answers what stands: somebody else may have been first. */
export async function recordSlot(
  { schedules, clock, log }: Dependencies,
  fields: Omit<ScheduleSlot, 'at'>,
): Promise<ScheduleSlot> {
  const slot: ScheduleSlot = { ...fields, at: isoTime(clock.now()) };
  if (!(await schedules.putSlot(slot))) return (await schedules.slot(slot.flowId, slot.slot)) ?? slot;
  if (slot.outcome === 'skipped' || slot.outcome === 'missed')
    log.warn(`schedule slot ${slot.outcome}`, { flow: slot.flowId, slot: slot.slot, reason: slot.reason ?? '' });
  return slot;
}

/** Makes the run of a slot whose turn it is; a slot that cannot be run is recorded as skipped, with the reason. */
export async function beginSlot(dependencies: Dependencies, name: SlotName): Promise<ScheduleSlot> {
  const { flowId, slot } = name;
  const schedule = scheduleOf(dependencies.config, flowId);
  if (schedule === undefined) return recordSlot(dependencies, { ...name, outcome: 'skipped', reason: NO_SCHEDULE });
  try {
    const accepted = await acceptRun(dependencies, {
      flowId,
      trigger: 'schedule',
      parameters: schedule.parameters,
      requestKey: slot,
      requestKeyScope: scopeOf(flowId),
    });
    // The key belongs to the slot alone: another request under it is this one, before its parameters were changed.
    const run = 'run' in accepted ? accepted.run : await runOfSlot(dependencies, name);
    if (run === undefined)
      throw new StoreUnavailableError(`the run of the slot ${slot} of ${flowId} could not be read`);
    return await recordSlot(dependencies, { ...name, outcome: 'started', runId: run.id });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return recordSlot(dependencies, { ...name, outcome: 'skipped', reason: error.message });
  }
}
