/** DynamoDB in this process, over real sockets, with the one table. */
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../../lib/contract.ts';

// The package has no types.
const dynalite: (options: { readonly createTableMs: number }) => Server = createRequire(import.meta.url)('dynalite');

export interface TestTable {
  readonly client: DynamoDBClient;
  readonly table: string;
  close(): Promise<void>;
}

const THROUGHPUT = { ReadCapacityUnits: 1_000, WriteCapacityUnits: 1_000 };

function keySchema(partitionKey: string, sortKey: string) {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' as const },
    { AttributeName: sortKey, KeyType: 'RANGE' as const },
  ];
}

function tableInput(table: string) {
  const indexes = Object.values(TABLE.indexes);
  const names = [TABLE.partitionKey, TABLE.sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])];
  return {
    TableName: table,
    AttributeDefinitions: [...new Set(names)].map((name) => ({ AttributeName: name, AttributeType: 'S' as const })),
    KeySchema: keySchema(TABLE.partitionKey, TABLE.sortKey),
    ProvisionedThroughput: THROUGHPUT,
    GlobalSecondaryIndexes: indexes.map((index) => ({
      IndexName: index.name,
      KeySchema: keySchema(index.partitionKey, index.sortKey),
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
      ProvisionedThroughput: THROUGHPUT,
    })),
  };
}

/** An empty table of its own for whoever asks. */
export async function startTable(): Promise<TestTable> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 3,
    retryMode: 'standard',
  });
  const table = 'errand';
  await client.send(new CreateTableCommand(tableInput(table)));
  return {
    client,
    table,
    async close() {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
