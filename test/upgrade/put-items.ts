/** Recorded items, put into a table as they were. */
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { TestTable } from '../helpers/dynalite.ts';

export type Item = Readonly<Record<string, unknown>>;

export async function putItem({ client, table }: Pick<TestTable, 'client' | 'table'>, item: Item): Promise<void> {
  await (client as DynamoDBClient).send(
    new PutItemCommand({ TableName: table, Item: marshall(item, { removeUndefinedValues: true }) }),
  );
}

const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** The same, so much later: every time in it is moved. */
export function later<Value>(value: Value, byMs: number): Value {
  const moved = JSON.stringify(value).replaceAll(ISO_TIME, (time) => new Date(Date.parse(time) + byMs).toISOString());
  return JSON.parse(moved) as Value;
}
