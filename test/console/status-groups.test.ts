import { describe, expect, it } from 'vitest';
import { countByStatus, pressedOf, STATUS_GROUPS, toggled } from '../../lib/console/model/status-groups.ts';
import { STATUSES } from '../../lib/domain/status.ts';

const [human] = STATUS_GROUPS;

describe('groups of statuses', () => {
  it('hold each status once, so that no run is out of reach of the filters', () => {
    expect(STATUS_GROUPS.flatMap(({ statuses }) => statuses).toSorted()).toEqual(STATUSES.toSorted());
  });

  it('are switched on whole, and off when all of them are on', () => {
    expect(toggled(['FALLOUT'], ['FALLOUT', 'WAITING_FOR_INPUT'])).toEqual(['WAITING_FOR_INPUT', 'FALLOUT']);
    expect(toggled(['RUNNING', 'FALLOUT'], ['FALLOUT'])).toEqual(['RUNNING']);
  });

  it('say when only a part of them is on', () => {
    if (human === undefined) throw new Error('There is no group.');
    expect(pressedOf(human, [])).toBe(false);
    expect(pressedOf(human, ['FALLOUT'])).toBe('mixed');
    expect(pressedOf(human, ['FALLOUT', 'WAITING_FOR_INPUT'])).toBe(true);
  });

  it('count what there is', () => {
    const counts = countByStatus([{ status: 'FAILED' }, { status: 'FAILED' }, { status: 'RUNNING' }]);
    expect([...counts]).toEqual([
      ['FAILED', 2],
      ['RUNNING', 1],
    ]);
  });
});
