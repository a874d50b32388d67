import { describe, expect, it } from 'vitest';
import { growthOf, type Reading, warmUpMs } from './memory.ts';

const MINUTE = 60_000;
const readings = (minutes: number, rssMb: (minute: number) => number): readonly Reading[] =>
  Array.from({ length: minutes * 6 }, (_, nth) => ({ atMs: (nth * MINUTE) / 6, rssMb: rssMb(nth / 6) }));

describe('growth of memory', () => {
  it('is told after the warm-up, in which every process grows', () => {
    const settled = readings(30, (minute) => (minute < 5 ? 100 + minute * 50 : 400));
    expect(growthOf(settled, 30 * MINUTE)).toMatchObject({ startMb: 400, endMb: 400, percent: 0 });
  });

  it('is seen where it is slow, steady and small', () => {
    const leaking = readings(30, (minute) => 400 + minute);
    expect(growthOf(leaking, 30 * MINUTE)?.percent).toBeGreaterThan(5);
  });

  it('is not seen in the ups and downs of garbage, nor in one reading that is far off', () => {
    const uneven = readings(30, (minute) => (minute === 29 ? 900 : 400 + 10 * Math.sin(minute * 20)));
    expect(Math.abs(growthOf(uneven, 30 * MINUTE)?.percent ?? 100)).toBeLessThan(2);
  });

  it('cannot be told from no readings, rather than being none', () => {
    expect(growthOf([], 30 * MINUTE)).toBeUndefined();
  });

  it.each([
    [3, 1.5],
    [10, 3],
    [30, 6],
  ])('of %s minutes leaves out the first %s', (minutes, warmUp) => {
    expect(warmUpMs(minutes * MINUTE)).toBe(warmUp * MINUTE);
  });
});
