import { describe, expect, it } from 'vitest';
import { type Phase, phaseAt } from '../../lib/simulators/script.ts';

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
