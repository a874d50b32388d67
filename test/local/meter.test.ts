import * as dynamodb from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Definition } from '../../lib/local/definition.ts';
import { functionArn } from '../../lib/local/definition.ts';
import type { EventLog } from '../../lib/local/event-log.ts';
import { meterEvents, type TableUse, type Use } from '../../lib/local/meter.ts';
import { openSecretFiles } from '../../lib/local/secret-files.ts';
import { serveSecrets } from '../../lib/local/secrets-service.ts';
import { openTable } from '../../lib/local/table.ts';
import { ACCESS_KEY, CLIENT, localStepFunctions, untilIdle } from './helpers/local-step-functions.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const TableName = 'errand';
const KEY = { pk: { S: 'RUN#1' }, sk: { S: 'RUN' } };
const LISTED = { flowKey: { S: 'FLOW#a' }, runKey: { S: '1' }, monthKey: { S: 'MONTH#2026-01' } };

async function meteredTable() {
  const uses: Use[] = [];
  const options = { directory: temporaryDirectory(), tableName: TableName, accessKey: ACCESS_KEY, log: () => {} };
  const table = await openTable({ ...options, meter: (use) => uses.push(use) });
  const client = new dynamodb.DynamoDBClient({ ...CLIENT, endpoint: table.url });
  onTestFinished(async () => {
    client.destroy();
    await table.close();
  });
  /** What the thread tells of the next operation. */
  const told = async () => {
    await expect.poll(() => uses.length).toBeGreaterThan(0);
    return uses.splice(0) as TableUse[];
  };
  const put = (more: object, condition: object = {}) =>
    client.send(new dynamodb.PutItemCommand({ TableName, Item: { ...KEY, ...more }, ...condition }));
  return { client, told, put };
}

describe('what the table tells to be counted', () => {
  it('is a write for each KB of the larger item, before or after, and for each index that changes', async () => {
    const { put, told } = await meteredTable();
    const about = { kind: 'table', operation: 'PutItem', about: 'RUN', readUnits: 0 };
    await put({ ...LISTED, text: { S: 'x'.repeat(2_500) } });
    // Three for the item; it comes into two of the indexes.
    expect(await told()).toEqual([{ ...about, writeUnits: 5 }]);
    await put({ ...LISTED, text: { S: 'x' } });
    expect(await told()).toEqual([{ ...about, writeUnits: 3 }]);
    await put({ ...LISTED, stateKey: { S: 'OPEN' }, monthKey: { S: 'MONTH#2026-02' } });
    // One for the item, one for the index it comes into, two for the one where it moves.
    expect(await told()).toEqual([{ ...about, writeUnits: 4 }]);
    await put({});
    expect(await told()).toEqual([{ ...about, writeUnits: 4 }]);
  });

  it('is also what a condition has cost that failed, and a removal', async () => {
    const { client, put, told } = await meteredTable();
    await put({ ...LISTED, text: { S: 'x'.repeat(1_500) } });
    await told();
    const condition = { ConditionExpression: 'attribute_not_exists(pk)' };
    await expect(put({}, condition)).rejects.toThrow('conditional');
    expect(await told()).toMatchObject([{ operation: 'PutItem (condition failed)', writeUnits: 2 }]);
    await client.send(new dynamodb.DeleteItemCommand({ TableName, Key: KEY }));
    expect(await told()).toMatchObject([{ operation: 'DeleteItem', writeUnits: 4 }]);
  });

  it('is a read for each 4 KB, half of it where an older state will do, and at least one', async () => {
    const { client, put, told } = await meteredTable();
    await put({ ...LISTED, text: { S: 'x'.repeat(5_000) } });
    await told();
    const get = (more: object) => client.send(new dynamodb.GetItemCommand({ TableName, Key: KEY, ...more }));
    const { ConsumedCapacity, Item } = await get({ ConsistentRead: true });
    expect(ConsumedCapacity).toBeUndefined();
    expect(Item).toMatchObject(KEY);
    expect(await told()).toEqual([{ kind: 'table', operation: 'GetItem', about: 'RUN', readUnits: 2, writeUnits: 0 }]);
    await get({});
    expect(await told()).toMatchObject([{ readUnits: 1 }]);
    const list = (flowKey: string) =>
      client.send(
        new dynamodb.QueryCommand({
          TableName,
          IndexName: 'by-flow',
          KeyConditionExpression: 'flowKey = :f',
          ExpressionAttributeValues: { ':f': { S: flowKey } },
        }),
      );
    expect((await list('FLOW#a')).Items).toHaveLength(1);
    expect(await told()).toMatchObject([{ operation: 'Query', about: 'by-flow', readUnits: 0.5 }]);
    await list('FLOW#none');
    expect(await told()).toMatchObject([{ readUnits: 0.5 }]);
  });

  it('names an update by what it changed, and counts what each item of a batch costs', async () => {
    const { client, told } = await meteredTable();
    await client.send(
      new dynamodb.UpdateItemCommand({
        TableName,
        Key: { pk: { S: 'HISTORY#a' }, sk: { S: 'HISTORY' } },
        UpdateExpression: 'SET h = :h',
        ExpressionAttributeValues: { ':h': { L: [{ N: '1' }] } },
      }),
    );
    expect(await told()).toMatchObject([{ operation: 'UpdateItem', about: 'HISTORY', writeUnits: 1 }]);
    const puts = ['1', '2'].map((id) => ({ PutRequest: { Item: { ...KEY, sk: { S: id }, ...LISTED } } }));
    await client.send(new dynamodb.BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
    expect(await told()).toMatchObject([{ operation: 'BatchWriteItem', about: 'RUN', writeUnits: 6 }]);
  });
});

const DEFINITION: Definition = {
  StartAt: 'Poll',
  States: {
    Poll: {
      Type: 'Task',
      Resource: functionArn('poll'),
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 2 }],
      Next: 'Rest',
    },
    Rest: { Type: 'Wait', Seconds: 0, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

describe('what the state machine tells to be counted', () => {
  it('is every state that is entered and every try of a task, so that retries can be told', async () => {
    const uses: Use[] = [];
    let calls = 0;
    const poll = () => {
      calls += 1;
      if (calls < 3) throw new Error('not yet');
      return {};
    };
    const { executions } = await localStepFunctions({
      definition: DEFINITION,
      handlers: { poll },
      retryPauseMs: 0,
      meter: (use) => uses.push(use),
    });
    await executions.start('one', '{}');
    await untilIdle(executions);
    expect(uses.map((use) => (use.kind === 'state' || use.kind === 'try' ? `${use.kind} ${use.state}` : ''))).toEqual([
      'state Poll',
      'try Poll',
      'try Poll',
      'try Poll',
      'state Rest',
      'state Done',
    ]);
  });
});

describe('what the other services tell to be counted', () => {
  it('is each request by its operation', async () => {
    const files = openSecretFiles(temporaryDirectory(), 'errand/root-key', () => Date.now());
    const requests: string[] = [];
    const service = await serveSecrets(
      files,
      ACCESS_KEY,
      () => {},
      (operation) => requests.push(operation),
    );
    const client = new SecretsManagerClient({ ...CLIENT, endpoint: service.url });
    onTestFinished(async () => {
      client.destroy();
      await service.close();
    });
    await client.send(new GetSecretValueCommand({ SecretId: 'errand/root-key' }));
    await client.send(new GetSecretValueCommand({ SecretId: 'errand/none' })).catch(() => {});
    expect(requests).toEqual(['GetSecretValue', 'GetSecretValue']);
  });

  it('is how many events go to the bus', () => {
    const uses: Use[] = [];
    const log = { append: (events: readonly object[]) => events.length } as unknown as EventLog;
    meterEvents(log, (use) => uses.push(use)).append([{}, {}] as never);
    expect(uses).toEqual([{ kind: 'events', count: 2 }]);
  });
});
