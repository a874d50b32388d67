import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInFlight } from '../../lib/aws/dynamodb-in-flight.ts';
import type { InFlight } from '../../lib/workflow/ports.ts';
import { describeInFlight } from '../contracts/in-flight.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';

let world: TestTable;
let inFlight: InFlight;
beforeAll(async () => {
  world = await startTable();
  inFlight = createInFlight(world);
});
afterAll(() => world.close());

describeInFlight('the table', () => inFlight);

describe('slots in the table', () => {
  const runId = (number: number) => `run_01JD${String(number).padStart(22, '0')}`;

  it('are as many as a thousand, in one item far below what an item may hold', async () => {
    const leaseUntil = Date.parse('2026-11-22T10:15:00Z');
    const holders = Object.fromEntries(Array.from({ length: 1_000 }, (_, number) => [runId(number), leaseUntil]));
    const Item = marshall({ pk: 'CONNECTION#busy', sk: 'SLOTS', holders });
    await world.client.send(new PutItemCommand({ TableName: world.table, Item }));
    expect(await inFlight.holders('busy')).toHaveLength(1_000);
    expect(await inFlight.take('busy', { runId: runId(1_000), leaseUntil }, 1_000)).toBe(false);
    await inFlight.release('busy', runId(500));
    expect(await inFlight.take('busy', { runId: runId(1_000), leaseUntil }, 1_000)).toBe(true);
    const Key = { pk: { S: 'CONNECTION#busy' }, sk: { S: 'SLOTS' } };
    const read = new GetItemCommand({
      TableName: world.table,
      Key,
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
    });
    const units = (await world.client.send(read)).ConsumedCapacity?.CapacityUnits;
    // Of 4 KiB each; a write then costs four times as many.
    expect(units).toBeLessThanOrEqual(12);
  });

  it('count a line that is longer than one page of the table', async () => {
    const startBy = '2026-11-22T10:10:00.000Z';
    const flowId = 'a-flow-with-a-long-name-'.repeat(600);
    for (let from = 0; from < 100; from += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          inFlight.enqueue('long', { runId: runId(from + index), flowId, startBy }),
        ),
      );
    expect(await inFlight.ahead('long')).toBe(100);
    expect(await inFlight.ahead('long', runId(90))).toBe(90);
    expect(await inFlight.line('long', 95)).toHaveLength(95);
  });

  it('forget a run in line by themselves, long after it could have started', async () => {
    await inFlight.enqueue('left', { runId: runId(1), flowId: 'onboard', startBy: '2026-11-22T10:10:00.000Z' });
    const Key = { pk: { S: 'QUEUE#left' }, sk: { S: runId(1) } };
    const { Item } = await world.client.send(new GetItemCommand({ TableName: world.table, Key }));
    expect(Number(Item?.ttl?.N)).toBe(Date.parse('2026-12-22T10:10:00Z') / 1_000);
  });

  it('do not count a run as in line when the table did not take it', async () => {
    const { client } = world;
    const away = Object.assign(Object.create(client), {
      async send(command: Parameters<typeof client.send>[0]) {
        if (command.constructor.name === 'PutItemCommand') throw new Error('the line went dead');
        return client.send(command);
      },
    }) as typeof client;
    const lossy = createInFlight({ ...world, client: away });
    const run = { runId: runId(1), flowId: 'onboard', startBy: '2026-11-22T10:10:00.000Z' };
    await expect(lossy.enqueue('dead', run)).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  });
});
