import { describeRunLists, LISTED_AT } from '../contracts/run-lists.ts';
import { describeRunStore } from '../contracts/run-store.ts';
import { createMemoryRunStore } from './memory-run-store.ts';

let now = Date.parse('2026-11-21T10:00:00.000Z');
const store = createMemoryRunStore(() => now);

// The use cases are tested on this store, so it must be as strict as the table.
describeRunStore('memory', () => ({
  store,
  setNow: (epochMs) => {
    now = epochMs;
  },
}));

describeRunLists('memory', async () => createMemoryRunStore(() => LISTED_AT));
