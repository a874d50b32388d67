import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRequestBudgets } from '../../lib/aws/dynamodb-request-budgets.ts';
import { type BudgetWorld, describeRequestBudgets } from '../contracts/request-budgets.ts';
import { startTable, type TestTable } from '../helpers/dynalite.ts';

let table: TestTable;
let world: BudgetWorld;
let now = Date.parse('2026-11-22T10:00:00Z');

const container = (aheadMs = 0) => createRequestBudgets({ ...table, clock: { now: () => now + aheadMs } });

beforeAll(async () => {
  table = await startTable();
  world = {
    containers: [container(), container(), container()],
    skewed: [-500, 0, 300, 500].map((aheadMs) => ({ budgets: container(aheadMs), aheadMs })),
    fuzz: { runs: 4, callers: 20 },
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
});
afterAll(() => table.close());

describeRequestBudgets('the table', () => world);

describe('a request budget in the table', () => {
  it('gives no two of sixty racing calls moments too close, although the clocks of their containers differ', async () => {
    const request = { kind: 'start', spacingMs: 100, horizonMs: 1_000, hadTurn: false } as const;
    const calls = Array.from({ length: 60 }, async (_, index) => {
      const { budgets, aheadMs } = world.skewed[index % world.skewed.length] ?? { budgets: container(), aheadMs: 0 };
      if (index % 5 === 0) return [now + aheadMs + (await budgets.more('raced', 100))];
      const moment = await budgets.ask('raced', request);
      return moment.taken ? [now + aheadMs + moment.inMs] : [];
    });
    const moments = (await Promise.all(calls)).flat().toSorted((a, b) => a - b);
    expect(moments.length).toBeGreaterThanOrEqual(12);
    for (const [index, moment] of moments.slice(1).entries())
      expect(moment - (moments[index] ?? 0)).toBeGreaterThanOrEqual(100);
  });

  it('lets no newcomer pass a line that came about between its look and its write', async () => {
    const request = { kind: 'start', spacingMs: 100, horizonMs: 1_000, hadTurn: false } as const;
    const { client } = table;
    const others = container();
    await others.ask('between', request);
    let isFirst = true;
    const slow = Object.assign(Object.create(client), {
      async send(command: Parameters<typeof client.send>[0]) {
        const answer = await client.send(command);
        if (isFirst) {
          isFirst = false;
          for (let count = 0; count < 12; count += 1) await others.ask('between', request);
        }
        return answer;
      },
    }) as typeof client;
    const newcomer = createRequestBudgets({ ...table, client: slow, clock: { now: () => now } });
    expect(await newcomer.ask('between', { ...request, horizonMs: 30_000 })).toMatchObject({ taken: false });
  });

  it('costs one read and one write of the smallest size, and one write for a further request', async () => {
    const units: string[] = [];
    const { client } = table;
    const counting = Object.assign(Object.create(client), {
      send: (command: Parameters<typeof client.send>[0]) => {
        units.push(command.constructor.name);
        return client.send(command);
      },
    }) as typeof client;
    const budgets = createRequestBudgets({ ...table, client: counting, clock: { now: () => now } });
    const request = { kind: 'look', spacingMs: 100, horizonMs: 1_000, hadTurn: false } as const;
    await budgets.ask('priced', request);
    await budgets.ask('priced', request);
    await budgets.more('priced', 100);
    const ask = ['GetItemCommand', 'UpdateItemCommand'];
    expect(units).toEqual([...ask, ...ask, 'UpdateItemCommand']);
  });

  it('says so when the table is away, because a call without a moment could be one too many', async () => {
    const { client } = table;
    const away = Object.assign(Object.create(client), {
      send: () => Promise.reject(new Error('the line went dead')),
    }) as typeof client;
    const budgets = createRequestBudgets({ ...table, client: away, clock: { now: () => now } });
    await expect(budgets.more('away', 100)).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  });
});
