/** What every schedule store owes its callers. */
import { describe, expect, it } from 'vitest';
import type { ScheduleSlot, ScheduleState, ScheduleStore, SlotOutcome } from '../../lib/workflow/ports.ts';

const SLOT = '2026-11-21T10:00:00.000Z';

let flows = 0;
function newFlowId(): string {
  flows += 1;
  return `flow-${flows}`;
}

function stateOf(flowId: string, fields: Partial<ScheduleState> = {}): ScheduleState {
  return { flowId, version: 1, checkedUntil: SLOT, ...fields };
}

function slotOf(flowId: string, outcome: SlotOutcome, fields: Partial<ScheduleSlot> = {}): ScheduleSlot {
  return { flowId, slot: SLOT, outcome, at: '2026-11-21T10:00:01.000Z', ...fields };
}

export function describeScheduleStore(name: string, world: () => ScheduleStore): void {
  describe(`${name} as a schedule store`, () => {
    it('knows nothing of a flow that it was never told of', async () => {
      expect(await world().get(newFlowId())).toBeUndefined();
      expect(await world().slot(newFlowId(), SLOT)).toBeUndefined();
    });

    it('gives back what was saved, and forgets what a later state leaves out', async () => {
      const flowId = newFlowId();
      const first = stateOf(flowId, { holder: { slot: SLOT, since: SLOT }, queuedSlot: '2026-11-21T11:00:00.000Z' });
      expect(await world().save(first)).toBe(true);
      expect(await world().get(flowId)).toEqual(first);
      const second = stateOf(flowId, { version: 2 });
      expect(await world().save(second)).toBe(true);
      expect(await world().get(flowId)).toEqual(second);
    });

    it('lets one of two writers of the same version win, from the first version on', async () => {
      const flowId = newFlowId();
      for (const version of [1, 2]) {
        const writes = ['a', 'b'].map((slot) => stateOf(flowId, { version, holder: { slot, since: SLOT } }));
        const won = await Promise.all(writes.map((state) => world().save(state)));
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await world().get(flowId)).toEqual(writes[won.indexOf(true)]);
      }
    });

    it('refuses a writer that slept while others wrote, and a version that skips one', async () => {
      const flowId = newFlowId();
      await world().save(stateOf(flowId));
      await world().save(stateOf(flowId, { version: 2 }));
      const late = stateOf(flowId, { version: 2, queuedSlot: SLOT });
      expect(await world().save(late)).toBe(false);
      expect(await world().save(stateOf(flowId, { version: 4 }))).toBe(false);
      expect(await world().save(stateOf(newFlowId(), { version: 2 }))).toBe(false);
    });

    it('takes the same write twice, because the answer to the first may have been lost', async () => {
      const flowId = newFlowId();
      expect(await world().save(stateOf(flowId))).toBe(true);
      expect(await world().save(stateOf(flowId))).toBe(true);
      expect(await world().putSlot(slotOf(flowId, 'missed'))).toBe(true);
      expect(await world().putSlot(slotOf(flowId, 'missed'))).toBe(true);
    });

    it('keeps the slots of flows and times apart', async () => {
      const [one, two] = [newFlowId(), newFlowId()];
      const other = slotOf(one, 'missed', { slot: '2026-11-21T11:00:00.000Z', reason: 'Nobody came.' });
      await world().putSlot(slotOf(one, 'started', { runId: 'run_1' }));
      await world().putSlot(other);
      expect(await world().slot(one, SLOT)).toEqual(slotOf(one, 'started', { runId: 'run_1' }));
      expect(await world().slot(one, other.slot)).toEqual(other);
      expect(await world().slot(two, SLOT)).toBeUndefined();
    });

    const OUTCOMES: readonly SlotOutcome[] = ['started', 'queued', 'skipped', 'missed'];
    const pairs = OUTCOMES.flatMap((stored) => OUTCOMES.map((next) => [stored, next] as const));
    it.each(pairs)('of a slot that was %s and is now said to be %s keeps what stands', async (stored, next) => {
      const flowId = newFlowId();
      const first = slotOf(flowId, stored);
      const second = slotOf(flowId, next, { at: '2026-11-21T10:05:00.000Z' });
      const follows = stored === 'queued' && (next === 'started' || next === 'skipped');
      await world().putSlot(first);
      expect(await world().putSlot(second)).toBe(follows);
      expect(await world().slot(flowId, SLOT)).toEqual(follows ? second : first);
    });

    it('lets one of twenty racing outcomes stand, and says so to that one alone', async () => {
      const flowId = newFlowId();
      const writes = Array.from({ length: 20 }, (_, index) => slotOf(flowId, 'missed', { reason: `${index}` }));
      const won = await Promise.all(writes.map((slot) => world().putSlot(slot)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await world().slot(flowId, SLOT)).toEqual(writes[won.indexOf(true)]);
    });
  });
}
