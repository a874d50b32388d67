import type { Checkpoint, ExecutionRecord, ExecutionStore } from '../../../lib/local/execution-store.ts';
import type { HistoryEvent } from '../../../lib/local/history.ts';

export interface MemoryExecutions extends ExecutionStore {
  all(): readonly ExecutionRecord[];
  /** Events in the history of an execution. */
  length(name: string): number;
}

/** The state of executions, and of their histories the last event: all that whoever carries them on reads. */
export function createMemoryExecutions(): MemoryExecutions {
  const records = new Map<string, ExecutionRecord>();
  const checkpoints = new Map<string, Checkpoint>();
  const last = new Map<string, HistoryEvent>();
  return {
    async write({ name, record, checkpoint, events = [] }) {
      if (record) records.set(name, record);
      if (checkpoint) checkpoints.set(name, checkpoint);
      if (checkpoint === null) checkpoints.delete(name);
      const newest = events.at(-1);
      if (newest) last.set(name, newest);
    },
    settled: async () => {},
    find: async (name) => records.get(name),
    checkpoint: async (name) => checkpoints.get(name),
    running: async () => [...checkpoints.keys()],
    lastEvent: async (name) => last.get(name),
    events: async (name) => [last.get(name)].filter((event) => event !== undefined),
    forget: async () => {},
    async *list() {},
    all: () => [...records.values()],
    length: (name) => last.get(name)?.id ?? 0,
  };
}
