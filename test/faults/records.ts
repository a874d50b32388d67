/** What reached the table, as somebody reads it who stands behind it. */
import type { Run } from '../../lib/domain/run.ts';
import type { ScheduleSlot, ScheduleState } from '../../lib/workflow/ports.ts';
import type { Fact } from './facts.ts';

export interface Records {
  /** The newest version of each run. */
  readonly runs: ReadonlyMap<string, Run>;
  /** What became of the slots of schedules, as it was written. */
  readonly slots: readonly ScheduleSlot[];
  /** When each schedule was first seen, by flow. */
  readonly schedulesSince: ReadonlyMap<string, number>;
  /** Reads an item as it is written. */
  read(item: object): void;
}

interface Item {
  readonly sk?: { readonly S: string };
  readonly record?: { readonly S: string };
}

/** What an item of a run has beside its record, roughly. */
const ATTRIBUTES_BYTES = 700;

export function createRecords(now: () => number, tell: (fact: Fact) => void): Records {
  const runs = new Map<string, Run>();
  const slots: ScheduleSlot[] = [];
  const schedulesSince = new Map<string, number>();
  const readers: Readonly<Record<string, (record: string) => void>> = {
    RUN(record) {
      const run = JSON.parse(record) as Run;
      tell({ type: 'record', run, before: runs.get(run.id), bytes: Buffer.byteLength(record) + ATTRIBUTES_BYTES });
      runs.set(run.id, run);
    },
    SLOT(record) {
      const slot = JSON.parse(record) as ScheduleSlot;
      slots.push(slot);
      tell({ type: 'slot', slot });
    },
    SCHEDULE(record) {
      const { flowId } = JSON.parse(record) as ScheduleState;
      if (!schedulesSince.has(flowId)) schedulesSince.set(flowId, now());
    },
  };
  return {
    runs,
    slots,
    schedulesSince,
    read(item) {
      const { sk, record } = item as Item;
      // The record of a run holds all that could leak; the attributes beside it are ids and words of ours.
      tell({ type: 'text', sink: 'the table', text: record?.S ?? JSON.stringify(item) });
      if (sk !== undefined && record !== undefined) readers[sk.S]?.(record.S);
    },
  };
}
