import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextLookMs, nextTryMs, nextWaitingLookMs, quadraticLookAfter } from '../../lib/polling/next-look.ts';

const HOUR = 3_600_000;
const moment = { elapsedMs: 0, seed: 'run', remainingMs: 24 * HOUR };

describe('when to look next', () => {
  it('follows c/2·k² seconds', () => {
    const times: number[] = [];
    for (let at = 0; times.length < 6; at = times.at(-1) ?? 0) times.push(quadraticLookAfter(at));
    expect(times.map((ms) => ms / 1_000)).toEqual([1.5, 6, 13.5, 24, 37.5, 54]);
  });

  it('jitters by at most a tenth, the same for the same run and moment, different for others', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 24 * HOUR }), (seed, elapsedMs) => {
        const wait = nextLookMs({ ...moment, remainingMs: 100 * HOUR, seed, elapsedMs });
        const plain = Math.min(Math.max(1_000, quadraticLookAfter(elapsedMs) - elapsedMs), 43_200_000);
        expect(wait).toBe(nextLookMs({ ...moment, remainingMs: 100 * HOUR, seed, elapsedMs }));
        expect(wait).toBeGreaterThanOrEqual(Math.max(1_000, plain * 0.9 - 1));
        expect(wait).toBeLessThanOrEqual(plain * 1.1 + 1);
      }),
    );
    const waits = new Set(
      Array.from({ length: 100 }, (_, index) => nextLookMs({ ...moment, elapsedMs: HOUR, seed: `${index}` })),
    );
    expect(waits.size).toBeGreaterThan(80);
  });

  it('never waits less than Retry-After says, nor past the deadline', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: HOUR }),
        fc.integer({ min: 0, max: 2 * HOUR }),
        (retryAfterMs, remainingMs) => {
          const wait = nextLookMs({ ...moment, retryAfterMs, remainingMs });
          expect(wait).toBeGreaterThanOrEqual(Math.min(retryAfterMs, remainingMs));
          expect(wait).toBeLessThanOrEqual(remainingMs);
        },
      ),
    );
  });

  it('follows a plan of absolute times while there is one, and the quadratic rule beyond it', () => {
    const planMs = [60_000, 120_000];
    expect(nextLookMs({ ...moment, planMs })).toBeGreaterThan(53_000);
    const late = nextLookMs({ ...moment, planMs, elapsedMs: 70_000 });
    expect(Math.abs(late - 50_000)).toBeLessThanOrEqual(5_000);
    expect(nextLookMs({ ...moment, planMs, elapsedMs: 130_000 })).toBe(nextLookMs({ ...moment, elapsedMs: 130_000 }));
  });

  it('slows down from under 30 s to 15 min while a person is waited for', () => {
    const waits = Array.from({ length: 12 }, (_, looks) => nextWaitingLookMs(moment, looks));
    expect(waits[0]).toBeLessThan(30_000);
    expect(waits.at(-1)).toBeGreaterThan(800_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(990_000);
  });

  it('tries again after a failure within a growing, capped and spread time', () => {
    for (let failures = 1; failures < 30; failures += 1) {
      const wait = nextTryMs({ ...moment, seed: `r${failures}` }, failures);
      expect(wait).toBeGreaterThanOrEqual(1_000);
      expect(wait).toBeLessThanOrEqual(Math.min(1_000 * 2 ** failures, 60_000));
    }
  });
});
