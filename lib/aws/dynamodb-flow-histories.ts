/** Histories of flows in the one table: an item for each, half a read unit and one write for a run that ended. */
import { TABLE } from '../contract.ts';
import { RETENTION_SECONDS } from '../domain/record.ts';
import { durationIn, type FlowHistory, howToRemember, type Remembering, type Took } from '../polling/flow-history.ts';
import type { Clock, FlowHistories } from '../workflow/ports.ts';
import { type Change, createTable, type Item, type TableOptions } from './table.ts';
import { historyKey } from './table-keys.ts';

export interface FlowHistoriesOptions extends TableOptions {
  readonly clock: Clock;
  readonly random: () => number;
}

const LAST = 4;
/** Many may find room for one more at once; an item stays below a write unit all the same. */
const MOST = 96;

function toHistory(item: Item | undefined): FlowHistory | undefined {
  return item && ({ durationsMs: item.h, recentMs: item.r, recentAt: item.t } as FlowHistory);
}

function changeOf(how: Exclude<Remembering, { kind: 'skip' }>, durationMs: number): Change {
  if (how.kind === 'reset') return { change: 'h = :h', values: { ':h': how.durationsMs } };
  // Behind the end of a list that was cut short meanwhile, it is appended.
  if (how.kind === 'replace') return { change: `h[${how.slot}] = :h`, values: { ':h': durationMs } };
  return {
    change: 'h = list_append(if_not_exists(h, :none), :h)',
    condition: 'attribute_not_exists(h) OR size(h) < :most',
    values: { ':none': [], ':h': [durationMs], ':most': MOST },
  };
}

export function createFlowHistories({ clock, random, ...options }: FlowHistoriesOptions): FlowHistories {
  const table = createTable(options);
  const get = async (key: string) => toHistory(await table.get(historyKey(key), false));

  async function write(key: string, took: Took): Promise<void> {
    const history = await get(key);
    const durationMs = durationIn(history, took, random);
    const now = clock.now();
    const how = howToRemember(history, durationMs, now, random);
    if (how.kind === 'skip') return;
    const { recentMs = [], recentAt = [] } = history ?? {};
    const { change, values, ...rest } = changeOf(how, durationMs);
    await table.update(historyKey(key), {
      ...rest,
      change: `SET ${change}, r = :r, t = :t, #ttl = :ttl`,
      names: { '#ttl': TABLE.ttl },
      values: {
        ...values,
        ':r': [...recentMs, durationMs].slice(-LAST),
        ':t': [...recentAt, now].slice(-LAST),
        ':ttl': Math.ceil(now / 1_000) + RETENTION_SECONDS,
      },
    });
  }

  return {
    get,

    async getMany(keys) {
      const items = await table.getMany([...new Set(keys)].map(historyKey), false);
      const found = new Map(items.map((item) => [item.pk, toHistory(item)]));
      return keys.map((key) => found.get(historyKey(key).pk));
    },

    // Whatever goes wrong, the next run's duration is as good.
    remember: (key, took) => write(key, took).catch(() => {}),
  };
}
