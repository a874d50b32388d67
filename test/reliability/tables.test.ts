import { describe, expect, it } from 'vitest';
import { faultsOf } from '../helpers/proof-table.ts';
import { INVARIANT_IDS, INVARIANTS } from './invariants.ts';
import { PROMISE_IDS, PROMISES } from './promises.ts';

describe('the tables of what is promised', () => {
  it.each([
    ['invariant', INVARIANTS, INVARIANT_IDS],
    ['promise', PROMISES, PROMISE_IDS],
  ])('name for each %s tests that are there and are run', (_, rows, ids) => {
    expect(faultsOf(rows, ids)).toEqual([]);
  });
});
