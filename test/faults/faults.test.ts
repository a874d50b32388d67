import { beforeAll, describe, expect, it } from 'vitest';
import type { Definition } from '../../lib/local/definition.ts';
import { gapsOf } from './coverage.ts';
import type { CrashInput, CrashReport } from './crash-worker.ts';
import { synthesisedDefinition } from './definition.ts';
import { inThread } from './in-thread.ts';
import { simulateSeeds } from './pool.ts';
import type { Replayed, ReplayInput } from './replay.ts';
import type { SameVerdictsInput, SameVerdictsReport } from './same-verdicts-worker.ts';
import { summaryOf, type Tally } from './tally.ts';

/** A share of the 2,000 that `npm run faults` has, in one thread: the tests beside it run in real time. */
const SEEDS = 1_000;
/** More than a world is given to come to rest. */
const FIVE_HOURS_MS = 5 * 3_600_000;
/** Whole worlds, on cores that others use as well. */
const LONG_MS = 900_000;

describe('whole Errands in virtual time, with everything going wrong that can', () => {
  let definition: Definition;
  beforeAll(async () => {
    definition = await synthesisedDefinition();
  });

  describe(`seeds 1 to ${SEEDS}`, () => {
    let tally: Tally;
    beforeAll(async () => {
      tally = await simulateSeeds({ definition, from: 1, seeds: SEEDS, threads: 1 });
    }, LONG_MS);

    it('break no promise: nothing started twice, lost, falsely failed or left alone at its platform', () => {
      const told = tally.broken.map(
        ({ seed, violations }) => `npm run faults -- --seed ${seed}: ${violations[0]?.message}`,
      );
      expect(told).toEqual([]);
      expect(summaryOf(tally)).toMatchObject({
        seeds: SEEDS,
        violations: 0,
        duplicateStarts: 0,
        lost: 0,
        falseFailures: 0,
        orphans: 0,
      });
    });

    it('leave at most one run of a hundred to a human where the platform can list its runs', () => {
      expect(tally.listed).toBeGreaterThan(SEEDS / 2);
      expect(summaryOf(tally).falloutRate).toBeLessThanOrEqual(0.01);
    });

    it('try every fault in every step in which it can be met, and nearly every fault after every other', () => {
      const { cells, pairs } = gapsOf(tally.coverage);
      expect(cells).toEqual([]);
      // All take 100,000 seeds, of which the program demands it; one in ten may be missing here.
      expect(pairs.length).toBeLessThan(235);
      expect(tally.faults).toBeGreaterThan(10 * SEEDS);
    });
  });

  for (const flow of ['onboard', 'offer', 'order', 'archive', 'forecast'] as const)
    it(
      `"${flow}" survives the death of a function before and after every effect, and again when it is called anew`,
      async () => {
        const input: CrashInput = { definition, flow, by: flow === 'order' ? 'queue' : 'api' };
        const { points, missed, again, broken } = await inThread<CrashInput, CrashReport>('./crash-worker.ts', input);
        expect(broken).toEqual([]);
        expect(missed).toBe(0);
        expect(points).toBeGreaterThan(80);
        expect(again).toBeGreaterThan(points / 10);
      },
      LONG_MS,
    );

  it(
    'come to the same verdicts when requests, messages, sweeps and calls are doubled',
    async () => {
      const input: SameVerdictsInput = { definition, seeds: 40 };
      const report = await inThread<SameVerdictsInput, SameVerdictsReport>('./same-verdicts-worker.ts', input);
      expect(report.different).toEqual([]);
      expect(report.faults).toBeGreaterThan(100);
    },
    LONG_MS,
  );

  it(
    'tell the same story for the same seed, to the byte',
    async () => {
      const { isSame, lines } = await inThread<ReplayInput, Replayed>('./replay.ts', { definition, seed: 17 });
      expect(isSame).toBe(true);
      expect(lines.length).toBeGreaterThan(20);
    },
    LONG_MS,
  );

  it(
    'tell the story of a world that does not come to rest, too',
    async () => {
      const input: ReplayInput = { definition, seed: 17, options: { kinds: [], faultsMs: FIVE_HOURS_MS } };
      const { result, isSame, shrunk, lines } = await inThread<ReplayInput, Replayed>('./replay.ts', input);
      const unrest = expect.objectContaining({ invariant: 'I16', message: 'the world did not come to rest' });
      expect(result.violations).toEqual([unrest]);
      expect(result.runs).not.toEqual([]);
      expect(isSame).toBe(true);
      expect(shrunk?.prefix).toBe(0);
      expect(lines).toContainEqual(expect.stringContaining('SUCCEEDED'));
    },
    LONG_MS,
  );

  it(
    'tell by what a world broke that broke by itself',
    async () => {
      const input: ReplayInput = { definition: { ...definition, StartAt: 'Nowhere' }, seed: 17 };
      const { crash, isSame } = await inThread<ReplayInput, Replayed>('./replay.ts', input);
      expect(crash).toMatch(/^seed 17: .*definition is invalid/);
      expect(isSame).toBe(true);
    },
    LONG_MS,
  );
});
