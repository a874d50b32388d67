/** Table operations that only lines of waiting runs need, so that no other function carries them. */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { callTable, pagesOf, type TableOptions, type TableQuery } from './table.ts';
import type { Key } from './table-keys.ts';

/** No effect where there is no item. */
export async function deleteItem({ client, table }: TableOptions, key: Key): Promise<void> {
  const command = new DeleteItemCommand({ TableName: table, Key: marshall(key) });
  await callTable('DeleteItem', () => client.send(command));
}

/** How many items a query would give, consistently; costs as much as reading them. */
export async function countItems(options: TableOptions, query: TableQuery): Promise<number> {
  let count = 0;
  for await (const page of pagesOf(options, query, 'COUNT')) count += page.Count ?? 0;
  return count;
}
