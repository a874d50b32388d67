import { durationIn, type FlowHistory, howToRemember, type Remembering } from '../../lib/polling/flow-history.ts';
import type { FlowHistories } from '../../lib/workflow/ports.ts';
import { seeded } from './random.ts';

const LAST = 4;

function kept(durationsMs: readonly number[], how: Remembering, durationMs: number): readonly number[] {
  if (how.kind === 'reset') return how.durationsMs;
  if (how.kind === 'replace') return durationsMs.toSpliced(how.slot, 1, durationMs);
  return [...durationsMs, durationMs];
}

/** Flow histories in memory that pass the same contract suite as the table. */
export function createMemoryFlowHistories(now: () => number, random = seeded(1)): FlowHistories {
  const histories = new Map<string, FlowHistory>();
  const get = (key: string) => structuredClone(histories.get(key));

  return {
    get: async (key) => get(key),
    getMany: async (keys) => keys.map(get),
    async remember(key, took) {
      const durationMs = durationIn(histories.get(key), took, random);
      const { durationsMs = [], recentMs = [], recentAt = [] } = histories.get(key) ?? {};
      const at = now();
      const how = howToRemember(histories.get(key), durationMs, at, random);
      if (how.kind === 'skip') return;
      histories.set(key, {
        durationsMs: kept(durationsMs, how, durationMs),
        recentMs: [...recentMs, durationMs].slice(-LAST),
        recentAt: [...recentAt, at].slice(-LAST),
      });
    },
  };
}
