/**
 * Slots of connections in the one table. All holders of a connection are in one map, whose size is the condition for one
 * more; a write costs a unit for each KiB of it, some 20 holders. Whoever waits has an item of its own, sorted by run id.
 */
import { TABLE } from '../contract.ts';
import type { InFlight, QueuedRun } from '../workflow/ports.ts';
import { type Change, createTable, type Item, type TableOptions } from './table.ts';
import { connectionKey, queueKey } from './table-keys.ts';
import { countItems, deleteItem } from './table-line.ts';

/** Long after it could have started, by when somebody has ended it. */
const FORGET_SECONDS = 30 * 86_400;
/** Only at the first use, or while a slot comes and goes, is there a second. */
const MAX_ROUNDS = 5;

const slotsKey = (connection: string) => connectionKey(connection, 'SLOTS');
const partition = (connection: string) => String(queueKey(connection, '').pk);

function toQueued({ sk, flowId, startBy }: Item): QueuedRun {
  return { runId: String(sk), flowId: String(flowId), startBy: String(startBy) };
}

export function createInFlight(options: TableOptions): InFlight {
  const table = createTable(options);

  const holdersOf = async (connection: string) =>
    (await table.get(slotsKey(connection)))?.holders as Readonly<Record<string, number>> | undefined;

  return {
    async take(connection, { runId, leaseUntil }, max) {
      const key = slotsKey(connection);
      const slot: Change = {
        change: 'SET holders.#run = :lease',
        condition: 'attribute_exists(holders.#run) OR size(holders) < :max',
        names: { '#run': runId },
        values: { ':lease': leaseUntil, ':max': max },
      };
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        if ((await table.update(key, slot)) !== undefined) return true;
        const holders = await holdersOf(connection);
        if (holders !== undefined && Object.keys(holders).length >= max) return false;
        // There was no map yet to put the first one into; somebody else may be making it as well.
        await table.update(key, { change: 'SET holders = if_not_exists(holders, :none)', values: { ':none': {} } });
      }
      return false;
    },

    async release(connection, runId, leaseUntil) {
      const [change, names] = ['REMOVE holders.#run', { '#run': runId }];
      const slot: Change =
        leaseUntil === undefined
          ? { change, condition: 'attribute_exists(holders.#run)', names }
          : { change, condition: 'holders.#run = :lease', names, values: { ':lease': leaseUntil } };
      await table.update(slotsKey(connection), slot);
    },

    async holders(connection) {
      const holders = Object.entries((await holdersOf(connection)) ?? {});
      return holders.sort(([a], [b]) => (a < b ? -1 : 1)).map(([runId, leaseUntil]) => ({ runId, leaseUntil }));
    },

    async enqueue(connection, { runId, flowId, startBy }) {
      const ttl = Math.ceil(Date.parse(startBy) / 1_000) + FORGET_SECONDS;
      const item = { ...queueKey(connection, runId), flowId, startBy, [TABLE.ttl]: ttl };
      await table.put(item, { expression: 'attribute_not_exists(pk)' }, (stored) => stored !== undefined);
    },

    dequeue: (connection, runId) => deleteItem(options, queueKey(connection, runId)),

    async line(connection, limit, after) {
      const values = { ':pk': partition(connection), ...(after === undefined ? {} : { ':after': after }) };
      const expression = after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after';
      return (await table.query({ expression, values, limit })).map(toQueued);
    },

    ahead(connection, runId) {
      const values = { ':pk': partition(connection), ...(runId === undefined ? {} : { ':run': runId }) };
      return countItems(options, { expression: runId === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :run', values });
    },
  };
}
