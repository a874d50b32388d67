import { describe, expect, it } from 'vitest';
import { dayOf, instantOf, isRangeEnd } from '../../lib/console/model/date-range.ts';

const NOON = new Date(2026, 2, 1, 12).getTime();

describe('ranges of days', () => {
  it('count whole days back over the end of a month, today included', () => {
    expect(instantOf('7d', 'begin', NOON)).toBe(new Date(2026, 1, 23).toISOString());
    expect(instantOf('30d', 'begin', NOON)).toBe(new Date(2026, 0, 31).toISOString());
  });

  it('include the whole of the last day', () => {
    expect(instantOf('2026-02-28', 'end', NOON)).toBe(new Date(2026, 2, 1).toISOString());
  });

  it('fill the field for dates when somebody goes on from a range to single days', () => {
    expect(dayOf('today', NOON)).toBe('2026-03-01');
    expect(dayOf('2026-02-28', NOON)).toBe('2026-02-28');
    expect(dayOf(undefined, NOON)).toBe('');
  });

  it('are only what the page and the API understand', () => {
    expect(['today', '7d', '2026-02-28', '2026-02-28T10:00:00Z'].every(isRangeEnd)).toBe(true);
    expect(['1d', 'toString', '28.2.2026', '2026-99-99', 'now'].some(isRangeEnd)).toBe(false);
  });
});
