import { describe, expect, it } from 'vitest';
import {
  durationIn,
  type FlowHistory,
  hasChanged,
  howToRemember,
  RECENT_RUNS,
  REMEMBERED_RUNS,
  type Remembering,
  type Took,
  usualOf,
} from '../../lib/polling/flow-history.ts';
import { seeded } from '../helpers/random.ts';

const MINUTE = 60_000;
const never = () => 0.999;

function historyOf(
  durationsMs: readonly number[],
  recentMs: readonly number[] = durationsMs.slice(-RECENT_RUNS),
): FlowHistory {
  return { durationsMs, recentMs, recentAt: recentMs.map((_, index) => index * MINUTE) };
}

function around(middleMs: number, runs: number): readonly number[] {
  return Array.from({ length: runs }, (_, index) => middleMs * (0.9 + (0.2 * ((index * 7) % runs)) / runs));
}

/** What a store does with a duration. */
function remembered(
  history: FlowHistory | undefined,
  ms: number,
  now: number,
  random: () => number,
): { readonly how: Remembering; readonly history: FlowHistory } {
  const { durationsMs, recentMs, recentAt } = history ?? historyOf([]);
  const how = howToRemember(history, ms, now, random);
  const recent = { recentMs: [...recentMs, ms].slice(-4), recentAt: [...recentAt, now].slice(-4) };
  if (how.kind === 'skip') return { how, history: { durationsMs, recentMs, recentAt } };
  if (how.kind === 'reset') return { how, history: { durationsMs: how.durationsMs, ...recent } };
  if (how.kind === 'append') return { how, history: { durationsMs: [...durationsMs, ms], ...recent } };
  return { how, history: { durationsMs: durationsMs.with(how.slot, ms), ...recent } };
}

describe('what is remembered of a flow', () => {
  it('is every run up to 64, then each replaces one by chance, so that old runs fade', () => {
    expect(howToRemember(undefined, 1, 0, never)).toEqual({ kind: 'append' });
    const full = historyOf(around(MINUTE, REMEMBERED_RUNS));
    const short = historyOf(full.durationsMs.slice(1));
    expect(howToRemember(short, MINUTE, 1e9, never)).toEqual({ kind: 'append' });
    expect(howToRemember(full, MINUTE, 1e9, never)).toEqual({ kind: 'replace', slot: 63 });
    expect(howToRemember(full, MINUTE, 1e9, () => 0)).toEqual({ kind: 'replace', slot: 0 });
  });

  it('is not written more than ten times a second, because it is one item', () => {
    const random = seeded(1);
    let history: FlowHistory | undefined;
    let writes = 0;
    for (let now = 1e9; now < 1e9 + 10_000; now += 1) {
      const next = remembered(history, MINUTE * (0.9 + 0.2 * random()), now, random);
      history = next.history;
      if (next.how.kind !== 'skip') writes += 1;
    }
    expect(writes).toBeGreaterThan(80);
    expect(writes).toBeLessThanOrEqual(104);
  });

  it('is written again although a clock was far ahead once', () => {
    const ahead = { ...historyOf(around(MINUTE, 20)), recentAt: [9e12, 9e12, 9e12, 9e12] };
    expect(howToRemember(ahead, MINUTE, 1e9, never).kind).toBe('append');
  });

  it('starts again with the newest four when all of them left the band of the others', () => {
    const [slower, faster] = [around(3 * MINUTE, 3), around(MINUTE / 3, 3)];
    const before = around(MINUTE, 40);
    for (const three of [slower, faster]) {
      const history = historyOf([...before, ...three], three);
      const fourth = three[0] ?? 0;
      expect(howToRemember(history, fourth, 1e9, never)).toEqual({ kind: 'reset', durationsMs: [...three, fourth] });
      expect(howToRemember(history, MINUTE, 1e9, never).kind).toBe('append');
    }
  });

  it('sees no change in four that left the band on either side, nor in a short history', () => {
    const before = around(MINUTE, 40);
    expect(hasChanged(historyOf([...before, 1, 1, 1e9, 1e9]))).toBe(false);
    expect(hasChanged(historyOf([...before, 1, 1, 1, 1]))).toBe(true);
    expect(hasChanged(historyOf([...around(MINUTE, 15), 1, 1, 1, 1]))).toBe(false);
    expect(hasChanged(historyOf([...before, 1, 1, 1], [1, 1, 1]))).toBe(false);
  });

  it('hardly ever sees a change where there is none', () => {
    const random = seeded(7);
    let history: FlowHistory | undefined;
    let resets = 0;
    for (let run = 0; run < 20_000; run += 1) {
      const next = remembered(history, -MINUTE * Math.log(1 - random()), 1e9 + run * MINUTE, random);
      history = next.history;
      if (next.how.kind === 'reset') resets += 1;
    }
    expect(resets).toBeLessThanOrEqual(16);
  });
});

describe('what a flow usually takes', () => {
  it('is not said before five runs', () => {
    expect(usualOf(undefined)).toBeUndefined();
    expect(usualOf(historyOf(around(MINUTE, 4)))).toBeUndefined();
    expect(usualOf(historyOf(around(MINUTE, 5)))).toMatchObject({ runs: 5 });
    expect(usualOf(historyOf(around(MINUTE, 66)))?.runs).toBe(64);
  });

  it('is the middle, and times that few runs pass although only 64 were seen', () => {
    const random = seeded(3);
    const draw = () => MINUTE * Math.exp(0.5 * (random() + random() + random() + random() - 2));
    let [over50, over95, over99] = [0, 0, 0];
    const runs = 400 * 50;
    for (let round = 0; round < 400; round += 1) {
      const usual = usualOf(historyOf(Array.from({ length: 64 }, draw)));
      for (let run = 0; run < 50; run += 1) {
        const ms = draw();
        if (ms > (usual?.p50Ms ?? 0)) over50 += 1;
        if (ms > (usual?.p95Ms ?? 0)) over95 += 1;
        if (ms > (usual?.p99Ms ?? 0)) over99 += 1;
      }
    }
    expect(over50 / runs).toBeCloseTo(0.5, 1);
    expect(over95 / runs).toBeGreaterThan(0.03);
    expect(over95 / runs).toBeLessThan(0.07);
    expect(over99 / runs).toBeGreaterThan(0.001);
    expect(over99 / runs).toBeLessThan(0.02);
  });
});

describe('the moment at which a run ended that was seen going, and then ended', () => {
  const random = seeded(11);
  const drawn = (durationsMs: readonly number[], took: Took) => {
    const history = durationsMs.length === 0 ? undefined : { durationsMs, recentMs: [], recentAt: [] };
    return Array.from({ length: 2_000 }, () => durationIn(history, took, random));
  };

  it('may be any of the last gap when nothing is known, so that plans do not creep away from their own looks', () => {
    const all = drawn([], { fromMs: 40_000, toMs: 60_000 });
    expect(all.reduce((sum, ms) => sum + ms, 0) / all.length).toBeCloseTo(50_000, -3);
    expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(19_000);
  });

  it('is one at which runs of the flow have ended, so that a wide gap does not blur what is known of it', () => {
    const known = Array.from({ length: 60 }, (_, index) => 280_000 + index * 500);
    const all = drawn(known, { fromMs: 20_000, toMs: 305_000 });
    expect(all.every((ms) => known.includes(ms))).toBe(true);
    expect(new Set(all).size).toBeGreaterThan(20);
  });

  it('is never one at the edge of those, or what was wrong once would be drawn again and never forgotten', () => {
    const known = [50_000, ...Array.from({ length: 30 }, (_, index) => 280_000 + index * 500), 304_900];
    const all = drawn(known, { fromMs: 20_000, toMs: 305_000 });
    expect(Math.min(...all)).toBeGreaterThan(280_000);
    expect(Math.max(...all)).toBeLessThan(304_900);
  });

  it('may be any, too, where hardly any run ended before: the flow may have changed', () => {
    const known = Array.from({ length: 60 }, (_, index) => 280_000 + index * 500);
    const all = drawn(known, { fromMs: 20_000, toMs: 282_000 });
    expect(Math.min(...all)).toBeLessThan(30_000);
    expect(all.filter((ms) => known.includes(ms)).length).toBeLessThan(20);
  });

  it('is the one that is known to the millisecond', () => {
    expect(new Set(drawn([1_000, 2_000], { fromMs: 1_500, toMs: 1_500 }))).toEqual(new Set([1_500]));
  });
});
