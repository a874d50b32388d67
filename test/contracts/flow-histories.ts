/** What every keeper of histories owes its callers. */
import { describe, expect, it } from 'vitest';
import type { FlowHistories } from '../../lib/workflow/ports.ts';
import { exactly } from '../helpers/took.ts';

export interface HistoryWorld {
  readonly histories: FlowHistories;
  now(): number;
  advance(ms: number): void;
}

let flows = 0;
function newKey(): string {
  flows += 1;
  return `flow-${flows}/acme`;
}

export function describeFlowHistories(name: string, open: () => HistoryWorld): void {
  /** Runs that end one after another, a minute apart. */
  const rememberAll = async (key: string, durationsMs: readonly number[]) => {
    for (const durationMs of durationsMs) {
      open().advance(60_000);
      await open().histories.remember(key, exactly(durationMs));
    }
  };
  /** Around five minutes, no two alike. */
  const usual = (count: number) => Array.from({ length: count }, (_, index) => 300_000 + ((index * 37) % 101));

  describe(`${name} as the keeper of histories`, () => {
    it('knows nothing of a flow that never ended a run', async () => {
      expect(await open().histories.get(newKey())).toBeUndefined();
    });

    it('remembers how long runs took, and of the newest four when they ended', async () => {
      const key = newKey();
      await rememberAll(key, [10, 20, 30, 40, 50]);
      expect(await open().histories.get(key)).toEqual({
        durationsMs: [10, 20, 30, 40, 50],
        recentMs: [20, 30, 40, 50],
        recentAt: [3, 2, 1, 0].map((minutes) => open().now() - minutes * 60_000),
      });
    });

    it('gives several in the order of the keys, also those that it does not know, also one that is named twice', async () => {
      const [one, two, unknown] = [newKey(), newKey(), newKey()];
      await rememberAll(one, [10]);
      await rememberAll(two, [20]);
      const found = await open().histories.getMany([two, unknown, one, two]);
      expect(found.map((history) => history?.durationsMs)).toEqual([[20], undefined, [10], [20]]);
      expect(await open().histories.getMany([])).toEqual([]);
    });

    it('remembers whole milliseconds, which are all that anybody measures', async () => {
      const key = newKey();
      await rememberAll(key, [1_234.56]);
      expect((await open().histories.get(key))?.durationsMs).toEqual([1_235]);
    });

    it('remembers a moment of a span, most likely one at which runs have ended before', async () => {
      const key = newKey();
      await rememberAll(key, usual(40));
      for (let ended = 0; ended < 20; ended += 1) {
        open().advance(60_000);
        await open().histories.remember(key, { fromMs: 20_000, toMs: 320_000 });
      }
      const { durationsMs = [] } = (await open().histories.get(key)) ?? {};
      expect(durationsMs).toHaveLength(60);
      expect(durationsMs.filter((ms) => ms < 300_000).length).toBeLessThanOrEqual(4);
    });

    it('remembers sixty-four runs, and the newest instead of any of them', async () => {
      const key = newKey();
      await rememberAll(key, [...usual(70), 300_777]);
      const history = await open().histories.get(key);
      expect(history?.durationsMs).toHaveLength(64);
      expect(history?.durationsMs).toContain(300_777);
      expect(history?.recentMs.at(-1)).toBe(300_777);
    });

    it('forgets what a flow was like when it has changed, and learns it anew', async () => {
      const key = newKey();
      const slower = [900_001, 900_002, 900_003, 900_004];
      await rememberAll(key, [...usual(30), ...slower]);
      expect((await open().histories.get(key))?.durationsMs).toEqual(slower);
      await rememberAll(key, [900_005]);
      expect((await open().histories.get(key))?.durationsMs).toEqual([...slower, 900_005]);
    });

    it('remembers about ten a second of a flow that ends a hundred a second: one item cannot be written by everybody', async () => {
      const key = newKey();
      for (let ended = 0; ended < 200; ended += 1) {
        open().advance(10);
        await open().histories.remember(key, exactly(300_000 + ((ended * 37) % 101)));
      }
      const { durationsMs = [] } = (await open().histories.get(key)) ?? {};
      expect(durationsMs.length).toBeGreaterThanOrEqual(12);
      expect(durationsMs.length).toBeLessThanOrEqual(24);
    });
  });
}
