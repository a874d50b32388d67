import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRequestBuckets } from '../../lib/aws/dynamodb-request-buckets.ts';
import type { RequestBuckets } from '../../lib/workflow/ports.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';

let table: TestTable;
let now = Date.parse('2026-03-02T08:00:00Z');
let serial = 0;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());

function container(requestsPerSecond = 20, client = table.client): RequestBuckets {
  const nonce = () => {
    serial += 1;
    return `write-${serial}`;
  };
  return createRequestBuckets({ client, table: table.table, clock: { now: () => now }, nonce, requestsPerSecond });
}

async function takeMany(buckets: RequestBuckets, keyId: string, count: number): Promise<number> {
  const taken = await Promise.all(Array.from({ length: count }, () => buckets.take(keyId)));
  return taken.filter(({ ok }) => ok).length;
}

describe('the token bucket of an API key', () => {
  it('gives two seconds’ worth at once, and then says when there is more', async () => {
    const buckets = container();
    expect(await takeMany(buckets, 'burst', 60)).toBe(40);
    expect(await buckets.take('burst')).toEqual({ ok: false, retryAfterMs: 50 });
    now += 50;
    expect(await buckets.take('burst')).toEqual({ ok: true });
    expect(await buckets.take('burst')).toMatchObject({ ok: false });
  });

  it('is one bucket for all containers, not one each', async () => {
    const containers = [container(), container(), container()];
    let taken = 0;
    for (let round = 0; round < 30; round += 1)
      for (const buckets of containers) taken += (await buckets.take('shared')).ok ? 1 : 0;
    expect(taken).toBe(40);
  });

  it('holds the rate for long, whatever is asked', async () => {
    const containers = [container(), container()];
    let taken = 0;
    for (let ms = 0; ms < 30_000; ms += 100) {
      now += 100;
      for (const buckets of containers) taken += await takeMany(buckets, 'long', 5);
    }
    expect(taken).toBeGreaterThanOrEqual(30 * 20);
    expect(taken).toBeLessThanOrEqual(30 * 20 + 40);
  });

  it('leaves other keys their own', async () => {
    const buckets = container();
    await takeMany(buckets, 'greedy', 100);
    expect(await buckets.take('modest')).toEqual({ ok: true });
  });

  it('writes once for several requests', async () => {
    let writes = 0;
    const counting = new Proxy(table.client, {
      get(target, name) {
        if (name !== 'send') return Reflect.get(target, name);
        return (command: { readonly constructor: { readonly name: string } }) => {
          if (command.constructor.name === 'PutItemCommand') writes += 1;
          return target.send(command as never);
        };
      },
    });
    await takeMany(container(100, counting), 'cheap', 100);
    expect(writes).toBe(10);
  });

  it('refuses nobody because the table does not answer', async () => {
    const away = new Proxy(table.client, {
      get: (target, name) =>
        name === 'send'
          ? () => Promise.reject(Object.assign(new Error('away'), { name: 'ThrottlingException' }))
          : Reflect.get(target, name),
    });
    expect(await container(1, away).take('any')).toEqual({ ok: true });
  });
});
