import { describe, expect, it } from 'vitest';
import { connectionSchema } from '../../lib/api/schemas/connection.ts';
import {
  breakerWords,
  HEALTH_WORDS,
  healthSummary,
  PAUSE_MEANS,
  rateWords,
  requestsWords,
} from '../../lib/console/model/connection-words.ts';
import { isoTime } from '../../lib/domain/record.ts';

const NOW = Date.UTC(2026, 10, 22, 4);

describe('how a connection is', () => {
  it('has words for every state that the API tells', () => {
    expect(Object.keys(HEALTH_WORDS).toSorted()).toEqual([...connectionSchema.shape.state.options].toSorted());
  });

  it('says what to do wherever somebody can do something', () => {
    for (const state of ['paused', 'failing', 'refused', 'told-to-wait'] as const)
      expect(HEALTH_WORDS[state].remedy).toMatch(/\w/);
  });

  it('is summed up in one line', () => {
    expect(healthSummary(['ok', 'ok'])).toBe('All 2 are OK.');
    expect(healthSummary(['ok'])).toBe('It is OK.');
    expect(healthSummary(['failing', 'ok', 'ok', 'told-to-wait'])).toBe('2 OK, 1 failing, 1 told to wait');
    expect(healthSummary(['paused'])).toBe('1 paused');
  });
});

describe('what a pause does', () => {
  it('names what is sent all the same, that runs are accepted, and that deadlines go on', () => {
    const told = PAUSE_MEANS.join(' ');
    expect(told).toMatch(/cancellations/);
    expect(told).toMatch(/last look/);
    expect(told).toMatch(/still accepted/);
    expect(told).toMatch(/Deadlines go on/);
  });
});

describe('the breaker', () => {
  it('counts down to the next call that is let through', () => {
    const open = { state: 'open', failures: 12, nextCanaryAt: isoTime(NOW + 42_000) } as const;
    expect(breakerWords(open, NOW)).toBe('Open: one call goes in 42s to see');
    expect(breakerWords(open, NOW + 42_000)).toBe('Open: one call may go now to see');
  });

  it('tells the two kinds of half-open apart: one call, and ever more calls', () => {
    expect(breakerWords({ state: 'half-open', failures: 9, nextCanaryAt: isoTime(NOW) }, NOW)).toContain(
      'the next call',
    );
    expect(breakerWords({ state: 'half-open', failures: 0 }, NOW)).toContain('ever more calls');
  });

  it('tells of failures before they open it', () => {
    expect(breakerWords({ state: 'closed', failures: 0 }, NOW)).toBe('Closed: no failures');
    expect(breakerWords({ state: 'closed', failures: 3 }, NOW)).toBe('Closed, after 3 failures in a row');
  });
});

describe('the request budget', () => {
  it('says when a call and when a start can go', () => {
    expect(requestsWords({ busyForMs: 0, startsWaitMs: 0 })).toBe('Free: the next call goes at once');
    expect(requestsWords({ busyForMs: 4_000, startsWaitMs: 0 })).toBe('Taken for the next 4s; a start goes at once');
    expect(requestsWords({ busyForMs: 4_000, startsWaitMs: 900 })).toBe('Taken for the next 4s; a start waits 900ms');
  });

  it('names slow rates by their pause', () => {
    expect(rateWords(5)).toBe('at most 5 a second');
    expect(rateWords(0.25)).toBe('at most one every 4s');
  });
});
