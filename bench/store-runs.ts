/** Fills a table with runs that have ended, by the records and indexes that the store itself writes. */
import { randomBytes } from 'node:crypto';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { toRunItem } from '../lib/aws/run-items.ts';
import { ENV } from '../lib/contract.ts';
import { amend, isoTime, newRecord } from '../lib/domain/record.ts';

/** Of one call, by the service's limit. */
const BATCH = 25;
const SENDERS = 8;
/** Over as many days the runs are spread. */
const DAYS = 60;

function endedRun(now: number) {
  const stamp = () => ({ now, writeId: randomBytes(16).toString('hex') });
  const accepted = newRecord(
    {
      id: `run_${ulid(now)}`,
      flowId: 'update-forecast',
      connection: 'invision',
      provider: 'invision',
      status: 'ACCEPTED',
      attempt: 1,
      maxAttempts: 1,
      coolOffMs: 20_000,
      trigger: 'api',
      input: { parameters: { region: 'EU' }, sensitive: [] },
      createdAt: isoTime(now),
      deadline: isoTime(now + 3_600_000),
      startBy: isoTime(now + 3_600_000),
    },
    stamp(),
    { type: 'accepted', message: 'Accepted (api).' },
  );
  return amend(accepted, stamp(), { status: 'CANCELED' }, { type: 'ended', message: 'Canceled.' });
}

export async function storeRuns(environment: Readonly<Record<string, string>>, count: number): Promise<void> {
  const table = environment[ENV.table] ?? '';
  const client = new DynamoDBClient({ endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB ?? '', maxAttempts: 5 });
  const now = Date.now();
  const stepMs = (DAYS * 86_400_000) / count;
  let next = 0;
  const sender = async () => {
    while (next < count) {
      const from = next;
      next += BATCH;
      const size = Math.min(BATCH, count - from);
      const items = Array.from({ length: size }, (_, index) => {
        const { news: _news, ...item } = toRunItem(endedRun(Math.floor(now - (from + index) * stepMs)));
        return { PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } };
      });
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: items } }));
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  client.destroy();
}
