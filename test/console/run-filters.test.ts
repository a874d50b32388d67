import { describe, expect, it } from 'vitest';
import {
  changed,
  filtersOf,
  hasFilters,
  NO_FILTERS,
  toApiQuery,
  toSearch,
  withInstants,
} from '../../lib/console/model/run-filters.ts';

const NOON = new Date(2026, 10, 21, 12).getTime();
const local = (month: number, day: number) => new Date(2026, month - 1, day).toISOString();

describe('filters in the address', () => {
  it('come back as they were put there, so that a link shows the same to others', () => {
    const filters = filtersOf('status=FAILED&status=RUNNING&flow=write-offer&q=ORD%20%26%201&from=7d');
    expect(filters).toEqual({ statuses: ['RUNNING', 'FAILED'], flow: 'write-offer', q: 'ORD & 1', from: '7d' });
    expect(filtersOf(toSearch(filters))).toEqual(filters);
  });

  it('leave out what they do not understand, because the API would refuse all of it', () => {
    expect(filtersOf('status=BROKEN&flow=a%20b&from=yesterday&to=2026-13-45&q=%20&foo=bar')).toEqual(NO_FILTERS);
    expect(filtersOf(`q=${'x'.repeat(257)}`)).toEqual(NO_FILTERS);
  });

  it('spell one view one way, in whatever order statuses were chosen', () => {
    expect(toSearch(filtersOf('status=FAILED&status=ACCEPTED'))).toBe(
      toSearch(filtersOf('status=ACCEPTED&status=FAILED')),
    );
  });

  it('are changed one by one, and gone when they are empty', () => {
    const filters = filtersOf('status=FAILED&q=x');
    expect(changed(filters, { q: '' })).toEqual({ statuses: ['FAILED'] });
    expect(changed(filters, { statuses: [], q: undefined })).toEqual(NO_FILTERS);
    expect(hasFilters(changed(filters, { statuses: [] }))).toBe(true);
    expect(hasFilters(NO_FILTERS)).toBe(false);
  });
});

describe('filters for the API', () => {
  it('never name the search, which is asked as business key and as remote id', () => {
    expect(toApiQuery({ statuses: ['FAILED'], q: 'x', businessKey: 'x' })).toBe('&status=FAILED&businessKey=x');
    expect(toApiQuery(NO_FILTERS)).toBe('');
  });

  it('have instants in place of days, because a day of the viewer is not a day of UTC', () => {
    expect(withInstants({ statuses: [], from: 'today' }, NOON).from).toBe(local(11, 21));
    expect(withInstants({ statuses: [], from: '7d' }, NOON).from).toBe(local(11, 15));
    expect(withInstants({ statuses: [], from: '2026-11-01', to: '2026-11-03' }, NOON)).toEqual({
      statuses: [],
      from: local(11, 1),
      to: local(11, 4),
    });
  });

  it('take instants as they are, whatever their zone', () => {
    expect(withInstants({ statuses: [], from: '2026-11-21T10:00:00+01:00' }, NOON).from).toBe(
      '2026-11-21T09:00:00.000Z',
    );
  });
});
