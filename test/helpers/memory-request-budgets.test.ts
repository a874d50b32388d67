import { type BudgetWorld, describeRequestBudgets } from '../contracts/request-budgets.ts';
import { createMemoryRequestBudgets } from './memory-request-budgets.ts';

let now = Date.parse('2026-11-22T10:00:00Z');
const budgets = createMemoryRequestBudgets(() => now);
const world: BudgetWorld = {
  containers: [budgets],
  skewed: [{ budgets, aheadMs: 0 }],
  fuzz: { runs: 200, callers: 80 },
  now: () => now,
  advance: (ms) => {
    now += ms;
  },
};

describeRequestBudgets('memory', () => world);
