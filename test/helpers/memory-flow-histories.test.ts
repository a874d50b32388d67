import { describeFlowHistories, type HistoryWorld } from '../contracts/flow-histories.ts';
import { createMemoryFlowHistories } from './memory-flow-histories.ts';

let now = Date.parse('2026-11-22T10:00:00Z');
const world: HistoryWorld = {
  histories: createMemoryFlowHistories(() => now),
  now: () => now,
  advance: (ms) => {
    now += ms;
  },
};

describeFlowHistories('memory', () => world);
