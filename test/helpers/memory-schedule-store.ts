import type { ScheduleSlot, ScheduleState, ScheduleStore } from '../../lib/workflow/ports.ts';

export interface MemoryScheduleStore extends ScheduleStore {
  /** All slots that something became of, oldest first. */
  all(): readonly ScheduleSlot[];
}

/** A ScheduleStore in memory that passes the same contract suite as the table. */
export function createMemoryScheduleStore(): MemoryScheduleStore {
  const states = new Map<string, ScheduleState>();
  const slots = new Map<string, ScheduleSlot>();
  const place = (flowId: string, slot: string) => `${flowId} ${slot}`;

  return {
    get: async (flowId) => structuredClone(states.get(flowId)),
    async save(state) {
      const stored = states.get(state.flowId);
      if (JSON.stringify(stored) === JSON.stringify(state)) return true;
      if ((stored?.version ?? 0) !== state.version - 1) return false;
      states.set(state.flowId, structuredClone(state));
      return true;
    },
    slot: async (flowId, slot) => structuredClone(slots.get(place(flowId, slot))),
    async putSlot(slot) {
      const stored = slots.get(place(slot.flowId, slot.slot));
      if (JSON.stringify(stored) === JSON.stringify(slot)) return true;
      const mayFollow = slot.outcome === 'started' || slot.outcome === 'skipped';
      if (stored !== undefined && !(stored.outcome === 'queued' && mayFollow)) return false;
      slots.set(place(slot.flowId, slot.slot), structuredClone(slot));
      return true;
    },
    all: () => [...slots.values()].sort((a, b) => (a.slot < b.slot ? -1 : 1)),
  };
}
