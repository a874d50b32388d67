import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countTicks, endedBy, type Histogram, histogramOf, placeOf } from '../../lib/console/model/histogram.ts';
import { seeded } from '../helpers/random.ts';

const MINUTE_MS = 60_000;

function drawn(durationsMs: readonly number[]): Histogram {
  const histogram = histogramOf(durationsMs);
  if (histogram === undefined) throw new Error('nothing was drawn');
  return histogram;
}

const counted = ({ bins }: Histogram) => bins.reduce((sum, { runs }) => sum + runs, 0);

function logNormal(runs: number, medianMs: number, sigma: number, seed = 1): readonly number[] {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: runs }, () => Math.round(medianMs * Math.exp(sigma * normal())));
}

const durations = fc.array(fc.integer({ min: 0, max: 364 * 86_400_000 }), { minLength: 1, maxLength: 96 });

describe('a histogram of durations', () => {
  it('counts every run exactly once, in a bin or as too long for the axis', () => {
    fc.assert(
      fc.property(durations, (durationsMs) => {
        const histogram = drawn(durationsMs);
        expect(counted(histogram) + histogram.beyond).toBe(durationsMs.length);
      }),
    );
  });

  it('puts its bins side by side over the whole axis, so that nothing is left out between them', () => {
    fc.assert(
      fc.property(durations, (durationsMs) => {
        const { bins, fromMs, toMs } = drawn(durationsMs);
        expect(bins[0]?.fromMs).toBe(fromMs);
        expect(bins.at(-1)?.toMs).toBe(toMs);
        for (const [index, bin] of bins.entries()) expect(bins[index + 1]?.fromMs ?? toMs).toBe(bin.toMs);
      }),
    );
  });

  it('has no more bins and ticks than a phone shows, whatever the durations', () => {
    fc.assert(
      fc.property(durations, (durationsMs) => {
        const histogram = drawn(durationsMs);
        expect(histogram.bins.length).toBeLessThanOrEqual(40);
        expect(histogram.ticksMs.length).toBeLessThanOrEqual(8);
        for (const ms of histogram.ticksMs) {
          expect(placeOf(histogram, ms)).toBeGreaterThanOrEqual(0);
          expect(placeOf(histogram, ms)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it.each([5, 9, 16, 33, 64])('shows the shape of %i log-normal runs in bins with readable limits', (runs) => {
    for (const medianMs of [900, 40_000, 292_000, 5_400_000]) {
      const { bins, isLogarithmic } = drawn(logNormal(runs, medianMs, 0.25, runs));
      const width = (bins[0]?.toMs ?? 0) - (bins[0]?.fromMs ?? 0);
      expect(isLogarithmic).toBe(false);
      expect(bins.filter((bin) => bin.runs > 0).length).toBeGreaterThanOrEqual(2);
      expect(bins.length).toBeLessThanOrEqual(26);
      for (const { fromMs } of bins) expect(fromMs % width).toBe(0);
    }
  });

  it('keeps two kinds of runs apart, with a gap between them', () => {
    const twoKinds = [...logNormal(29, 42_000, 0.12), ...logNormal(35, 190_000, 0.09, 2)];
    const filled = drawn(twoKinds).bins.map(({ runs }) => runs > 0);
    const first = filled.indexOf(true);
    const gap = filled.indexOf(false, first);
    expect(gap).toBeGreaterThan(first);
    expect(filled.indexOf(true, gap)).toBeGreaterThan(gap);
  });

  it('takes equal factors as equal distances where the fast runs would else be one bar at the edge', () => {
    const histogram = drawn([...logNormal(32, 3_000, 0.3), ...logNormal(32, 1_500_000, 0.2, 2)]);
    expect(histogram.isLogarithmic).toBe(true);
    expect(placeOf(histogram, 60_000) - placeOf(histogram, 6_000)).toBeCloseTo(
      placeOf(histogram, 600_000) - placeOf(histogram, 60_000),
    );
    expect(histogram.ticksMs).toEqual([10_000, MINUTE_MS, 10 * MINUTE_MS]);
  });

  it('does not let one run that hung squeeze all others into a corner', () => {
    const histogram = drawn([...logNormal(60, 25 * MINUTE_MS, 0.2), 150 * MINUTE_MS]);
    expect(histogram.beyond).toBe(1);
    expect(histogram.toMs).toBeLessThan(60 * MINUTE_MS);
  });

  it('begins at nought unless that would leave most of it empty', () => {
    expect(drawn(logNormal(41, 12 * MINUTE_MS, 0.4)).fromMs).toBe(0);
    expect(drawn(logNormal(64, 292_000, 0.05)).fromMs).toBeGreaterThan(200_000);
  });

  it('draws runs that all took the same time', () => {
    const histogram = drawn(Array.from({ length: 12 }, () => 8_000));
    expect(histogram.bins.filter(({ runs }) => runs > 0)).toMatchObject([{ runs: 12 }]);
    expect(placeOf(histogram, 8_000)).toBeGreaterThan(0);
    expect(placeOf(histogram, 8_000)).toBeLessThan(1);
  });

  it('draws nothing of nothing', () => {
    expect(histogramOf([])).toBeUndefined();
  });

  it('numbers its height in whole runs, up to the tallest bar or just above', () => {
    const tall = (runs: number) => countTicks({ ...drawn([1]), bins: [{ fromMs: 0, toMs: 1, runs }] });
    expect(tall(1)).toEqual([0, 1]);
    expect(tall(11)).toEqual([0, 3, 6, 9, 12]);
    expect(tall(64)).toEqual([0, 20, 40, 60, 80]);
  });
});

describe('how many have ended by a moment', () => {
  it('says a hundred per cent only when all have', () => {
    const durationsMs = Array.from({ length: 300 }, (_, index) => index + 1);
    expect(endedBy(durationsMs, 299)).toBe(99);
    expect(endedBy(durationsMs, 300)).toBe(100);
    expect(endedBy([], 5)).toBe(0);
  });
});
