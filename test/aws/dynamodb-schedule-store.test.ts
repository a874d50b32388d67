import { GetItemCommand, type PutItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScheduleStore } from '../../lib/aws/dynamodb-schedule-store.ts';
import type { ScheduleSlot, ScheduleStore, SlotOutcome } from '../../lib/workflow/ports.ts';
import { describeScheduleStore } from '../contracts/schedule-store.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';

let world: TestTable;
let store: ScheduleStore;
beforeAll(async () => {
  world = await startTable();
  store = createScheduleStore(world);
});
afterAll(() => world.close());

describeScheduleStore('the table', () => store);

async function itemOf(pk: string, sk: string): Promise<Record<string, unknown>> {
  const command = new GetItemCommand({ TableName: world.table, Key: { pk: { S: pk }, sk: { S: sk } } });
  return unmarshall((await world.client.send(command)).Item ?? {});
}

describe('the items of slots', () => {
  const SLOT = '2026-11-21T10:00:00.000Z';
  const news: readonly (readonly [SlotOutcome, string | undefined])[] = [
    ['started', undefined],
    ['queued', undefined],
    ['skipped', 'Schedule Slot Skipped'],
    ['missed', 'Schedule Slot Missed'],
  ];
  it.each(news)('say of a %s slot what the bus is to hear: %s', async (outcome, expected) => {
    const slot: ScheduleSlot = { flowId: `news-${outcome}`, slot: SLOT, outcome, at: '2026-11-21T10:02:00.000Z' };
    await store.putSlot(slot);
    const item = await itemOf(`SLOT#news-${outcome}#${SLOT}`, 'SLOT');
    expect(item.news).toBe(expected);
    expect(JSON.parse(String(item.record))).toEqual(slot);
    expect(item.ttl).toBe(Date.parse(slot.at) / 1_000 + 400 * 86_400);
  });

  it('bring their news when what waited is skipped', async () => {
    const slot = { flowId: 'waited', slot: SLOT, at: SLOT } as const;
    await store.putSlot({ ...slot, outcome: 'queued' });
    await store.putSlot({ ...slot, outcome: 'skipped', reason: 'Too late.' });
    expect((await itemOf(`SLOT#waited#${SLOT}`, 'SLOT')).news).toBe('Schedule Slot Skipped');
  });

  it('count as written when only the answer was lost', async () => {
    const { client } = world;
    const deaf = Object.assign(Object.create(client), {
      async send(command: Parameters<typeof client.send>[0]): Promise<PutItemCommandOutput> {
        const answer = (await client.send(command)) as PutItemCommandOutput;
        if (command.constructor.name === 'PutItemCommand') throw new Error('the line went dead');
        return answer;
      },
    }) as typeof client;
    const lossy = createScheduleStore({ ...world, client: deaf });
    expect(await lossy.putSlot({ flowId: 'deaf', slot: SLOT, outcome: 'missed', at: SLOT })).toBe(true);
    expect(await lossy.save({ flowId: 'deaf', version: 1, checkedUntil: SLOT })).toBe(true);
    expect(await lossy.save({ flowId: 'deaf', version: 1, checkedUntil: '2026-11-22T10:00:00.000Z' })).toBe(false);
  });
});
