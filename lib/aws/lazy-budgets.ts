import type { RequestBudgets } from '../workflow/ports.ts';
import { once } from './assemble.ts';
import type { RequestBudgetsOptions } from './dynamodb-request-budgets.ts';

/** Not before a connection has a limit, or comes back after an outage. */
export function lazyBudgets(options: () => RequestBudgetsOptions): RequestBudgets {
  const load = once(async () => (await import('./dynamodb-request-budgets.ts')).createRequestBudgets(options()));
  return {
    ask: async (...what) => (await load()).ask(...what),
    more: async (...what) => (await load()).more(...what),
    backlog: async (...what) => (await load()).backlog(...what),
  };
}
