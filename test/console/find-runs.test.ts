import { describe, expect, it } from 'vitest';
import { agreedRuns, type Findable, findRuns, knownRuns, runIdIn } from '../../lib/console/model/find-runs.ts';

const at = (minute: number) => `2026-11-21T10:${String(minute).padStart(2, '0')}:00.000Z`;

function run(minute: number, more: Partial<Findable> = {}): Findable {
  const id = `run_${String(minute).padStart(4, '0')}`;
  return { id, flowId: 'write-offer', status: 'RUNNING', createdAt: at(minute), updatedAt: at(minute), ...more };
}

const ids = (runs: readonly Findable[]) => runs.map(({ id }) => Number(id.slice(4)));

describe('finding among the runs that the page knows', () => {
  const runs = [
    run(5, { status: 'FAILED', businessKey: 'ORD-77', remoteId: 'aB3' }),
    run(4, { flowId: 'import-orders', businessKey: 'ORD-78' }),
    run(3, { status: 'SUCCEEDED' }),
  ];

  it('takes every filter at once', () => {
    expect(ids(findRuns(runs, { statuses: ['FAILED', 'RUNNING'] }))).toEqual([5, 4]);
    expect(ids(findRuns(runs, { statuses: ['FAILED', 'RUNNING'], flow: 'write-offer' }))).toEqual([5]);
    expect(ids(findRuns(runs, { statuses: [], from: at(4), to: at(5) }))).toEqual([4]);
    expect(ids(findRuns(runs, { statuses: [], businessKey: 'ORD-7' }))).toEqual([]);
    expect(ids(findRuns(runs, { statuses: [], remoteId: 'aB3' }))).toEqual([5]);
  });

  it('searches parts of keys and ids, in capitals or not, because nobody types a whole one', () => {
    expect(ids(findRuns(runs, { statuses: [], q: 'ord-7' }))).toEqual([5, 4]);
    expect(ids(findRuns(runs, { statuses: [], q: 'Ab' }))).toEqual([5]);
    expect(ids(findRuns(runs, { statuses: [], q: '0003' }))).toEqual([3]);
  });

  it('answers within a few milliseconds on 5,000 runs, so that typing is never waited for', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => run(index % 60, { businessKey: `ORD-${index}` }));
    const before = performance.now();
    for (let round = 0; round < 10; round += 1) findRuns(many, { statuses: ['RUNNING'], q: 'ord-4', from: at(1) });
    expect((performance.now() - before) / 10).toBeLessThan(50);
  });
});

describe('what lists of different times know', () => {
  it('is one list, newest first, with the newest word on each run', () => {
    const known = knownRuns([[run(3), run(1)], [run(3, { status: 'FAILED', updatedAt: at(9) }), run(2)], [run(3)]]);
    expect(ids(known)).toEqual([3, 2, 1]);
    expect(known[0]?.status).toBe('FAILED');
  });

  it('holds as far back as an answer reaches only for what that answer names', () => {
    const matching = [run(5), run(4), run(3), run(2)];
    expect(ids(agreedRuns(matching, [run(5), run(3)], false))).toEqual([5, 3, 2]);
    expect(ids(agreedRuns(matching, [run(5), run(3)], true))).toEqual([5, 3]);
  });

  it('is all there is to show while an answer is empty and says that there is more', () => {
    expect(ids(agreedRuns([run(2)], [], false))).toEqual([2]);
    expect(ids(agreedRuns([run(2)], [], true))).toEqual([]);
  });
});

describe('the id of a run in the search field', () => {
  const ID = 'run_01M80SJFNSGG6Z9NP186NE7G2B';

  it('is seen when it is whole, with spaces around and in small letters, as it comes from a mail', () => {
    expect(runIdIn(` ${ID}\n`)).toBe(ID);
    expect(runIdIn(ID.toLowerCase())).toBe(ID);
  });

  it('is not seen in a part of one, nor in another key', () => {
    expect(runIdIn(ID.slice(0, -1))).toBeUndefined();
    expect(runIdIn('ORD-1')).toBeUndefined();
  });
});
