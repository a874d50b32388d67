import { describe, expect, it } from 'vitest';
import {
  chartWords,
  effortWords,
  isoDurationMs,
  noticeWords,
  outsideWords,
  planWords,
  unknownWords,
  usualWords,
} from '../../lib/console/model/duration-words.ts';

describe('what is usual, in words', () => {
  it('says when half of the runs and when nine of ten end', () => {
    expect(usualWords({ p05Ms: 278_000, p50Ms: 292_000, p95Ms: 320_000 })).toBe(
      'Half of the runs end within 4m 52s, nine of ten between 4m 38s and 5m 20s.',
    );
  });

  it('does without the fast end, which older records lack', () => {
    expect(usualWords({ p50Ms: 1_000, p95Ms: 2_000 })).toBe(
      'Half of the runs end within 1s, nineteen of twenty within 2s.',
    );
  });

  it('names one time where all runs take the same', () => {
    expect(usualWords({ p05Ms: 8_010, p50Ms: 8_020, p95Ms: 8_030 })).toBe('Nine of ten runs take about 8s.');
  });

  it('says nothing while too little is known', () => {
    expect(usualWords({})).toBeUndefined();
  });
});

describe('the plan of looks, in words', () => {
  it('tells each look of a short plan', () => {
    expect(planWords([278_000, 295_000])).toBe(
      'A run that starts now is looked at after 4m 38s and 4m 55s, then ever more seldom while it still goes.',
    );
  });

  it('tells the first of a long plan, and how far it goes', () => {
    const looks = Array.from({ length: 24 }, (_, index) => (index + 1) * 10_000);
    expect(planWords(looks)).toBe(
      'A run that starts now is looked at after 10s, 20s, 30s, 40s, 50s, 1m; 18 more looks up to 4m while it still goes, then ever more seldom.',
    );
  });

  it('says what happens without a plan', () => {
    expect(planWords([])).toContain('often at first');
  });

  it('says what the plan costs and how late it is, for runs like the past ones', () => {
    const durationsMs = [8_000, 9_000, 10_000, 18_000, 20_000];
    expect(effortWords({ durationsMs, plannedLooksMs: [10_000, 20_000] })).toBe(
      'For runs like the past ones that is about 1.4 looks each, and an end noticed about 1s late.',
    );
    expect(effortWords({ durationsMs, plannedLooksMs: [] })).toBeUndefined();
  });
});

describe('what is not drawn', () => {
  it('is counted, so that nobody takes the drawing for the whole', () => {
    expect(outsideWords({ beyond: 1 }, 2, 1)).toBe(
      'not drawn: 2 looks come earlier, one look comes later and one run took longer',
    );
    expect(outsideWords({ beyond: 0 }, 0, 0)).toBeUndefined();
  });
});

describe('too little to draw', () => {
  it('tells the few durations that there are, and when more can be said', () => {
    expect(unknownWords([12_000, 14_000, 19_000])).toBe(
      'So far 3 runs: 12s, 14s and 19s. From 5 runs on it can be said what is usual.',
    );
    expect(unknownWords([])).toContain('nothing is known');
  });
});

describe('the drawing, for readers that speak the page', () => {
  it('says from when to when, what is usual, and how many looks there are', () => {
    const known = { durationsMs: [1_000, 2_000, 3_000, 4_000, 5_000], plannedLooksMs: [3_000] };
    expect(chartWords({ ...known, p05Ms: 1_000, p50Ms: 3_000, p95Ms: 5_000 })).toBe(
      'Durations of 5 runs, from 1s to 5s. Half of the runs end within 3s, nine of ten between 1s and 5s. Looks planned: 1.',
    );
  });
});

describe('durations of the API', () => {
  it.each([
    ['P7D', 7 * 86_400_000],
    ['PT1H30M', 5_400_000],
    ['P1DT0.5S', 86_400_500],
    ['PT10M', 600_000],
  ])('reads %s', (text, ms) => {
    expect(isoDurationMs(text)).toBe(ms);
  });

  it('leaves alone what is no duration', () => {
    expect(isoDurationMs('10m')).toBeUndefined();
  });
});

describe('how late an end may be noticed', () => {
  it('names the share, the time, or both', () => {
    expect(noticeWords({ share: 0.05, ms: 30_000 })).toBe(
      'an end is noticed within 5 % of the duration or 30s on average',
    );
    expect(noticeWords({ ms: 30_000 })).toBe('an end is noticed within 30s on average');
  });
});
