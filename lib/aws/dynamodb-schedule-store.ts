/** What is remembered of schedules, in the one table: a state for each flow, an item for each slot. */
import { NEWS, type News, TABLE } from '../contract.ts';
import { RETENTION_SECONDS } from '../domain/record.ts';
import type { ScheduleSlot, ScheduleState, ScheduleStore, SlotOutcome } from '../workflow/ports.ts';
import { type Condition, createTable, type Item, type TableOptions } from './table.ts';
import type { Key } from './table-keys.ts';

/** What the bus is told of; the announcer finds it in the attribute `record`. */
const NEWS_OF: Readonly<Partial<Record<SlotOutcome, News>>> = { missed: NEWS.slotMissed, skipped: NEWS.slotSkipped };

const ABSENT = 'attribute_not_exists(pk)';

function stateKey(flowId: string): Key {
  return { [TABLE.partitionKey]: `SCHEDULE#${flowId}`, [TABLE.sortKey]: 'SCHEDULE' };
}

function slotKey(flowId: string, slot: string): Key {
  return { [TABLE.partitionKey]: `SLOT#${flowId}#${slot}`, [TABLE.sortKey]: 'SLOT' };
}

function recordIn<Kept>(item: Item | undefined): Kept | undefined {
  return item === undefined ? undefined : JSON.parse(String(item.record));
}

/** Only what waits may become something else. */
function slotCondition(outcome: SlotOutcome): Condition {
  if (outcome !== 'started' && outcome !== 'skipped') return { expression: ABSENT };
  return { expression: `${ABSENT} OR outcome = :waiting`, values: { ':waiting': 'queued' satisfies SlotOutcome } };
}

export function createScheduleStore(options: TableOptions): ScheduleStore {
  const table = createTable(options);
  return {
    async get(flowId) {
      return recordIn<ScheduleState>(await table.get(stateKey(flowId)));
    },

    save(state) {
      const record = JSON.stringify(state);
      const { version } = state;
      const condition: Condition =
        version === 1
          ? { expression: ABSENT }
          : {
              expression: '#version = :previous',
              names: { '#version': 'version' },
              values: { ':previous': version - 1 },
            };
      return table.put(
        { ...stateKey(state.flowId), version, record },
        condition,
        (stored) => stored?.record === record,
      );
    },

    async slot(flowId, slot) {
      return recordIn<ScheduleSlot>(await table.get(slotKey(flowId, slot)));
    },

    putSlot(slot) {
      const record = JSON.stringify(slot);
      const { flowId, outcome, at } = slot;
      const ttl = Math.ceil(Date.parse(at) / 1_000) + RETENTION_SECONDS;
      const item = { ...slotKey(flowId, slot.slot), outcome, record, [TABLE.ttl]: ttl, news: NEWS_OF[outcome] };
      return table.put(item, slotCondition(outcome), (stored) => stored?.record === record);
    },
  };
}
