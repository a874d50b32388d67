import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRICES } from '../../lib/domain/prices.ts';
import { type CostedEvent, runCost } from '../../lib/domain/run-cost.ts';

const T0 = Date.parse('2026-03-02T08:00:00Z');
const line = (seconds: number, type: string, status: string, data?: object): CostedEvent => ({
  at: new Date(T0 + seconds * 1_000).toISOString(),
  type,
  status,
  ...(data && { data: { ...data } }),
});
const begun = [line(0, 'accepted', 'ACCEPTED'), line(0, 'intent', 'STARTING'), line(1, 'started', 'RUNNING')];

/** A run that is looked at after each of these gaps, in seconds. */
function lookedAt(gaps: readonly number[]): readonly CostedEvent[] {
  let seconds = 1;
  const looks = gaps.map((gap) => {
    seconds += gap;
    return line(seconds, 'look', 'RUNNING');
  });
  return [...begun, ...looks];
}

const costOf = (events: readonly CostedEvent[]) => runCost({ trigger: 'api' }, events);

describe('what a run has cost, about', () => {
  it('is nothing without a timeline, and never less with one line more', () => {
    expect(costOf([])).toEqual({ dollars: 0, transitions: 0 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 60 }), (gaps) => {
        const events = lookedAt(gaps);
        const costs = events.map((_, index) => costOf(events.slice(0, index + 1)).dollars);
        for (const [index, cost] of costs.entries()) expect(cost).toBeGreaterThan(costs[index - 1] ?? 0);
      }),
    );
  });

  it('is more with more looks at the same run', () => {
    const gapsOf = (looks: number) => Array.from({ length: looks }, () => 1_200 / looks);
    const costs = [1, 2, 4, 8, 16, 32, 64, 128].map((looks) => costOf(lookedAt(gapsOf(looks))).dollars);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
  });

  it('is not less for a look in between, but for a lap that falls at another moment', () => {
    const gap = fc.integer({ min: 1, max: 120 });
    const gaps = fc.array(gap, { maxLength: 40 });
    fc.assert(
      fc.property(gaps, gap, gap, gaps, (before, a, b, after) => {
        const fewer = costOf(lookedAt([...before, a + b, ...after])).dollars;
        const more = costOf(lookedAt([...before, a, b, ...after])).dollars;
        expect(more).toBeGreaterThan(fewer - 3.5 * PRICES.transition);
      }),
    );
  });

  it('tells looks that are waited for within the function from laps of the machine', () => {
    // Start and look: the beginning, and one lap.
    expect(costOf(lookedAt([20])).transitions).toBe(5);
    expect(costOf(lookedAt([20, 20, 20])).transitions).toBe(5);
    // No longer than 75 s in all.
    expect(costOf(lookedAt([20, 25, 25, 25, 25])).transitions).toBe(8);
    expect(costOf(lookedAt([20, 26])).transitions).toBe(8);
    // Where the timeline says what the wait was, that counts: a slow platform makes no lap.
    const slow = [...lookedAt([20]).slice(0, -1), line(21, 'look', 'RUNNING', { nextLookInMs: 24_900 })];
    expect(costOf([...slow, line(49, 'look', 'RUNNING')]).transitions).toBe(5);
  });

  it('says nothing of a run that was over with its acceptance but what asking for it has cost', () => {
    expect(costOf([line(0, 'accepted', 'FALLOUT')])).toMatchObject({ transitions: 0 });
  });

  it('counts what a wait in line costs: two executions, and nothing between them', () => {
    const parked = line(1, 'held', 'ACCEPTED', { parked: true });
    expect(costOf([line(0, 'accepted', 'ACCEPTED'), parked]).transitions).toBe(4);
    const turn = line(4_000, 'decision', 'ACCEPTED');
    const start = [line(4_000, 'intent', 'STARTING', { slot: true }), line(4_001, 'ended', 'SUCCEEDED')];
    // The second execution: begun, slot given back, ended.
    expect(costOf([line(0, 'accepted', 'ACCEPTED'), parked, turn, ...start]).transitions).toBe(4 + 2 + 2 + 2);
  });

  it('copes with what it does not know, such as lines of a later version', () => {
    const odd: readonly CostedEvent[] = [
      { at: 'no time', type: 'dream' },
      { at: 'none', type: 'ended', data: {} },
    ];
    const { dollars } = costOf(odd);
    expect(dollars).toBeGreaterThanOrEqual(0);
  });
});
