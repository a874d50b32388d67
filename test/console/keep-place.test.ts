import { describe, expect, it } from 'vitest';
import { rowsMoved } from '../../lib/console/model/keep-place.ts';

const rows = (ids: string) => [...ids].map((id) => ({ id }));

describe('the place in a list', () => {
  it('moves with the row that was first in sight when others come in above it', () => {
    expect(rowsMoved(rows('dcba'), rows('fedcba'), 2)).toBe(2);
  });

  it('moves up when rows above are gone', () => {
    expect(rowsMoved(rows('dcba'), rows('cba'), 2)).toBe(-1);
  });

  it('stays when nothing above has changed, or the row is there no more', () => {
    expect(rowsMoved(rows('dcba'), rows('dcbaz'), 2)).toBe(0);
    expect(rowsMoved(rows('dcba'), rows('fe'), 2)).toBe(0);
    expect(rowsMoved(rows('a'), rows('ba'), 5)).toBe(0);
  });
});
