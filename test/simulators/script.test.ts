import { describe, expect, it } from 'vitest';
import { lasting, type Phase, phaseAt } from '../../lib/simulators/script.ts';

const SCRIPT: readonly Phase<'queued' | 'asking' | 'confirming' | 'working' | 'done'>[] = [
  { state: 'queued', forMs: 100 },
  { state: 'asking', until: 'answered' },
  { state: 'working', forMs: 100 },
  { state: 'confirming', until: 'opened' },
  { state: 'done' },
];

describe('phaseAt', () => {
  it.each([
    { now: 0, gates: [], state: 'queued' },
    { now: 99, gates: [], state: 'queued' },
    { now: 100, gates: [], state: 'asking' },
    { now: 9_999, gates: [], state: 'asking' },
    { now: 500, gates: [500], state: 'working' },
    { now: 600, gates: [500], state: 'confirming' },
    { now: 700, gates: [500, 700], state: 'done' },
    { now: 9_999, gates: [500, 700], state: 'done' },
  ])('is $state at $now with people at $gates, since people and the clock move it alone', ({ now, gates, state }) => {
    expect(
      phaseAt(
        SCRIPT,
        1_000_000,
        1_000_000 + now,
        gates.map((at) => 1_000_000 + at),
      ).state,
    ).toBe(state);
  });

  it('stays in the last phase even where that has a length', () => {
    expect(phaseAt([{ state: 'queued', forMs: 1 }], 0, 10).state).toBe('queued');
  });

  it('needs a phase', () => {
    expect(() => phaseAt([], 0, 0)).toThrow('at least one phase');
  });
});

describe('lasting', () => {
  const script: readonly Phase<string>[] = [
    { state: 'queued', forMs: 100 },
    { state: 'asking', until: 'answered' },
    { state: 'working', forMs: 233 },
    { state: 'done', forMs: 5 },
  ];

  it.each([0, 1, 7, 333, 3_330, 86_400_000])(
    'makes the timed phases last %i ms in all, to the millisecond',
    (totalMs) => {
      const stretched = lasting(script, totalMs);
      const timed = stretched.slice(0, -1).map(({ forMs }) => forMs ?? 0);
      expect(timed.reduce((sum, ms) => sum + ms, 0)).toBe(totalMs);
      expect(timed.every((ms) => Number.isInteger(ms) && ms >= 0)).toBe(true);
      expect(stretched.map(({ state, until }) => [state, until])).toEqual(
        script.map(({ state, until }) => [state, until]),
      );
      expect(stretched.at(-1)).toEqual({ state: 'done', forMs: 5 });
    },
  );

  it('leaves a script alone that nobody wants to last, or that has nothing to stretch', () => {
    expect(lasting(script, undefined)).toBe(script);
    const instant: readonly Phase<string>[] = [{ state: 'done' }];
    expect(lasting(instant, 1_000)).toBe(instant);
  });
});
