import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFlowHistories } from '../../lib/aws/dynamodb-flow-histories.ts';
import { describeFlowHistories, type HistoryWorld } from '../contracts/flow-histories.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';
import { seeded } from '../helpers/random.ts';
import { exactly } from '../helpers/took.ts';

let table: TestTable;
let world: HistoryWorld;
let now = Date.parse('2026-11-22T10:00:00Z');

const container = (client = table.client) =>
  createFlowHistories({ ...table, client, clock: { now: () => now }, random: seeded(4) });

beforeAll(async () => {
  table = await startTable();
  world = {
    histories: container(),
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
});
afterAll(() => table.close());

describeFlowHistories('the table', () => world);

const key = (name: string) => ({ pk: { S: `HISTORY#${name}` }, sk: { S: 'HISTORY' } });

/** The client, with its commands seen before they are sent. */
function seeing(see: (name: string, command: { readonly input: unknown }) => void) {
  const { client } = table;
  return Object.assign(Object.create(client), {
    send(command: Parameters<typeof client.send>[0]) {
      see(command.constructor.name, command);
      return client.send(command);
    },
  }) as typeof client;
}

describe('histories in the table', () => {
  it('lose nothing of twenty that are first at the same moment', async () => {
    const durations = Array.from({ length: 20 }, (_, index) => 1_000 + index);
    await Promise.all(durations.map((durationMs) => world.histories.remember('first', exactly(durationMs))));
    const history = await world.histories.get('first');
    expect(history?.durationsMs.toSorted((a, b) => a - b)).toEqual(durations);
  });

  it('are written seldom when thousands end at once in many containers, and stay one small item', async () => {
    let writes = 0;
    const client = seeing((name) => {
      writes += name === 'UpdateItemCommand' ? 1 : 0;
    });
    const containers = Array.from({ length: 20 }, () => container(client));
    for (let batch = 0; batch < 50; batch += 1) {
      now += 20;
      await Promise.all(containers.map((histories) => histories.remember('burst', exactly(300_000 + batch))));
    }
    expect(writes).toBeLessThan(1_000 / 4);
    const read = new GetItemCommand({ TableName: table.table, Key: key('burst'), ReturnConsumedCapacity: 'TOTAL' });
    const { Item = {} } = await table.client.send(read);
    expect(Item.h?.L?.length).toBeLessThanOrEqual(96);
  });

  it('cost half a read unit and one write unit at their largest', async () => {
    const units: (number | undefined)[] = [];
    const h = Array.from({ length: 96 }, (_, index) => 259_200_123 - index);
    const t = [1, 2, 3, 4].map((minutes) => now - minutes * 60_000);
    const Item = marshall({ pk: `HISTORY#${'a'.repeat(100)}`, sk: 'HISTORY', h, r: h.slice(0, 4), t });
    await table.client.send(new PutItemCommand({ TableName: table.table, Item }));
    const { client } = table;
    const metered = Object.assign(Object.create(client), {
      async send(command: Parameters<typeof client.send>[0]) {
        Object.assign(command.input, { ReturnConsumedCapacity: 'TOTAL' });
        const answer = await client.send(command);
        units.push((answer as { ConsumedCapacity?: { CapacityUnits?: number } }).ConsumedCapacity?.CapacityUnits);
        return answer;
      },
    }) as typeof client;
    await container(metered).remember('a'.repeat(100), exactly(259_200_456));
    expect(units).toEqual([0.5, 1]);
  });

  it('drop a duration when the table throttles or is away, and say nothing of it to the run', async () => {
    for (const failing of ['GetItemCommand', 'UpdateItemCommand']) {
      const client = seeing((name) => {
        if (name === failing) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
      });
      await expect(container(client).remember('throttled', exactly(1_000))).resolves.toBeUndefined();
    }
    expect(await world.histories.get('throttled')).toBeUndefined();
    const away = seeing(() => {
      throw new Error('the line went dead');
    });
    await expect(container(away).get('throttled')).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  });

  it('are read without waiting for the newest, which costs half', async () => {
    const consistent: unknown[] = [];
    const histories = container(
      seeing((_name, { input }) => consistent.push(JSON.stringify(input).includes('"ConsistentRead":false'))),
    );
    await histories.get('cheap');
    await histories.getMany(['cheap', 'other']);
    expect(consistent).toEqual([true, true]);
  });

  it('go when the flow has not run for longer than any run is kept', async () => {
    await world.histories.remember('old', exactly(1_000));
    const { Item = {} } = await table.client.send(new GetItemCommand({ TableName: table.table, Key: key('old') }));
    expect(Number(Item.ttl?.N)).toBe(Math.ceil(now / 1_000) + 400 * 86_400);
  });
});
