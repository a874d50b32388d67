import { describe, expect, it } from 'vitest';
import { nextStep } from '../../lib/console/model/next-step.ts';
import { elapsedMs, usualOf } from '../../lib/console/model/run-time.ts';

const NOW = Date.parse('2026-11-21T10:00:00.000Z');
const inMs = (ms: number) => new Date(NOW + ms).toISOString();

describe('what comes next for a run', () => {
  it('counts down to the next look, with the reason for whoever points at it', () => {
    const duration = { p05Ms: 280_000, p50Ms: 300_000, p95Ms: 320_000 };
    const step = nextStep({ status: 'RUNNING', nextLookAt: inMs(42_000), nextLookWhy: 'usual', duration }, NOW);
    expect(step).toEqual({
      words: 'look in 42s',
      told: 'next look in 42s: 90 % of runs end between 4m 40s and 5m 20s',
      tone: 'plain',
    });
  });

  it('tells the percentage where the platform gives one', () => {
    const step = nextStep({ status: 'RUNNING', nextLookAt: inMs(5_000), progress: { percentage: 59.6 } }, NOW);
    expect(step.words).toBe('look in 5s · 60 %');
  });

  it('says now for a moment that has just passed, and late for one that has long passed', () => {
    expect(nextStep({ status: 'RUNNING', nextLookAt: inMs(-2_000) }, NOW).words).toBe('look now');
    expect(nextStep({ status: 'RUNNING', nextLookAt: inMs(-120_000) }, NOW).words).toBe('look due 2m ago');
  });

  it('says what holds a run back before anything else, because its looks do not come then', () => {
    const step = nextStep({ status: 'ACCEPTED', heldBack: { why: 'paused' }, nextLookAt: inMs(5_000) }, NOW);
    expect(step).toEqual({ words: 'held: connection is paused', tone: 'held' });
  });

  it('says that a person is waited for', () => {
    expect(nextStep({ status: 'WAITING_FOR_INPUT', nextLookAt: inMs(5_000) }, NOW)).toMatchObject({
      words: 'waits for a person',
      tone: 'held',
    });
  });

  it('tells the place in line and when a start is expected', () => {
    expect(nextStep({ status: 'ACCEPTED' }, NOW).words).toBe('about to start');
    expect(nextStep({ status: 'ACCEPTED', queue: {} }, NOW).words).toBe('in line');
    expect(nextStep({ status: 'ACCEPTED', queue: { expectedStartAt: inMs(12_000) } }, NOW).words).toBe('starts in 12s');
    expect(nextStep({ status: 'COOLING_OFF', nextLookAt: inMs(20_000) }, NOW).words).toBe('next attempt in 20s');
  });

  it('gives the reason of an end, in words where a person must decide', () => {
    const error = { message: 'The load stopped.' };
    expect(nextStep({ status: 'FAILED', error }, NOW).words).toBe('The load stopped.');
    const fallout = { reason: 'AMBIGUOUS_START' } as const;
    expect(nextStep({ status: 'FALLOUT', error, fallout }, NOW)).toEqual({
      words: 'Nobody knows whether it started',
      told: 'The load stopped.',
      tone: 'held',
    });
    expect(nextStep({ status: 'SUCCEEDED', nextLookAt: inMs(5_000) }, NOW).words).toBe('');
  });
});

describe('how long a run took', () => {
  it('grows while it runs and stands when it has ended', () => {
    expect(elapsedMs({ status: 'RUNNING', startedAt: inMs(-9_000) }, NOW)).toBe(9_000);
    expect(elapsedMs({ status: 'FAILED', startedAt: inMs(-9_000), endedAt: inMs(-4_000) }, NOW)).toBe(5_000);
  });

  it('is unknown before it began, and never less than nothing when clocks differ', () => {
    expect(elapsedMs({ status: 'ACCEPTED' }, NOW)).toBeUndefined();
    expect(elapsedMs({ status: 'RUNNING', startedAt: inMs(500) }, NOW)).toBe(0);
  });

  it('is held against what was usual when it was planned, else against its flow, else against nothing', () => {
    const flow = { p50Ms: 3, p95Ms: 4 };
    expect(usualOf({ p50Ms: 1, p95Ms: 2 }, flow)).toEqual({ p50Ms: 1, p95Ms: 2 });
    expect(usualOf(undefined, flow)).toEqual(flow);
    expect(usualOf(undefined, { p50Ms: 3 })).toBeUndefined();
  });
});
