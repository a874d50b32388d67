import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LookPlan } from '../../lib/domain/look-plan.ts';
import { expectedEndMs, nextLook, nextLookMs, nextTry, nextWaitingLook, tookOf } from '../../lib/polling/next-look.ts';
import { planAt } from '../../lib/polling/plan-looks.ts';
import { seed, seeded } from '../helpers/random.ts';

const HOUR = 3_600_000;
const moment = { elapsedMs: 0, seed: 'run', remainingMs: 1_000 * HOUR };
const steady: LookPlan = { atSeconds: [40, 260, 280, 300, 320, 350], lookCostSeconds: 6 };

interface Walk {
  readonly plan?: LookPlan;
  readonly budget?: { readonly share?: number; readonly ms?: number };
  readonly run?: string;
  readonly untilMs: number;
  /** How late a look comes; negative: early. */
  readonly lateMs?: (look: number) => number;
}

function walk({ plan, budget, run = 'run', untilMs, lateMs = () => 0 }: Walk): readonly number[] {
  const looks: number[] = [];
  for (let elapsedMs = 0; elapsedMs < untilMs; ) {
    const wait = nextLookMs({ ...moment, elapsedMs, seed: run, plan, budget });
    elapsedMs += Math.max(1, wait + lateMs(looks.length));
    looks.push(elapsedMs);
  }
  return looks;
}

describe('the next look', () => {
  it('of a flow that nobody knows follows c/2·k² seconds, every run with a phase of its own', () => {
    const looks = Array.from({ length: 40 }, (_, run) => walk({ run: `${run}`, untilMs: HOUR }));
    for (const one of looks) {
      expect(one.length).toBeGreaterThan(46);
      expect(one.length).toBeLessThan(52);
    }
    const at30 = looks.map((one) => one.find((at) => at >= 900_000) ?? 0);
    expect(Math.max(...at30) - Math.min(...at30)).toBeGreaterThan(40_000);
  });

  it('follows the plan: each of its looks once, moved by less than half the gap beside it', () => {
    for (let run = 0; run < 50; run += 1) {
      const looks = walk({ plan: steady, run: `${run}`, untilMs: 340_000 });
      expect(looks).toHaveLength(6);
      for (const [index, at] of looks.entries()) {
        const planned = (steady.atSeconds[index] ?? 0) * 1_000;
        expect(Math.abs(at - planned)).toBeLessThanOrEqual(index === 0 ? 12_000 : 10_000);
      }
    }
  });

  it(`is no planned look a second time, although looks come early or late (seed ${seed})`, () => {
    const random = seeded(seed);
    for (let run = 0; run < 200; run += 1) {
      const exact = walk({ plan: steady, run: `${run}`, untilMs: 355_000 });
      const shaken = walk({
        plan: steady,
        run: `${run}`,
        untilMs: 355_000,
        lateMs: (look) => (look === 0 ? 4_500 : 2_000) * (2 * random() - 1),
      });
      expect(shaken.length).toBeLessThanOrEqual(exact.length + 1);
      const gaps = shaken.map((at, index) => at - (shaken[index - 1] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThan(5_000);
    }
  });

  it('does not repeat looks at a two-hour job of an unknown flow', () => {
    for (let run = 0; run < 20; run += 1) {
      const looks = walk({ run: `${run}`, untilMs: 2 * HOUR, lateMs: (look) => (look % 2 === 0 ? -600 : 900) });
      expect(looks.length).toBeLessThan(72);
    }
  });

  it(`is the same whoever asks, and whatever happened before (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.integer({ min: 0, max: 400_000 })), (run, detours) => {
        const planned = walk({ plan: steady, run, untilMs: 355_000 });
        for (const elapsedMs of detours) {
          const wait = nextLookMs({ ...moment, plan: steady, seed: run, elapsedMs });
          expect(wait).toBe(nextLookMs({ ...moment, plan: steady, seed: run, elapsedMs }));
          if (elapsedMs + wait < 355_000 && wait > 1_000) expect(planned).toContain(elapsedMs + wait);
        }
      }),
      { seed },
    );
  });

  it('thins out as the square root of what has passed, once the plan is over', () => {
    const looks = walk({ plan: steady, untilMs: 40 * HOUR });
    const gapAt = (ms: number) => {
      const index = looks.findIndex((at) => at > ms);
      return ((looks[index] ?? 0) - (looks[index - 1] ?? 0)) / 1_000;
    };
    for (const hours of [1, 4, 16]) expect(gapAt(hours * HOUR) / Math.sqrt(2 * 6 * hours * 3_600)).toBeCloseTo(1, 1);
  });

  it('goes on from the last gaps of a plan that was full, since runs still end there', () => {
    const full: LookPlan = {
      atSeconds: Array.from({ length: 24 }, (_, index) => 60 * (index + 1)),
      lookCostSeconds: 60,
    };
    const looks = walk({ plan: full, untilMs: 2_000_000 }).map((ms) => ms / 1_000);
    const past = looks.filter((at) => at > 1_460);
    expect((past[1] ?? 0) - (past[0] ?? 0)).toBeLessThan(70);
  });

  it('spreads a herd of 10,000 runs that began in the same second', () => {
    const plans = [planAt(spreadOut(45_000), { lookCostSeconds: 3, isStrict: false }), steady, undefined];
    for (const plan of plans) {
      const looks = new Map<number, number>();
      for (let run = 0; run < 10_000; run += 1) {
        for (const at of walk({ ...(plan === undefined ? {} : { plan }), run: `run_${run}`, untilMs: 60_000 })) {
          const second = Math.ceil(at / 1_000);
          if (second > 10) looks.set(second, (looks.get(second) ?? 0) + 1);
        }
      }
      expect(Math.max(...looks.values())).toBeLessThan(2_500);
    }
  });

  it('never waits less than Retry-After says, nor past the deadline', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: HOUR }),
        fc.integer({ min: 0, max: 2 * HOUR }),
        fc.constantFrom(undefined, steady, { ...steady, isStrict: true as const }),
        (retryAfterMs, remainingMs, plan) => {
          const progress = { percentage: 90 };
          const wait = nextLookMs({ ...moment, elapsedMs: 50_000, plan, progress, retryAfterMs, remainingMs });
          expect(wait).toBeGreaterThanOrEqual(Math.min(retryAfterMs, remainingMs));
          expect(wait).toBeLessThanOrEqual(remainingMs);
        },
      ),
    );
  });
});

describe('why the next look is when it is', () => {
  const usual = { p05Ms: 260_000, p50Ms: 300_000, p95Ms: 320_000, p99Ms: 350_000, runs: 64 };
  const learnt: LookPlan = { ...steady, usual };
  const at100 = { ...moment, plan: learnt, elapsedMs: 100_000 };

  it('is the plan learnt, and that little is known where there is none, or one of too few runs to speak of', () => {
    expect(nextLook(at100).why).toBe('usual');
    expect(nextLook({ ...at100, elapsedMs: 2 * HOUR }).why).toBe('usual');
    for (const plan of [undefined, steady]) expect(nextLook({ ...at100, plan }).why).toBe('early');
    expect(nextLook({ ...moment, budget: { share: 0.1 } }).why).toBe('early');
  });

  it('is not the plan where a flow of few runs is looked at sooner than planned, in case it has changed', () => {
    const few = { ...learnt, usual: { ...usual, runs: 20 }, isStrict: true } as const;
    expect(nextLook({ ...moment, plan: few, elapsedMs: 0 })).toEqual({ waitMs: 10_000, why: 'early' });
    expect(nextLook({ ...at100, plan: few })).toEqual({ ...nextLook(at100), why: 'usual' });
    expect(nextLook({ ...moment, plan: { ...learnt, isStrict: true }, elapsedMs: 0 }).why).toBe('usual');
  });

  it('is the percentage, the Retry-After or the deadline only where that one decides', () => {
    const planned = nextLook(at100).waitMs;
    expect(nextLook({ ...at100, progress: { percentage: 80 } })).toEqual({ waitMs: 17_500, why: 'progress' });
    expect(nextLook({ ...at100, progress: { percentage: 21 } }).why).toBe('usual');
    expect(nextLook({ ...at100, retryAfterMs: planned + 1 })).toEqual({ waitMs: planned + 1, why: 'retry-after' });
    expect(nextLook({ ...at100, retryAfterMs: planned }).why).toBe('usual');
    expect(nextLook({ ...at100, remainingMs: planned - 1 })).toEqual({ waitMs: planned - 1, why: 'deadline' });
    expect(nextLook({ ...at100, remainingMs: planned }).why).toBe('usual');
    const late = { ...at100, retryAfterMs: planned + 5, remainingMs: planned + 4 };
    expect(nextLook(late)).toEqual({ waitMs: planned + 4, why: 'deadline' });
  });

  it('is a person who is waited for, or that the last look told nothing', () => {
    expect(nextWaitingLook(moment, 3).why).toBe('waiting');
    expect(nextWaitingLook({ ...moment, remainingMs: 500 }, 3)).toEqual({ waitMs: 500, why: 'deadline' });
    expect(nextTry(moment, 2).why).toBe('trouble');
    expect(nextTry({ ...moment, retryAfterMs: 90_000 }, 2)).toEqual({ waitMs: 90_000, why: 'retry-after' });
  });

  it('changes nothing of when it is', () => {
    for (const elapsedMs of [0, 5_000, 100_000, 330_000, HOUR])
      expect(nextLookMs({ ...at100, elapsedMs })).toBe(nextLook({ ...at100, elapsedMs }).waitMs);
  });
});

describe('a lag budget without a history', () => {
  it('makes gaps of twice what is allowed: a time at first, a share of what has passed later', () => {
    const looks = walk({ budget: { share: 0.05, ms: 10_000 }, untilMs: 10 * HOUR });
    for (const [index, at] of looks.entries()) {
      const before = looks[index - 1] ?? 0;
      if (index === 0) continue;
      expect(at - before).toBeLessThanOrEqual(2 * Math.max(0.05 * before, 10_000) + 1_500);
      expect(at - before).toBeGreaterThanOrEqual(2 * Math.max(0.05 * before, 10_000) * 0.9 - 1_500);
    }
  });

  it('takes a share alone, or a time alone', () => {
    expect(walk({ budget: { ms: 30_000 }, untilMs: HOUR }).length).toBeCloseTo(60, -0.5);
    const shares = walk({ budget: { share: 0.1 }, untilMs: HOUR });
    expect((shares.at(-1) ?? 0) / (shares.at(-2) ?? 1)).toBeCloseTo(1.2, 1);
  });
});

describe('percentages that may be trusted', () => {
  const at100 = { ...moment, plan: steady, elapsedMs: 100_000 };

  it('bring a look forward to seven tenths of what is left', () => {
    expect(nextLookMs({ ...at100, progress: { percentage: 80 } })).toBe(17_500);
    expect(nextLookMs({ ...at100, progress: { percentage: 80, atMs: 90_000 } })).toBe(8_750);
  });

  it('never put one off, and say nothing up to 20 % or at the end', () => {
    const planned = nextLookMs(at100);
    for (const percentage of [0, 10, 20, 21, 100, 130, Number.NaN])
      expect(nextLookMs({ ...at100, progress: { percentage } })).toBe(planned);
  });

  it('are not believed once they were wrong, and never bring looks closer than one is worth', () => {
    const planned = nextLookMs(at100);
    expect(nextLookMs({ ...at100, progress: { percentage: 95, atMs: 20_000 } })).toBe(planned);
    expect(nextLookMs({ ...at100, progress: { percentage: 99 } })).toBe(6_000);
  });
});

describe('looks that follow no plan', () => {
  it('slow down from under 30 s to 15 min while a person is waited for', () => {
    const waits = Array.from({ length: 12 }, (_, looks) => nextWaitingLook(moment, looks).waitMs);
    expect(waits[0]).toBeLessThan(30_000);
    expect(waits.at(-1)).toBeGreaterThan(800_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(990_000);
  });

  it('try again after a failure within a growing, capped and spread time', () => {
    for (let failures = 1; failures < 30; failures += 1) {
      const { waitMs: wait } = nextTry({ ...moment, seed: `r${failures}` }, failures);
      expect(wait).toBeGreaterThanOrEqual(1_000);
      expect(wait).toBeLessThanOrEqual(Math.min(1_000 * 2 ** failures, 60_000));
    }
  });
});

describe('the end', () => {
  const usual = { p50Ms: 60_000, p95Ms: 90_000, p99Ms: 120_000, runs: 64 };

  it('is expected at the first usual time that lies ahead', () => {
    expect([0, 60_000, 90_000, 120_000].map((elapsedMs) => expectedEndMs(usual, elapsedMs))).toEqual([
      60_000,
      90_000,
      120_000,
      undefined,
    ]);
    expect(expectedEndMs(undefined, 0)).toBeUndefined();
  });

  it('is seen as the platform says it, where that agrees with what was seen, and else between the last two looks', () => {
    const seen = { startedMs: 1e12, seenGoingMs: 1e12 + 40_000, seenEndedMs: 1e12 + 60_000 };
    const between = { fromMs: 40_000, toMs: 60_000 };
    expect(tookOf({ ...seen, finishedMs: 1e12 + 44_000 })).toEqual({ fromMs: 44_000, toMs: 44_000 });
    expect(tookOf({ ...seen, finishedMs: 1e12 + 39_999 })).toEqual(between);
    expect(tookOf({ ...seen, finishedMs: 1e12 + 60_001 })).toEqual(between);
    expect(tookOf(seen)).toEqual(between);
    expect(tookOf({ ...seen, startedMs: 2e12 })).toEqual({ fromMs: 0, toMs: 0 });
  });
});

function spreadOut(medianMs: number): readonly number[] {
  return Array.from({ length: 64 }, (_, index) => medianMs * 4 ** ((index - 31.5) / 32));
}
