import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunStore } from '../../lib/aws/dynamodb-run-store.ts';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { RunStore } from '../../lib/workflow/ports.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';
import { createWorld, START_OF_TIME, type World } from '../helpers/world.ts';
import { type Client, session, setUp } from './client.ts';

const START = '/v1/flows/onboard/runs';
const DAY_MS = 86_400_000;
const keyed = (key: string) => ({ 'idempotency-key': key });

describe('a request that is sent again', () => {
  it('is answered as before, and says so', async () => {
    const { call, world } = await setUp();
    const ask = () => call('POST', START, { parameters: { name: 'a' } }, keyed('k'));
    const [first, second] = [await ask(), await ask()];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(world.store.all()).toHaveLength(1);
  });

  it('shows the run as it is by now', async () => {
    const { call, world } = await setUp();
    const ask = () => call('POST', START, {}, keyed('k'));
    const { body } = await ask();
    await world.drive(body.id);
    const again = await ask();
    expect(again.status).toBe(202);
    expect(again.body).toMatchObject({ id: body.id, status: 'SUCCEEDED' });
    expect((await call('POST', `${START}?await=true`, {}, keyed('k'))).status).toBe(200);
  });

  const bodies = [{ parameters: { name: 'a' } }, { parameters: { name: 'b' } }] as const;
  it.each([
    ['the same key', 'the same body', 'k', bodies[0], 202, 1],
    ['the same key', 'another body', 'k', bodies[1], 422, 1],
    ['another key', 'the same body', 'l', bodies[0], 202, 2],
    ['another key', 'another body', 'l', bodies[1], 202, 2],
  ] as const)('%s with %s: one run per key, in flight and afterwards', async (_, __, key, body, status, runs) => {
    for (const isDone of [false, true]) {
      const { call, world } = await setUp();
      const first = await call('POST', START, bodies[0], keyed('k'));
      if (isDone) await world.drive(first.body.id);
      const second = await call('POST', START, body, keyed(key));
      expect(second.status).toBe(status);
      if (status === 422) expect(second.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
      expect(world.store.all()).toHaveLength(runs);
    }
  });

  it('is another request for another flow or API key', async () => {
    const { call, as, world } = await setUp();
    const other = await as({ scopes: ['runs:start'] });
    await call('POST', START, {}, keyed('k'));
    expect((await other('POST', START, { parameters: { name: 'b' } }, keyed('k'))).status).toBe(202);
    expect(world.store.all()).toHaveLength(2);
  });

  it('may be mended under the same key, as a refused request is no request', async () => {
    const { call, world } = await setUp();
    const ask = (body: unknown, query = '') => call('POST', `${START}${query}`, body, keyed('k'));
    expect((await ask({ parameters: { name: 7 } })).status).toBe(400);
    expect((await ask({ params: {} })).status).toBe(400);
    expect((await ask('{')).status).toBe(400);
    expect((await ask({ parameters: { name: 'seven' } })).status).toBe(202);
    expect(world.store.all()).toHaveLength(1);
  });

  it('is known for 90 days, and a new request after that', async () => {
    const { call, world } = await setUp();
    const ask = () => call('POST', START, {}, keyed('k'));
    const first = await ask();
    world.advance(89 * DAY_MS);
    const replayed = await ask();
    expect(replayed.body.id).toBe(first.body.id);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    world.advance(2 * DAY_MS);
    const renewed = await ask();
    expect(renewed.body.id).not.toBe(first.body.id);
    expect(renewed.headers.get('idempotent-replayed')).toBeNull();
    const accepted = world.logged.filter((line) => line.startsWith('run accepted'));
    expect(accepted).toHaveLength(2);
    expect(accepted[1]).toContain(renewed.body.id);
  });
});

describe('a client that loses half of the replies', () => {
  let table: TestTable;
  beforeAll(async () => {
    table = await startTable();
  });
  afterAll(() => table.close());

  /** A store of which now and then an answer is lost, whatever was written. */
  function lossy(store: RunStore, chance: () => number): RunStore {
    return {
      ...store,
      async create(run, key) {
        if (chance() < 0.1) throw new StoreUnavailableError('away');
        const outcome = await store.create(run, key);
        if (chance() < 0.1) throw new StoreUnavailableError('the answer was lost');
        return outcome;
      },
    };
  }

  /** Numbers from 0 to 1, the same for the same seed. */
  function chances(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
  }

  /** Sends one request until it hears something; what comes back is the id of its run. */
  async function insist({ call }: Client, key: string, chance: () => number): Promise<string> {
    for (;;) {
      const { status, body } = await call('POST', START, { parameters: { name: key } }, keyed(key));
      if (status === 202 && chance() < 0.5) return body.id;
      expect([202, 503]).toContain(status);
    }
  }

  const stores = [
    ['in memory', 1_000, (world: World): RunStore => world.store],
    ['in the table itself', 150, (): RunStore => createRunStore({ ...table, clock: { now: () => START_OF_TIME } })],
  ] as const;

  it.each(stores)('gets one run for each of its keys, %s, with %i of them', async (_, clients, storeOf) => {
    const chance = chances(7);
    const store = lossy(storeOf(createWorld({ session })), chance);
    const ids = { runId: (now: number) => `run_${ulid(now)}`, nonce: () => ulid() };
    const client = await setUp({ using: { store, ids } });
    const started = new Map<string, string>();
    const queue = Array.from({ length: clients }, (_, index) => `key-${index}`);
    const work = async () => {
      for (let key = queue.pop(); key !== undefined; key = queue.pop())
        started.set(key, await insist(client, key, chance));
    };
    await Promise.all(Array.from({ length: 16 }, work));

    const listed: { id: string; parameters: { name: string } }[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await client.call('GET', `/v1/runs?limit=100${cursor}`);
      listed.push(...body.items);
      if (body.nextCursor === undefined) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(listed).toHaveLength(clients);
    expect(new Map(listed.map(({ id, parameters }) => [parameters.name, id]))).toEqual(started);
  });
});
