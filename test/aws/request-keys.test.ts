import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunStore } from '../../lib/aws/dynamodb-run-store.ts';
import type { RequestKey } from '../../lib/workflow/ports.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';
import { newRun } from '../helpers/runs.ts';

const T0 = Date.parse('2026-11-21T10:00:00.000Z');
const clock = { now: () => T0 };
let world: TestTable;

beforeAll(async () => {
  world = await startTable();
});
afterAll(() => world.close());

function createStore() {
  return createRunStore({ ...world, clock });
}

function newKey(id: string): RequestKey {
  return { id, fingerprint: 'same', expiresAt: T0 + 1_000_000 };
}

describe('a request whose acceptance was cut short', () => {
  /** The key is written, then the process dies. */
  async function acceptHalf(key: RequestKey) {
    const dying = Object.create(world.client) as DynamoDBClient;
    let puts = 0;
    dying.send = (async (command: PutItemCommand) => {
      if (command instanceof PutItemCommand && puts++ > 0)
        throw Object.assign(new Error('the process died'), { name: 'TimeoutError' });
      return world.client.send(command);
    }) as DynamoDBClient['send'];
    const run = newRun({ input: { parameters: {}, sensitive: ['email'], sealed: 'v1.sealed-for-this-id' } });
    await expect(createRunStore({ table: world.table, clock, client: dying }).create(run, key)).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });
    expect(await createStore().get(run.id)).toBeUndefined();
    return run;
  }

  it('is finished by its repetition with the record it began with, because inputs are sealed for that id', async () => {
    const key = newKey('half-1');
    const run = await acceptHalf(key);
    expect(await createStore().create(newRun(), key)).toEqual({ kind: 'replayed', run });
    expect(await createStore().get(run.id)).toEqual(run);
  });

  it('is finished by whoever looks for its run by the key, because a cancel may come before the repetition', async () => {
    const key = newKey('half-4');
    const run = await acceptHalf(key);
    expect(await createStore().byRequestKey(key.id)).toEqual({ run, fingerprint: 'same' });
    expect(await createStore().get(run.id)).toEqual(run);
    expect(await createStore().create(newRun(), key)).toEqual({ kind: 'replayed', run });
  });

  it('does not give its key to another request', async () => {
    const key = newKey('half-2');
    await acceptHalf(key);
    expect(await createStore().create(newRun(), { ...key, fingerprint: 'other' })).toEqual({ kind: 'conflict' });
  });

  it('leaves no copy of the parameters in the key once the run stands', async () => {
    const key = newKey('half-3');
    await acceptHalf(key);
    await createStore().create(newRun(), key);
    const Key = { pk: { S: `KEY#${key.id}` }, sk: { S: 'KEY' } };
    const { Item } = await world.client.send(new GetItemCommand({ TableName: world.table, Key }));
    expect(Object.keys(Item ?? {}).sort()).toEqual(['expiresAt', 'fingerprint', 'pk', 'runId', 'sk', 'ttl']);
  });
});
