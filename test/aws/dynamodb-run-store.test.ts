import {
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunStore } from '../../lib/aws/dynamodb-run-store.ts';
import type { RequestKey } from '../../lib/workflow/ports.ts';
import { describeRunLists, LISTED_AT } from '../contracts/run-lists.ts';
import { describeRunStore } from '../contracts/run-store.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';
import { newRun, nextVersion } from '../helpers/runs.ts';

const T0 = Date.parse('2026-11-21T10:00:00.000Z');
let now = T0;
const clock = { now: () => now };
let world: TestTable;

beforeAll(async () => {
  world = await startTable();
});
const tables: TestTable[] = [];
afterAll(() => Promise.all([world, ...tables].map((table) => table.close())));

function createStore() {
  return createRunStore({ ...world, clock });
}

describeRunStore('DynamoDB', () => {
  now = T0;
  return {
    store: createStore(),
    setNow: (epochMs) => {
      now = epochMs;
    },
  };
});

/** For who reads first: dynalite serves a new table a moment after it said so. */
async function startReadyTable(): Promise<TestTable> {
  const started = await startTable();
  tables.push(started);
  for (let isActive = false; !isActive; ) {
    const { Table } = await started.client.send(new DescribeTableCommand({ TableName: started.table }));
    isActive = Table?.TableStatus === 'ACTIVE';
  }
  return started;
}

describeRunLists('DynamoDB', async () => {
  const table = await startReadyTable();
  return createRunStore({ ...table, clock: { now: () => LISTED_AT } });
});

interface Fault {
  /** Which `PutItem`, counted from 0 over retries too. */
  readonly at: number;
  /** Where the reply gets lost: within the SDK's retries, or for good. */
  readonly seenBy: 'sdk' | 'caller';
}

class ConnectionLost extends Error {
  override readonly name = 'TimeoutError';
}

function loseOnce() {
  let lost = false;
  return <Args, Reply>(next: (args: Args) => Promise<Reply>) =>
    async (args: Args): Promise<Reply> => {
      const reply = await next(args);
      if (lost) return reply;
      lost = true;
      throw new ConnectionLost('the reply was lost');
    };
}

/** A client whose n-th write is performed and then loses its reply. */
function clientLosing(client: DynamoDBClient, { at, seenBy }: Fault): DynamoDBClient {
  const lossy = Object.create(client) as DynamoDBClient;
  let puts = 0;
  lossy.send = (async (command: PutItemCommand) => {
    const isHit = command instanceof PutItemCommand && puts++ === at;
    if (!isHit) return client.send(command);
    const lose = loseOnce();
    // The retries are in the middle: `deserialize` is within them, `initialize` around them.
    if (seenBy === 'sdk') command.middlewareStack.add(lose, { step: 'deserialize', priority: 'high' });
    else command.middlewareStack.add(lose, { step: 'initialize', priority: 'high' });
    return client.send(command);
  }) as DynamoDBClient['send'];
  return lossy;
}

function newKey(id: string): RequestKey {
  return { id, fingerprint: 'same', expiresAt: T0 + 1_000_000 };
}

describe.each(['sdk', 'caller'] as const)('a write whose answer was lost on the way to the %s', (seenBy) => {
  it.each([0, 1, 2])('is not taken for a rival when a run is created with a key (write %i)', async (at) => {
    const store = createRunStore({ table: world.table, clock, client: clientLosing(world.client, { at, seenBy }) });
    const run = newRun();
    const key = newKey(`lost-${seenBy}-${at}`);
    expect(await store.create(run, key)).toEqual({ kind: 'created', run });
    expect(await createStore().get(run.id)).toEqual(run);
    expect(await createStore().create(newRun(), key)).toEqual({ kind: 'replayed', run });
  });

  it('is not taken for a rival when a run is created without a key', async () => {
    const store = createRunStore({ table: world.table, clock, client: clientLosing(world.client, { at: 0, seenBy }) });
    const run = newRun();
    expect(await store.create(run)).toEqual({ kind: 'created', run });
  });

  it('is not taken for a rival when a run is saved', async () => {
    const run = newRun();
    await createStore().create(run);
    const store = createRunStore({ table: world.table, clock, client: clientLosing(world.client, { at: 0, seenBy }) });
    const next = nextVersion(run, { status: 'STARTING' });
    await store.save(next);
    expect(await createStore().get(run.id)).toEqual(next);
  });

  it.each([0, 1])('is not taken for a rival when events are moved (write %i)', async (at) => {
    let run = newRun();
    await createStore().create(run);
    while (run.events.length < 16) {
      run = nextVersion(run);
      await createStore().save(run);
    }
    const store = createRunStore({ table: world.table, clock, client: clientLosing(world.client, { at, seenBy }) });
    await store.save(nextVersion(run));
    expect((await createStore().events(run.id)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 17 }, (_, i) => i + 1),
    );
  });
});

it('recognises its write although the tries after the lost one were throttled', async () => {
  const run = newRun();
  await createStore().create(run);
  const throttled = Object.create(world.client) as DynamoDBClient;
  throttled.send = (async (command: PutItemCommand) => {
    const reply = await world.client.send(command);
    if (!(command instanceof PutItemCommand)) return reply;
    const refusal = { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } };
    throw Object.assign(new Error('Rate exceeded'), refusal);
  }) as DynamoDBClient['send'];
  await createRunStore({ table: world.table, clock, client: throttled }).save(nextVersion(run, { status: 'STARTING' }));
  expect(await createStore().get(run.id)).toMatchObject({ version: 2, status: 'STARTING' });
});

describe('the table', () => {
  async function itemOf(runId: string) {
    const Key = { pk: { S: `RUN#${runId}` }, sk: { S: 'RUN' } };
    return (await world.client.send(new GetItemCommand({ TableName: world.table, Key }))).Item ?? {};
  }

  it('may forget a run only after its end, so a run of a year does not vanish', async () => {
    const run = newRun({ businessKey: 'order 7' });
    await createStore().create(run);
    expect(await itemOf(run.id)).toMatchObject({
      flowKey: { S: 'FLOW#onboard' },
      stateKey: { S: 'OPEN' },
      businessKey: { S: 'BUSINESS#order 7' },
      monthKey: { S: 'MONTH#2026-11' },
      runKey: { S: run.id },
    });
    expect(await itemOf(run.id)).not.toHaveProperty('ttl');
    const ended = nextVersion(run, { status: 'SUCCEEDED', ttl: 1_800_000_000 });
    await createStore().save(ended);
    expect(await itemOf(run.id)).toMatchObject({ ttl: { N: '1800000000' } });
    expect(await itemOf(run.id)).not.toHaveProperty('stateKey');
  });

  it('forgets older events too, but never before the run that they belong to', async () => {
    const store = createStore();
    let run = newRun();
    await store.create(run);
    for (let count = 0; count < 40; count += 1) {
      run = nextVersion(run, { status: 'STARTING' });
      await store.save(run);
    }
    const query = new QueryCommand({
      TableName: world.table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :chunks)',
      ExpressionAttributeValues: { ':pk': { S: `RUN#${run.id}` }, ':chunks': { S: 'EVENTS#' } },
    });
    const { Items = [] } = await world.client.send(query);
    const ends = nextVersion(run, { status: 'TIMED_OUT', ttl: Date.parse(run.deadline) / 1_000 + 400 * 86_400 });
    expect(Items.length).toBeGreaterThan(0);
    for (const { ttl } of Items) expect(Number(ttl?.N)).toBeGreaterThan(ends.ttl ?? 0);
  });

  it('lists fallout apart from open runs, and what is to be published apart from the rest', async () => {
    const run = newRun();
    await createStore().create(run);
    await createStore().save(nextVersion(run, { status: 'FALLOUT' }));
    expect(await itemOf(run.id)).toMatchObject({ stateKey: { S: 'FALLOUT_NEW' } });
    const fallout = { reason: 'REMOTE_LOST', publishedAt: 'then' } as const;
    await createStore().save(nextVersion(run, { version: 3, status: 'FALLOUT', fallout }));
    expect(await itemOf(run.id)).toMatchObject({ stateKey: { S: 'FALLOUT' } });
  });

  it.each([
    ['ProvisionedThroughputExceededException', 400],
    ['ThrottlingException', 400],
    ['InternalServerError', 500],
    ['TimeoutError', undefined],
  ])('that answers %s is reported as unavailable, with the cause', async (name, httpStatusCode) => {
    const failing = Object.create(world.client) as DynamoDBClient;
    const failure = Object.assign(new Error('secret text'), { name, $metadata: { httpStatusCode } });
    failing.send = (async () => Promise.reject(failure)) as DynamoDBClient['send'];
    const store = createRunStore({ table: world.table, clock, client: failing });
    const calls = [
      store.get('run_x'),
      store.create(newRun()),
      store.save(nextVersion(newRun())),
      store.open({ limit: 1 }),
    ];
    for (const call of calls) {
      const error = await call.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'StoreUnavailableError', cause: failure });
      expect(String(error)).not.toContain('secret text');
    }
  });

  it('that refuses what we asked says so itself, because repeating would not help', async () => {
    const store = createRunStore({ client: world.client, table: 'no-such-table', clock });
    await expect(store.get('run_x')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
