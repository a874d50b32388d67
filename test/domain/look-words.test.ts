import { describe, expect, it } from 'vitest';
import { LOOK_REASONS } from '../../lib/domain/look-plan.ts';
import { lookWords } from '../../lib/domain/look-words.ts';

const duration = { p05Ms: 280_000, p50Ms: 300_000, p95Ms: 320_000, runs: 64 };

describe('why the next look is when it is, in words', () => {
  it('says how long runs usually take', () => {
    const words = lookWords({ why: 'usual', inMs: 42_000, duration });
    expect(words).toBe('next look in 42s: 90 % of runs end between 4m 40s and 5m 20s');
  });

  it('says what older records know, what runs that hardly differ tell, and that earlier runs told it', () => {
    const { p05Ms: _, ...older } = duration;
    expect(lookWords({ why: 'usual', inMs: 42_000, duration: older })).toContain(
      ': half of the runs end within 5m, 95 % within 5m 20s',
    );
    const same = { p05Ms: 60_100, p50Ms: 60_200, p95Ms: 60_300 };
    expect(lookWords({ why: 'usual', inMs: 1_500, duration: same })).toBe(
      'next look in 2s: 90 % of runs end after about 1m',
    );
    expect(lookWords({ why: 'usual', inMs: 42_000 })).toContain('earlier runs');
  });

  it('has a sentence of its own for each reason, and never says that a look comes in no time', () => {
    const sentences = LOOK_REASONS.map((why) => lookWords({ why, inMs: -3, duration }));
    expect(new Set(sentences).size).toBe(LOOK_REASONS.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^next look now: \w/);
  });
});
