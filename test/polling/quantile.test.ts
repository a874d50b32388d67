import { describe, expect, it } from 'vitest';
import { quantileOf } from '../../lib/polling/quantile.ts';

/** As evenly as n values can lie. */
function evenly(runs: number, quantile: (share: number) => number): readonly number[] {
  return Array.from({ length: runs }, (_, index) => quantile((index + 1) / (runs + 1)));
}

describe('quantiles of a few values', () => {
  it('take each gap between neighbours, and what lies outside, as equally likely', () => {
    expect(quantileOf([10, 20, 30], 0.5)).toBe(20);
    expect(quantileOf([10, 20, 30], 0.625)).toBe(25);
    expect(quantileOf([10, 20, 30], 0.01)).toBe(10);
  });

  it('go on past the longest as the tail fell before, far for a heavy one and hardly for a light one', () => {
    const heavy = evenly(64, (share) => (1 - share) ** -0.5);
    const light = evenly(64, (share) => 300 + 30 * share);
    expect(quantileOf(heavy, 0.999) / 0.001 ** -0.5).toBeCloseTo(1, 0);
    expect(quantileOf(heavy, 0.999)).toBeGreaterThan(2 * (heavy.at(-1) ?? 0));
    expect(quantileOf(light, 0.999)).toBeLessThan(1.15 * (light.at(-1) ?? 0));
    expect(quantileOf(light, 0.999)).toBeGreaterThan(light.at(-1) ?? 0);
  });

  it('know of a single value that others will be longer', () => {
    expect(quantileOf([60], 0.99)).toBeGreaterThan(60);
  });
});
