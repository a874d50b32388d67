import { describe, expect, it } from 'vitest';
import { createFaults } from '../../lib/simulators/faults.ts';

describe('a planted fault', () => {
  const world = () => {
    let nowMs = 0;
    const pass = (ms: number) => {
      nowMs += ms;
    };
    return { faults: createFaults(() => nowMs), pass };
  };

  it('strikes as many requests as it is told to, after those it lets through', () => {
    const { faults } = world();
    faults.add({ method: 'GET', path: 'jobs', skip: 1, times: 2, fault: { kind: 'reset' } });
    const kinds = ['GET', 'POST', 'GET', 'GET', 'GET'].map((method) => faults.take(method, '/jobs/1')?.kind);
    expect(kinds).toEqual([undefined, undefined, 'reset', 'reset', undefined]);
  });

  it('waits for its request as long as it takes, unless it is told for how long', () => {
    const { faults, pass } = world();
    faults.add({ path: 'a', fault: { kind: 'reset' } });
    faults.add({ path: 'b', forMs: 1_000, fault: { kind: 'hang' } });
    faults.add({ path: 'b', fault: { kind: 'reset-after' } });
    pass(1_000);
    expect(faults.take('GET', '/b')?.kind).toBe('reset-after');
    pass(86_400_000);
    expect(faults.take('GET', '/a')?.kind).toBe('reset');
  });
});
