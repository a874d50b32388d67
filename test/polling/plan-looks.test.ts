import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowHistory } from '../../lib/polling/flow-history.ts';
import { nextLookMs } from '../../lib/polling/next-look.ts';
import { planAt, planLooks } from '../../lib/polling/plan-looks.ts';
import { seed, seeded } from '../helpers/random.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const durations = fc.array(fc.integer({ min: 0, max: 40 * HOUR }), { minLength: 1, maxLength: 80 });

function historyOf(durationsMs: readonly number[], spacingMs = HOUR): FlowHistory {
  const recentMs = durationsMs.slice(-4);
  return { durationsMs, recentMs, recentAt: recentMs.map((_, index) => 1e12 + index * spacingMs) };
}

/** Nearly the same each time. */
function steady(middleMs: number, runs: number): readonly number[] {
  return Array.from({ length: runs }, (_, index) => middleMs * (0.85 + (0.3 * (index + 0.5)) / runs));
}

/** Exponential, evenly. */
function spread(meanMs: number, runs: number): readonly number[] {
  return Array.from({ length: runs }, (_, index) => -meanMs * Math.log(1 - (index + 0.5) / runs));
}

/** The looks of one run until its end, in seconds. */
function looksOf(plan: ReturnType<typeof planLooks>, endMs: number, run = 'run'): readonly number[] {
  const looks: number[] = [];
  for (let elapsedMs = 0; elapsedMs < endMs; ) {
    const wait = nextLookMs({ elapsedMs, seed: run, plan, remainingMs: Number.MAX_SAFE_INTEGER });
    elapsedMs += Math.ceil(wait / 1_000) * 1_000;
    looks.push(elapsedMs / 1_000);
  }
  return looks;
}

function meanLagMs(plan: ReturnType<typeof planLooks>, durationsMs: readonly number[], runs = 8): number {
  let lag = 0;
  for (const ms of durationsMs)
    for (let run = 0; run < runs; run += 1) lag += (looksOf(plan, ms, `run_${run}`).at(-1) ?? 0) * 1_000 - ms;
  return lag / durationsMs.length / runs;
}

describe('a plan of looks', () => {
  it(`has at most 24 ascending whole seconds, none later than four times the slowest run (seed ${seed})`, () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 1_000, noNaN: true }), fc.boolean(), (ms, cost, isStrict) => {
        const { atSeconds } = planAt(ms, { lookCostSeconds: cost, isStrict });
        expect(atSeconds.length).toBeGreaterThan(0);
        expect(atSeconds.length).toBeLessThanOrEqual(24);
        expect(atSeconds.every(Number.isInteger)).toBe(true);
        expect(atSeconds.every((at, index) => at > (atSeconds[index - 1] ?? 0))).toBe(true);
        expect(atSeconds.at(-1)).toBeLessThanOrEqual(Math.max(2, Math.ceil((4 * Math.max(...ms)) / 1_000)));
      }),
      { seed },
    );
  });

  it('is made from a single run, and from none there is no plan, with or without a budget', () => {
    expect(planLooks(historyOf([MINUTE]))?.atSeconds.length).toBeGreaterThan(1);
    expect(planLooks(undefined)).toBeUndefined();
    expect(planLooks(historyOf([]))).toBeUndefined();
    expect(planLooks(undefined, { share: 0.05 })).toBeUndefined();
  });

  it('says what the flow usually takes, once that is known', () => {
    expect(planLooks(historyOf(steady(MINUTE, 4)))?.usual).toBeUndefined();
    expect(planLooks(historyOf(steady(MINUTE, 64)))?.usual?.p50Ms).toBeCloseTo(MINUTE, -3);
  });

  it('waits for where runs end, and looks densely there', () => {
    const { atSeconds } = planAt(steady(300_000, 64), { lookCostSeconds: 3, isStrict: false });
    const within = atSeconds.filter((at) => at >= 250 && at <= 350);
    expect(within.length).toBeGreaterThanOrEqual(4);
    expect(atSeconds.filter((at) => at < 240)).toHaveLength(1);
  });

  it('leaves room beside the runs while it has seen only a few', () => {
    const { atSeconds } = planAt(
      [280, 290, 300, 310, 320].map((at) => at * 1_000),
      { lookCostSeconds: 3, isStrict: false },
    );
    expect(atSeconds.some((at) => at > 240 && at < 280)).toBe(true);
  });

  it('ends where it would look less often than looks that know nothing, because that far out nobody does', () => {
    for (const cost of [1, 3, 10]) {
      const plan = planAt(steady(300_000, 64), { lookCostSeconds: cost, isStrict: false });
      const looks = looksOf(plan, HOUR).filter((at) => at > 390);
      for (const [index, at] of looks.entries()) {
        const before = looks[index - 1] ?? at;
        expect(at - before).toBeLessThanOrEqual(1.5 * Math.sqrt(2 * cost * before) + cost + 1);
      }
    }
  });

  it('does not blur groups of runs into each other', () => {
    const groups = [...steady(60_000, 32), ...steady(600_000, 32)];
    const { atSeconds } = planAt(groups, { lookCostSeconds: 2, isStrict: false });
    expect(atSeconds.filter((at) => at > 120 && at < 480).length).toBeLessThanOrEqual(2);
    expect(atSeconds.filter((at) => at >= 480 && at <= 720).length).toBeGreaterThanOrEqual(3);
    expect(atSeconds.filter((at) => at >= 48 && at <= 75).length).toBeGreaterThanOrEqual(2);
  });

  const earlyOf = (durationsMs: readonly number[], middle: number) =>
    planLooks(historyOf(durationsMs))?.atSeconds.filter((at) => at * 1_000 < middle / 5) ?? [];

  it('keeps one early look for runs that fail, on steady flows that are long enough for it to be worth a look', () => {
    for (const middle of [1.5 * HOUR, 5 * HOUR]) expect(earlyOf(steady(middle, 64), middle)).toHaveLength(1);
    expect(earlyOf(steady(300_000, 64), 300_000)).toEqual([]);
  });

  it('looks early on any flow whose runs have ended early, or of which little is known', () => {
    const failed = [2_000, 2_100, 2_200, 2_300, 2_400, 2_500];
    expect(earlyOf([...steady(300_000, 58), ...failed], 300_000).length).toBeGreaterThanOrEqual(1);
    expect(earlyOf(steady(300_000, 20), 300_000).length).toBeGreaterThanOrEqual(1);
  });

  it('costs no more than a fixed interval that is tuned to a flow without memory', () => {
    const ms = spread(MINUTE, 64);
    const plan = planAt(ms, { lookCostSeconds: 3, isStrict: false });
    const cost = (looks: (end: number) => readonly number[]) =>
      ms.reduce((sum, end) => sum + (looks(end).at(-1) ?? 0) - end / 1_000 + 3 * looks(end).length, 0) / ms.length;
    const tuned = (end: number) => Array.from({ length: Math.ceil(end / 19_000) }, (_, index) => 19 * (index + 1));
    expect(cost((end) => looksOf(plan, end))).toBeLessThanOrEqual(1.1 * cost(tuned));
  });
});

describe('what a look is worth', () => {
  it('is two per cent of the median, between a second and a minute', () => {
    const costs = [10_000, 300_000, 20 * HOUR].map(
      (middle) => planLooks(historyOf(steady(middle, 64)))?.lookCostSeconds ?? 0,
    );
    expect(costs[0]).toBe(1);
    expect(costs[1]).toBeCloseTo(6, 1);
    expect(costs[2]).toBe(60);
  });

  it('follows from a lag budget: the mean lag keeps to the larger of share and time', () => {
    const flows = [
      steady(300_000, 64),
      spread(10 * MINUTE, 64),
      spread(HOUR, 12),
      [...steady(2_000, 9), ...steady(HOUR, 55)],
    ];
    const budgets = [{ share: 0.05 }, { ms: 30_000 }, { ms: 2_000 }, { share: 0.05, ms: 30_000 }, { share: 0.2 }];
    for (const ms of flows) {
      const mean = ms.reduce((sum, value) => sum + value, 0) / ms.length;
      for (const budget of budgets) {
        const plan = planLooks(historyOf(ms), budget);
        const allowed = Math.max((budget.share ?? 0) * mean, budget.ms ?? 0);
        // Eight runs of each duration: the jitter of so few is a little off the middle.
        expect(meanLagMs(plan, ms)).toBeLessThanOrEqual(allowed * 1.1);
      }
    }
  });

  it('is as much as the budget allows, so that no look is made for nothing', () => {
    const ms = spread(10 * MINUTE, 64);
    const looks = (budget: { readonly ms: number }) => {
      const plan = planLooks(historyOf(ms), budget);
      return ms.reduce((sum, end) => sum + looksOf(plan, end).length, 0) / ms.length;
    };
    expect(looks({ ms: 60_000 })).toBeLessThan(looks({ ms: 30_000 }) / 1.4);
    const lag = meanLagMs(planLooks(historyOf(ms), { ms: 30_000 }), ms);
    expect(lag).toBeGreaterThan(24_000);
  });
});

describe('the strict guard', () => {
  it('is up below 64 runs, and where many are under way', () => {
    expect(planLooks(historyOf(steady(MINUTE, 63)))?.isStrict).toBe(true);
    expect(planLooks(historyOf(steady(MINUTE, 64)))?.isStrict).toBeUndefined();
    expect(planLooks(historyOf(steady(MINUTE, 64), 3_000))?.isStrict).toBe(true);
  });

  it(`lets nothing wait longer than 10 s or eight times what has passed (seed ${seed})`, () => {
    fc.assert(
      fc.property(durations, fc.integer({ min: 0, max: 50 * HOUR }), fc.string(), (ms, elapsedMs, run) => {
        const plan = planAt(ms, { lookCostSeconds: 60, isStrict: true });
        const wait = nextLookMs({ elapsedMs, seed: run, plan, remainingMs: Number.MAX_SAFE_INTEGER });
        expect(Math.ceil(wait / 1_000) * 1_000).toBeLessThanOrEqual(Math.max(10_000, 8 * elapsedMs));
      }),
      { seed },
    );
  });

  it('holds for looks that were not planned, so that none of them is followed by a long wait', () => {
    const plan = { atSeconds: [8, 48, 240], lookCostSeconds: 3, isStrict: true } as const;
    for (let run = 0; run < 50; run += 1) {
      const wait = nextLookMs({ elapsedMs: 7_600, seed: `${run}`, plan, remainingMs: HOUR });
      expect(wait).toBeLessThanOrEqual(60_000);
      expect(nextLookMs({ elapsedMs: 100, seed: `${run}`, plan, remainingMs: HOUR })).toBeLessThanOrEqual(10_000);
      expect(
        nextLookMs({ elapsedMs: 20_000, seed: `${run}`, plan: { ...plan, atSeconds: [400] }, remainingMs: HOUR }),
      ).toBe(160_000);
    }
  });

  it('is kept by the plan itself, spread and all, so that no look is made only because of it', () => {
    const random = seeded(5);
    for (let round = 0; round < 200; round += 1) {
      const middle = 10_000 * 1.1 ** (round % 100);
      const plan = planAt(steady(middle, 1 + Math.floor(random() * 60)), { lookCostSeconds: 3, isStrict: true });
      const { isStrict: _, ...open } = plan;
      const later = (looks: readonly number[]) => looks.filter((look) => look > 12);
      expect(later(looksOf(plan, middle, `${round}`))).toEqual(later(looksOf(open, middle, `${round}`)));
    }
  });
});
