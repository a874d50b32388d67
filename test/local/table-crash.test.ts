import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openTableEngine } from '../../lib/local/table-engine.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const script = fileURLToPath(new URL('./fixtures/table-writer.ts', import.meta.url));

/** Kills the writer in the middle of its work; says what it had been told is kept. */
async function writeAndKill(directory: string, count: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const kept: string[] = [];
  for await (const id of createInterface({ input: child.stdout })) {
    kept.push(id);
    if (kept.length === count) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return kept;
}

it('an item that the table has taken survives kill -9, with its place in the indexes', async () => {
  const directory = temporaryDirectory();
  const kept = await writeAndKill(directory, 200);
  const engine = await openTableEngine(directory);
  onTestFinished(() => engine.close());
  const indexed = await engine.call('Query', {
    TableName: 'errand',
    IndexName: 'by-flow',
    KeyConditionExpression: 'flowKey = :f',
    ExpressionAttributeValues: { ':f': { S: 'f' } },
  });
  const { Items: items = [] } = (indexed?.body ?? {}) as { readonly Items?: { readonly pk: { readonly S: string } }[] };
  const ids = new Set(items.map(({ pk }) => pk.S));
  expect(kept.length).toBeGreaterThanOrEqual(200);
  expect(kept.filter((id) => !ids.has(id))).toEqual([]);
  for (const id of kept) {
    const found = await engine.call('GetItem', { TableName: 'errand', Key: { pk: { S: id }, sk: { S: 'x' } } });
    expect(found).toMatchObject({ status: 200, body: { Item: { pk: { S: id } } } });
  }
});

it('two writers of one condition: one of them wins, although their writes go to disk together', async () => {
  const engine = await openTableEngine(temporaryDirectory());
  onTestFinished(() => engine.close());
  await engine.call('CreateTable', {
    TableName: 'errand',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  });
  await expect
    .poll(async () => JSON.stringify(await engine.call('DescribeTable', { TableName: 'errand' })))
    .toContain('ACTIVE');
  const put = (by: string) =>
    engine.call('PutItem', {
      TableName: 'errand',
      Item: { pk: { S: 'a' }, by: { S: by } },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
  const replies = await Promise.all(Array.from({ length: 20 }, (_, n) => put(String(n))));
  expect(replies.map((reply) => reply?.status).filter((status) => status === 200)).toHaveLength(1);
  expect(replies.find((reply) => reply?.status !== 200)).toMatchObject({
    status: 400,
    body: { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException' },
  });
});
