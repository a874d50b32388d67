/** What pages of runs cost, counted at the client, and what only this store can get wrong. */
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunStore } from '../../lib/aws/dynamodb-run-store.ts';
import { toRunItem } from '../../lib/aws/run-items.ts';
import type { Run } from '../../lib/domain/run.ts';
import type { Status } from '../../lib/domain/status.ts';
import type { PageRequest, RunQuery, RunStore } from '../../lib/workflow/ports.ts';
import { LISTED_AT, runAt, walk } from '../contracts/run-lists.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';
import { nextVersion } from '../helpers/runs.ts';

const HOUR_MS = 3_600_000;
const clock = { now: () => LISTED_AT };
const STATES: readonly Status[] = ['SUCCEEDED', 'RUNNING', 'FALLOUT', 'CANCELED'];

/** Runs of one a quarter of an hour back from now: over a month for the large table. */
function manyRuns(count: number, flows = 4): readonly Run[] {
  return Array.from({ length: count }, (_, index) =>
    runAt(LISTED_AT - (index * HOUR_MS) / 4, String(index).padStart(16, '0'), {
      flowId: `flow-${index % flows}`,
      status: STATES[(index >> 2) % STATES.length] ?? 'FAILED',
      businessKey: `order ${index % 2}`,
    }),
  );
}

async function fill({ client, table }: TestTable, runs: readonly Run[]): Promise<void> {
  for (let from = 0; from < runs.length; from += 25) {
    const puts = runs.slice(from, from + 25).map((run) => marshall(toRunItem(run), { removeUndefinedValues: true }));
    const RequestItems = { [table]: puts.map((Item) => ({ PutRequest: { Item } })) };
    await client.send(new BatchWriteItemCommand({ RequestItems }));
  }
}

interface Cost {
  queries: number;
  rows: number;
  records: number;
  others: number;
}

/** A store that counts what it asks of the table, and what it is given. */
function countingStore({ client, table }: TestTable): { store: RunStore; take(): Cost } {
  let cost: Cost = { queries: 0, rows: 0, records: 0, others: 0 };
  const counting = Object.create(client) as DynamoDBClient;
  counting.send = (async (command: QueryCommand | BatchGetItemCommand) => {
    const reply = await client.send(command as QueryCommand);
    if (command instanceof QueryCommand) {
      cost.queries += 1;
      cost.rows += reply.ScannedCount ?? 0;
    } else if (command instanceof BatchGetItemCommand) {
      cost.records += command.input.RequestItems?.[table]?.Keys?.length ?? 0;
    } else cost.others += 1;
    return reply;
  }) as DynamoDBClient['send'];
  return {
    store: createRunStore({ client: counting, table, clock }),
    take() {
      const taken = cost;
      cost = { queries: 0, rows: 0, records: 0, others: 0 };
      return taken;
    },
  };
}

const LARGE = manyRuns(4_000);
let small: TestTable;
let large: TestTable;

beforeAll(async () => {
  [small, large] = await Promise.all([startTable(), startTable()]);
  await Promise.all([fill(small, manyRuns(400)), fill(large, LARGE)]);
});
afterAll(() => Promise.all([small, large].map((table) => table.close())));

async function costOf(table: TestTable, query: RunQuery, page: PageRequest): Promise<Cost & { found: number }> {
  const { store, take } = countingStore(table);
  const { runs } = await store.list(query, page);
  return { ...take(), found: runs.length };
}

describe('a page of fifty runs', () => {
  const queries: readonly { title: string; query: RunQuery; partitions: number }[] = [
    { title: 'of all', query: {}, partitions: 1 },
    { title: 'of one flow', query: { flows: ['flow-1'] }, partitions: 1 },
    { title: 'of three flows', query: { flows: ['flow-0', 'flow-1', 'flow-2'] }, partitions: 3 },
    { title: 'of one business key', query: { businessKey: 'order 1' }, partitions: 1 },
    { title: 'in fallout', query: { statuses: ['FALLOUT'] }, partitions: 2 },
    { title: 'that are open', query: { statuses: ['RUNNING'] }, partitions: 1 },
  ];

  it.each(queries)(
    '$title reads fifty records, whether the table holds 400 or 4,000',
    async ({ query, partitions }) => {
      for (const table of [small, large]) {
        const cost = await costOf(table, query, { limit: 50 });
        expect(cost).toMatchObject({ found: 50, records: 50, queries: partitions, others: 0 });
        expect(cost.rows).toBeLessThanOrEqual(51 * partitions);
      }
    },
  );

  it.each(queries)('$title costs the same far back as at the start', async ({ query, partitions }) => {
    const cursor = LARGE[3_700]?.id ?? '';
    const cost = await costOf(large, query, { limit: 50, cursor });
    expect(cost).toMatchObject({ found: 50, records: 50, queries: partitions, others: 0 });
  });

  it('between two instants reads nothing outside them', async () => {
    const to = LISTED_AT - 200 * HOUR_MS;
    const cost = await costOf(large, { from: to - 5 * HOUR_MS, to }, { limit: 50 });
    expect(cost).toMatchObject({ found: 20, records: 20, rows: 20, others: 0 });
  });

  it('that crosses a month reads both months and no more runs than it shows', async () => {
    const inNovember = LARGE.findIndex(({ createdAt }) => createdAt < '2026-11-01');
    const cursor = LARGE[inNovember - 10]?.id ?? '';
    const cost = await costOf(large, {}, { limit: 50, cursor });
    expect(cost).toMatchObject({ found: 50, records: 50, queries: 2, others: 0 });
  });

  it('gives up after 200 that do not match, and says where to go on', async () => {
    const { store, take } = countingStore(large);
    const query = { flows: ['flow-1'], statuses: ['FAILED', 'TIMED_OUT'] } as const;
    const page = await store.list(query, { limit: 50 });
    const cost = take();
    expect(page.runs).toEqual([]);
    expect(cost.records).toBe(200);
    const ofFlow = LARGE.filter(({ flowId }) => flowId === 'flow-1');
    expect(page.cursor).toBe(ofFlow[199]?.id);
    expect(await walk((next) => store.list(query, next), 50)).toEqual([]);
    expect(take().records).toBe(ofFlow.length);
  });

  it('at the end of all runs looks at the months before without asking one by one', async () => {
    const { store, take } = countingStore(small);
    expect(await store.list({}, { limit: 500 })).toMatchObject({ runs: expect.objectContaining({ length: 400 }) });
    expect(take().queries).toBeLessThanOrEqual(29);
  });
});

describe('a list of runs', () => {
  it('goes on after a run that has been cleared away meanwhile', async () => {
    const table = await startTable();
    let runs = manyRuns(9);
    await fill(table, runs);
    const store = createRunStore({ ...table, clock });
    for (const query of [{}, { flows: ['flow-0', 'flow-1', 'flow-2', 'flow-3'] }]) {
      const { cursor = '' } = await store.list(query, { limit: 4 });
      expect(cursor).toBe(runs[3]?.id);
      const Key = marshall({ pk: `RUN#${cursor}`, sk: 'RUN' });
      await table.client.send(new DeleteItemCommand({ TableName: table.table, Key }));
      expect(await store.list(query, { limit: 9, cursor })).toEqual({ runs: runs.slice(4) });
      runs = runs.filter(({ id }) => id !== cursor);
    }
    await table.close();
  });

  it('of more flows than can be merged still holds them all', async () => {
    const table = await startTable();
    const runs = manyRuns(90, 30);
    await fill(table, runs);
    const store = createRunStore({ ...table, clock });
    const flows = Array.from({ length: 25 }, (_, index) => `flow-${index}`);
    const seen = await walk((page) => store.list({ flows }, page), 7);
    expect(seen).toEqual(runs.filter(({ flowId }) => flows.includes(flowId)));
    await table.close();
  });

  it('reaches a run that took a year and has been kept for 400 days', async () => {
    const table = await startTable();
    const store = createRunStore({ ...table, clock });
    const oldest = runAt(LISTED_AT - (364 + 400) * 24 * HOUR_MS, '0'.repeat(16));
    await store.create(oldest);
    expect(await store.list({}, { limit: 50 })).toEqual({ runs: [oldest] });
    await table.close();
  });

  it('takes a cursor that is no id of a run for an end like any other', async () => {
    const store = createRunStore({ ...small, clock });
    for (const cursor of ['zzz', 'run_', 'run_é', '\0', 'A']) {
      const { runs } = await store.list({}, { limit: 3, cursor });
      expect(runs).toHaveLength(cursor === 'zzz' || cursor === 'run_é' ? 3 : 0);
    }
  });

  it('carries what the stream tells, and only in the write that brings it', async () => {
    const accepted = runAt(LISTED_AT, '0'.repeat(16));
    expect(toRunItem(accepted)).toMatchObject({ news: 'Run Accepted' });
    expect(toRunItem(nextVersion(accepted))).toMatchObject({ news: undefined });
  });
});
