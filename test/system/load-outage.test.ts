import { describe, expect, it } from 'vitest';
import { shareOf } from '../helpers/share.ts';
import { createLoad, endings, HOUR, type Load, lastEndMs, MINUTE, SECOND, T0 } from './load-world.ts';

/** Open runs when the outage begins. */
const [LIMITED, UNLIMITED] = [shareOf(5_000, 2_000), shareOf(2_000, 1_000)];

const DOWN = T0 + 8 * MINUTE;
const UP = DOWN + HOUR;
const isUp = (now: number) => now < DOWN || now >= UP;

/** Every job ends while nobody can see it. */
async function throughOutage(
  runs: number,
  limits: { readonly requestsPerSecond?: number },
  seed: number,
): Promise<Load> {
  const load = createLoad({
    seed,
    isHuge: true,
    limits,
    platform: { isUp, durationMs: (index) => (10 + (index % 30)) * MINUTE },
  });
  await load.fleet.accept(runs, 5 * MINUTE);
  await load.fleet.finish(4 * HOUR, 5 * MINUTE);
  return load;
}

function callsDuring({ platform }: Load): number {
  return platform.requests.filter(({ at }) => !isUp(at)).length;
}

// Longer than any other, on a busy machine.
describe('an outage of an hour', { timeout: 180_000 }, () => {
  it(`with ${LIMITED} open runs is followed by no more requests than the limit allows, and is caught up with when that predicts it`, async () => {
    const perSecond = 20;
    const load = await throughOutage(LIMITED, { requestsPerSecond: perSecond }, 21);
    const { platform } = load;
    expect(endings(load)).toEqual({ SUCCEEDED: LIMITED });
    // A canary a minute, and those that had a moment for their call already when it opened.
    expect(callsDuring(load)).toBeLessThan(200);
    expect(platform.peakRequests(SECOND, UP)).toBeLessThanOrEqual(perSecond);
    expect(platform.peakRequests(MINUTE, UP)).toBeLessThanOrEqual(60 * perSecond);
    // A canary each minute, five minutes until the last one asks, and a look for each at the limit's pace.
    const predictedMs = UP + MINUTE + 5 * MINUTE + (LIMITED / perSecond) * SECOND * 1.1;
    expect(lastEndMs(load)).toBeLessThanOrEqual(predictedMs);
  });

  it(`with ${UNLIMITED} open runs is followed by growing waves where no limit is known`, async () => {
    const load = await throughOutage(UNLIMITED, {}, 22);
    const { platform } = load;
    expect(endings(load)).toEqual({ SUCCEEDED: UNLIMITED });
    expect(callsDuring(load)).toBeLessThan(150);
    const back = platform.requests.find(({ at }) => at >= UP)?.at ?? 0;
    for (let wave = 0; wave < 6; wave += 1) {
      const from = back + wave * 10 * SECOND;
      expect(platform.peakRequests(SECOND, from, from + 10 * SECOND)).toBeLessThanOrEqual(2 ** wave + 2);
    }
    expect(lastEndMs(load)).toBeLessThanOrEqual(UP + 12 * MINUTE);
  });
});
