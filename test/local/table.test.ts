import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { ClassicLevel } from 'classic-level';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTable } from '../../lib/local/table.ts';
import { ACCESS_KEY, CLIENT } from './helpers/local-step-functions.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

async function table(directory = temporaryDirectory()) {
  const local = await openTable({ directory, tableName: 'errand', accessKey: ACCESS_KEY, log: () => {} });
  const client = new DynamoDBClient({ ...CLIENT, endpoint: local.url });
  onTestFinished(async () => {
    client.destroy();
    await local.close();
  });
  return { ...local, client, directory };
}

const ITEM = { pk: { S: 'run#1' }, sk: { S: 'run' }, flowKey: { S: 'f' }, runKey: { S: '1' }, more: { S: 'x' } };

describe('the local table', () => {
  it('has the keys and indexes of the stack’s table', async () => {
    const { client } = await table();
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'errand' }));
    expect(Table?.TableStatus).toBe('ACTIVE');
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual([
      'by-business-key',
      'by-flow',
      'by-state',
      'newest',
    ]);
  });

  it('lists by index, which holds keys only', async () => {
    const { client } = await table();
    await client.send(new PutItemCommand({ TableName: 'errand', Item: ITEM }));
    const { more: _, ...keys } = ITEM;
    const { Items } = await client.send(
      new QueryCommand({
        TableName: 'errand',
        IndexName: 'by-flow',
        KeyConditionExpression: 'flowKey = :f',
        ExpressionAttributeValues: { ':f': { S: 'f' } },
      }),
    );
    expect(Items).toEqual([keys]);
  });

  it('still has its items after it was closed and opened again', async () => {
    const { client, directory, close } = await table();
    await client.send(new PutItemCommand({ TableName: 'errand', Item: ITEM }));
    await close();
    const again = await table(directory);
    const { Item } = await again.client.send(
      new GetItemCommand({ TableName: 'errand', Key: { pk: ITEM.pk, sk: ITEM.sk }, ConsistentRead: true }),
    );
    expect(Item).toEqual(ITEM);
  });

  it('that a killed process had only begun to create is created again', async () => {
    const { directory, close } = await table();
    await close();
    const files = new ClassicLevel<string, { TableStatus: string }>(directory, { valueEncoding: 'json' });
    const kept = await files.get('table~errand');
    expect(kept?.TableStatus).toBe('ACTIVE');
    await files.put('table~errand', { ...kept, TableStatus: 'CREATING' });
    await files.close();
    const { client } = await table(directory);
    const put = client.send(new PutItemCommand({ TableName: 'errand', Item: ITEM }));
    await expect(put).resolves.toBeDefined();
  });

  it('refuses who does not have the key of this instance', async () => {
    const { url } = await table();
    const credentials = { accessKeyId: ACCESS_KEY.accessKeyId, secretAccessKey: 'guessed' };
    const stranger = new DynamoDBClient({ ...CLIENT, credentials, endpoint: url });
    await expect(stranger.send(new DescribeTableCommand({ TableName: 'errand' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  it('survives a request that breaks off half way', async () => {
    const { url, client } = await table();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await new Promise<void>((resolve) => {
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf', () => resolve());
    });
    socket.resetAndDestroy();
    await expect(client.send(new DescribeTableCommand({ TableName: 'errand' }))).resolves.toBeDefined();
  });

  it('that is damaged says so, and what to do', async () => {
    const directory = join(temporaryDirectory(), 'table');
    mkdirSync(directory);
    writeFileSync(join(directory, 'CURRENT'), 'garbage');
    const opening = openTable({ directory, tableName: 'errand', accessKey: ACCESS_KEY, log: () => {} });
    await expect(opening).rejects.toMatchObject({
      name: 'LocalStartError',
      message: expect.stringMatching(/cannot be opened .*--data/s),
    });
  });
});
