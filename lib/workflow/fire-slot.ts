/** One slot of a schedule: at most one run, whoever fires it how often and at once. */
import { slotAt } from '../domain/cron.ts';
import { InvalidInputError } from '../domain/errors.ts';
import { isoTime } from '../domain/record.ts';
import { beginSlot, NO_SCHEDULE, recordSlot, type Schedule, type SlotName, scheduleOf } from './begin-slot.ts';
import type { Dependencies, ScheduleSlot } from './ports.ts';
import { type Turn, takeTurn } from './slot-turn.ts';

export interface SlotRequest {
  readonly flowId: string;
  /** An instant within the slot's minute, ISO 8601. */
  readonly slot: string;
}

export interface FireOptions {
  /** The sweep fires what nobody else did, however long ago that was. */
  readonly missed?: boolean;
}

const MINUTE_MS = 60_000;
/** Clocks of ours and of the scheduler may differ by so much. */
const SKEW_MS = 300_000;
/** As long as EventBridge Scheduler tries. What comes later was redriven by hand, and catching up is the sweep's business. */
const LATEST_MS = 86_400_000;

/**
 * Makes the run of a slot, once, as the flow's overlap policy allows, and answers what became of the slot. A call that
 * was cut off anywhere may be made again.
 * @throws InvalidInputError for a time that is none or lies in the future; StoreUnavailableError: fire it again.
 */
export async function fireSlot(
  dependencies: Dependencies,
  request: SlotRequest,
  { missed = false }: FireOptions = {},
): Promise<ScheduleSlot> {
  const { clock, config, schedules } = dependencies;
  const schedule = scheduleOf(config, request.flowId);
  const firedMs = timeOf(request.slot, clock.now());
  const ofSchedule = schedule === undefined ? undefined : slotAt(schedule, firedMs);
  const name: SlotName = { flowId: request.flowId, slot: ofSchedule ?? isoTime(firedMs) };
  const known = await schedules.slot(name.flowId, name.slot);
  if (known !== undefined && known.outcome !== 'queued') return known;
  // A slot that was taken in was one of the schedule then.
  if (schedule === undefined || (ofSchedule === undefined && known === undefined)) {
    const reason = schedule === undefined ? NO_SCHEDULE : 'The schedule has no slot at this time any more.';
    return recordSlot(dependencies, { ...name, outcome: 'skipped', reason });
  }
  const isTooLate = known === undefined && !missed && clock.now() - firedMs > LATEST_MS;
  if (isTooLate) return recordSlot(dependencies, { ...name, outcome: 'missed', reason: 'It came over 24 h late.' });
  // From here on nobody calls it missed, and whoever finds it so goes on with it.
  const taken = known ?? (await recordSlot(dependencies, { ...name, outcome: 'queued' }));
  return taken.outcome === 'queued' ? fireTaken(dependencies, taken, schedule) : taken;
}

async function fireTaken(
  dependencies: Dependencies,
  taken: ScheduleSlot,
  { overlap }: Schedule,
): Promise<ScheduleSlot> {
  const { flowId, slot } = taken;
  const turn: Turn = overlap === 'allow' ? { kind: 'go' } : await takeTurn(dependencies, { flowId, slot });
  if (turn.kind === 'go') return beginSlot(dependencies, { flowId, slot });
  if (turn.kind === 'wait') return taken;
  return recordSlot(dependencies, { flowId, slot, outcome: 'skipped', reason: turn.reason });
}

function timeOf(text: string, now: number): number {
  const firedMs = Math.floor(Date.parse(text) / MINUTE_MS) * MINUTE_MS;
  const message = Number.isNaN(firedMs) ? 'expected a time as ISO 8601' : 'lies in the future';
  if (firedMs <= now + SKEW_MS) return firedMs;
  throw new InvalidInputError('This is no slot to fire now.', [{ path: 'schedule.scheduledTime', message }]);
}
