import { describe, expect, it } from 'vitest';
import { outcomesOf, successWords } from '../../lib/console/model/outcomes.ts';
import { STATUSES, type Status } from '../../lib/domain/status.ts';

const times = (count: number, status: Status) => Array.from({ length: count }, () => status);

describe('outcomes of the last runs', () => {
  it('counts every run once, whatever its status', () => {
    const { parts, runs } = outcomesOf(STATUSES);
    expect(parts.reduce((sum, part) => sum + part.runs, 0)).toBe(STATUSES.length);
    expect(runs).toBe(STATUSES.length);
    expect(parts.flatMap(({ statuses }) => statuses).toSorted()).toEqual([...STATUSES].toSorted());
  });

  it('judges a flow by the runs that ended by themselves: a cancellation is somebody’s decision', () => {
    const outcomes = outcomesOf([
      ...times(8, 'SUCCEEDED'),
      ...times(1, 'HANDED_OFF'),
      ...times(1, 'FAILED'),
      ...times(4, 'CANCELED'),
      ...times(2, 'RUNNING'),
    ]);
    expect(outcomes.successPercent).toBe(90);
    expect(successWords(outcomes)).toBe('succeeded: 9 of 10 among the newest 16 runs, not counting 4 canceled');
  });

  it('says a hundred per cent only where every run went well', () => {
    expect(outcomesOf([...times(999, 'SUCCEEDED'), 'FALLOUT']).successPercent).toBe(99);
  });

  it('has no rate while nothing has ended', () => {
    const outcomes = outcomesOf(times(1, 'RUNNING'));
    expect(outcomes.successPercent).toBeUndefined();
    expect(successWords(outcomes)).toBe('None of the newest one run has ended by itself yet.');
  });

  it('leaves out what does not occur', () => {
    expect(outcomesOf(times(2, 'FAILED')).parts).toMatchObject([{ id: 'failed', runs: 2 }]);
  });
});
