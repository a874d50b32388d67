import { describe, expect, it } from 'vitest';
import { clockOffset } from '../../lib/console/model/server-clock.ts';

const DATE = 'Sun, 22 Nov 2026 05:00:00 GMT';
const TOLD_MS = Date.parse(DATE);

describe('the clock of the viewer', () => {
  it('is taken as it is while it differs by no more than an answer can tell', () => {
    expect(clockOffset(DATE, TOLD_MS + 100, TOLD_MS + 300)).toBe(0);
    expect(clockOffset(DATE, TOLD_MS + 2_000, TOLD_MS + 2_100)).toBe(0);
    expect(clockOffset(DATE, TOLD_MS - 20_000, TOLD_MS + 5_000)).toBe(0);
  });

  it('is set right where it is minutes off, or everything would be late or still to come', () => {
    expect(clockOffset(DATE, TOLD_MS + 300_400, TOLD_MS + 300_600)).toBe(-300_000);
    expect(clockOffset(DATE, TOLD_MS - 299_600, TOLD_MS - 299_400)).toBe(300_000);
  });

  it('stays as it was known where an answer tells no time', () => {
    expect(clockOffset(null, 0, 1)).toBeUndefined();
    expect(clockOffset('soon', 0, 1)).toBeUndefined();
  });
});
