/** Reads what the soak left behind, by way of the services themselves. */
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ENV } from '../../lib/contract.ts';
import type { Run } from '../../lib/domain/run.ts';

export interface TableContent {
  readonly runs: readonly Run[];
  /** Runs that hold slots of any connection. */
  readonly slotHolders: readonly string[];
}

/** Every item of the table, each read once. */
export async function readTable(environment: Readonly<Record<string, string>>): Promise<TableContent> {
  const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = environment;
  const client = new DynamoDBClient({
    region: AWS_REGION,
    endpoint: String(environment.AWS_ENDPOINT_URL_DYNAMODB),
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
  const runs: Run[] = [];
  const slotHolders: string[] = [];
  try {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: String(environment[ENV.table]) })) {
      for (const item of Items.map((attributes) => unmarshall(attributes))) {
        if (item.sk === 'RUN') runs.push(JSON.parse(String(item.record)) as Run);
        if (item.sk === 'SLOTS') slotHolders.push(...Object.keys((item.holders ?? {}) as object));
      }
    }
  } finally {
    client.destroy();
  }
  return { runs, slotHolders };
}

/** The run that a notice in the fallout queue is about. */
export const runOfNotice = (body: string) => String((JSON.parse(body) as { readonly runId?: unknown }).runId);
