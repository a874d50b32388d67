import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { queryObjects } from 'node:v8';
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toRunItem } from '../../lib/aws/run-items.ts';
import { NEWS } from '../../lib/contract.ts';
import { verifyEvent } from '../../lib/domain/event-signature.ts';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import type { Run } from '../../lib/domain/run.ts';
import { type BusEvent, openEventLog } from '../../lib/local/event-log.ts';
import { type StreamOptions, startStream } from '../../lib/local/stream.ts';
import { openTable } from '../../lib/local/table.ts';
import { newRun, nextVersion } from '../helpers/runs.ts';
import { callAnnounce, EVENT_KEY } from './helpers/announcer.ts';
import { ACCESS_KEY, CLIENT } from './helpers/local-step-functions.ts';
import { temporaryDirectory } from './helpers/temporary-directory.ts';

const writer = fileURLToPath(new URL('./fixtures/news-writer.ts', import.meta.url));

async function world(directory = temporaryDirectory(), options: Partial<StreamOptions> = {}) {
  const logged: string[] = [];
  const log = (line: string) => void logged.push(line);
  const table = await openTable({
    directory: join(directory, 'table'),
    tableName: 'errand',
    accessKey: ACCESS_KEY,
    log,
  });
  const client = new DynamoDBClient({ ...CLIENT, endpoint: table.url });
  const events = openEventLog(directory);
  const stream = startStream({ table: table.stream, invoke: callAnnounce, events, log, retryMs: 5, ...options });
  const close = async () => {
    client.destroy();
    await stream.close();
    await events.close();
    await table.close();
  };
  onTestFinished(close);
  const put = async (run: Run, news?: string) => {
    const { pk, sk, record } = toRunItem(run);
    const Item = {
      pk: { S: `${pk}` },
      sk: { S: `${sk}` },
      record: { S: `${record}` },
      ...(news && { news: { S: news } }),
    };
    await client.send(new PutItemCommand({ TableName: 'errand', Item }));
  };
  return { directory, table, client, stream, put, logged, close, told: () => eventsIn(directory) };
}

function eventsIn(directory: string): readonly BusEvent[] {
  const lines = readFileSync(join(directory, 'events.ndjson'), 'utf8').split('\n');
  expect(lines.at(-1)).toBe('');
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

describe('the stream of the local table', () => {
  it('tells of each write with news, as EventBridge would show it, and of no other', async () => {
    const { put, stream, told } = await world();
    const run = newRun();
    const running = nextVersion(run, { status: 'RUNNING' });
    await put(run, NEWS.accepted);
    await put(running);
    await put(nextVersion(running, { status: 'SUCCEEDED' }), NEWS.ended);
    await stream.idle();
    const [first, second, ...more] = told();
    expect(more).toEqual([]);
    expect(first).toEqual({
      version: '0',
      id: `${run.id}-1`,
      'detail-type': 'Run Accepted',
      source: 'errand',
      account: '000000000000',
      time: run.updatedAt,
      region: 'us-east-1',
      resources: [],
      detail: expect.objectContaining({ runId: run.id, status: 'ACCEPTED' }),
    });
    expect(second).toMatchObject({ id: `${run.id}-3`, 'detail-type': 'Run Ended' });
    expect(verifyEvent(EVENT_KEY, first?.detail, Date.now())).toBe(true);
  });

  it('hands over records of the shape that a pipe hands over, ten at a time, in the order of their writing', async () => {
    const batches: JsonObject[][] = [];
    const held = Promise.withResolvers<void>();
    const invoke = async (records: Json) => {
      batches.push(records as JsonObject[]);
      await held.promise;
      return callAnnounce(records);
    };
    const { put, stream, told, client } = await world(undefined, { invoke });
    const runs = Array.from({ length: 12 }, () => newRun());
    for (const run of runs) await put(run, NEWS.accepted);
    const first = { pk: { S: `RUN#${runs[0]?.id}` }, sk: { S: 'RUN' } };
    const update = { UpdateExpression: 'SET more = :m', ExpressionAttributeValues: { ':m': { S: 'x' } } };
    await client.send(new UpdateItemCommand({ TableName: 'errand', Key: first, ...update }));
    held.resolve();
    await stream.idle();
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(10);
    const records = batches.flat();
    expect(records[0]).toEqual({
      eventID: '1',
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: first,
        NewImage: expect.objectContaining({ ...first, news: { S: 'Run Accepted' } }),
        SequenceNumber: '1',
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_IMAGE',
      },
      eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/errand/stream/local',
    });
    // An update of an item with news is a record too, as in the cloud; its event has been told before.
    expect(records.at(-1)).toMatchObject({ eventID: '13', eventName: 'MODIFY' });
    expect(told().map(({ id }) => id)).toEqual(runs.map(({ id }) => `${id}-1`));
  });

  it('repeats what failed until it is told, and keeps the order', async () => {
    let failures = 0;
    const results = [
      () =>
        Promise.resolve({ ok: false, error: { errorType: 'SecretUnavailableError', errorMessage: 'away' } } as const),
      () => Promise.resolve({ ok: true, value: { not: 'a list' } } as const),
      () => Promise.reject(new Error('broken')),
    ];
    const invoke = (records: Json) => {
      failures += 1;
      return results[failures - 1]?.() ?? callAnnounce(records);
    };
    const { put, stream, told, logged } = await world(undefined, { invoke });
    const runs = [newRun(), newRun(), newRun()];
    for (const run of runs) await put(run, NEWS.accepted);
    await stream.idle();
    expect(told().map(({ id }) => id)).toEqual(runs.map(({ id }) => `${id}-1`));
    expect(logged[0]).toBe('Events are held back: "announce" failed: SecretUnavailableError: away');
    expect(logged).toHaveLength(3);
  });

  it('is not held up by a record that cannot be read', async () => {
    const { put, stream, told, client } = await world();
    const Item = { pk: { S: 'RUN#x' }, sk: { S: 'RUN' }, record: { S: '{' }, news: { S: NEWS.ended } };
    await client.send(new PutItemCommand({ TableName: 'errand', Item }));
    const run = newRun();
    await put(run, NEWS.accepted);
    await stream.idle();
    expect(told().map(({ id }) => id)).toEqual([`${run.id}-1`]);
  });

  it('tells what was written while nobody listened, at the next start and once', async () => {
    const invoke = () => new Promise<never>(() => {});
    const { directory, put, client, table } = await world(undefined, { invoke });
    const run = newRun();
    await put(run, NEWS.accepted);
    client.destroy();
    await table.close();
    const again = await world(directory);
    await again.stream.idle();
    await again.close();
    const once = await world(directory);
    await once.stream.idle();
    expect(once.told().map(({ id }) => id)).toEqual([`${run.id}-1`]);
  });

  it('writes no second line when it was killed after the first and before it was done with it', async () => {
    const directory = temporaryDirectory();
    const drop = () => new Promise<never>(() => {});
    const first = await world(directory, { invoke: () => new Promise<never>(() => {}) });
    const run = newRun();
    await first.put(run, NEWS.accepted);
    const events = openEventLog(directory);
    const stuck = startStream({ table: { ...first.table.stream, drop }, invoke: callAnnounce, events, log: () => {} });
    await expect.poll(() => first.told()).toHaveLength(1);
    void stuck.close();
    await first.close();
    const again = await world(directory);
    await again.stream.idle();
    expect(again.told().map(({ id }) => id)).toEqual([`${run.id}-1`]);
  });

  it('lets nobody wait for more news who waits for what there is, or for the end', { timeout: 15_000 }, async () => {
    const { put, stream, told } = await world(temporaryDirectory(), { windowMs: 30_000 });
    const run = newRun();
    await put(run, NEWS.accepted);
    await stream.idle();
    await put(nextVersion(run, { status: 'RUNNING' }), NEWS.ended);
    await stream.idle();
    expect(told()).toHaveLength(2);
    await put(newRun(), NEWS.accepted);
    await stream.close();
  });

  it('keeps nothing of the rounds that are over', async () => {
    let news = () => {};
    let rounds = 0;
    const table = {
      onNews(listener: () => void) {
        news = listener;
      },
      take: async () => {
        rounds += 1;
        setImmediate(() => news());
        return [];
      },
      drop: async () => {},
    };
    const events = openEventLog(temporaryDirectory());
    const stream = startStream({ table, invoke: callAnnounce, events, log: () => {}, windowMs: 1 });
    onTestFinished(async () => {
      await stream.close();
      await events.close();
    });
    const promisesAfter = async (least: number) => {
      await expect.poll(() => rounds, { timeout: 20_000 }).toBeGreaterThan(least);
      return queryObjects(Promise, { format: 'count' });
    };
    const before = await promisesAfter(100);
    const after = await promisesAfter(1_100);
    expect(after - before).toBeLessThan(500);
  });

  it('survives kill -9 at any moment: whatever the table took is told, each event in one line', async () => {
    const directory = temporaryDirectory();
    const taken: string[] = [];
    for (const salt of ['A', 'B', 'C']) {
      const child = spawn(process.execPath, [writer, directory, salt], { stdio: ['ignore', 'pipe', 'inherit'] });
      const until = taken.length + 60 + salt.charCodeAt(0);
      for await (const id of createInterface({ input: child.stdout })) {
        taken.push(id);
        if (taken.length === until) child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    const { stream, told } = await world(directory);
    await stream.idle();
    const ids = told().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(taken.filter((id) => !ids.includes(id))).toEqual([]);
  });
});
