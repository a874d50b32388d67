import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { tableDefinition } from '../../lib/local/table-definition.ts';
import { openTableEngine } from '../../lib/local/table-engine.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

interface Reading {
  next(): Promise<unknown>;
}

/** The database that dynalite itself opens. */
const { Level } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('level') as {
  readonly Level: { readonly prototype: { values(options: object): Reading } };
};

const item = (sk: string) => ({ pk: { S: 'run#1' }, sk: { S: sk }, flowKey: { S: 'f' }, runKey: { S: sk } });

async function engine() {
  const opened = await openTableEngine(temporaryDirectory());
  onTestFinished(opened.close);
  await opened.call('CreateTable', tableDefinition('errand'));
  const status = async () => JSON.stringify((await opened.call('DescribeTable', { TableName: 'errand' }))?.body);
  while (!(await status()).includes('"TableStatus":"ACTIVE"')) await turn();
  for (const sk of ['a', 'b', 'c']) await opened.call('PutItem', { TableName: 'errand', Item: item(sk) });
  return opened;
}

const PARTITION = {
  TableName: 'errand',
  KeyConditionExpression: 'pk = :p',
  ExpressionAttributeValues: { ':p': { S: 'run#1' } },
};

describe('a read of the local table', () => {
  it.each([
    ['Query', PARTITION],
    ['Query', { ...PARTITION, Limit: 1 }],
    ['Query', { ...PARTITION, ScanIndexForward: false }],
    ['Scan', { TableName: 'errand' }],
    ['Scan', { TableName: 'errand', Limit: 1 }],
  ])('keeps nothing open once it is answered: %s %j', async (operation, input) => {
    const values = vi.spyOn(Level.prototype, 'values');
    onTestFinished(() => values.mockRestore());
    const { call } = await engine();
    expect(await call(operation, input)).toMatchObject({ status: 200 });
    const readings = values.mock.results.map(({ value }) => value as Reading);
    expect(readings.length).toBeGreaterThan(0);
    await vi.waitFor(async () => {
      for (const reading of readings)
        await expect(reading.next()).rejects.toMatchObject({ code: 'LEVEL_ITERATOR_NOT_OPEN' });
    });
  });
});
