import { describe, expect, it } from 'vitest';
import { createLoad, endings, HOUR, lastEndMs, MINUTE, mostOutOfTurn, T0 } from './load-world.ts';

const RUNS = 500;
/** Of a platform that counts by the minute; what is left of it for us once the requests' travel is allowed for. */
const PER_MINUTE = 100;
const requestsPerSecond = PER_MINUTE / 60;

describe('a platform that takes 100 requests a minute', { timeout: 120_000 }, () => {
  it('never has to refuse one of 500 runs that are wanted at once, and each has its turn', async () => {
    const load = createLoad({
      seed: 11,
      limits: { requestsPerSecond },
      platform: { perMinute: PER_MINUTE, hasOutput: true, durationMs: (index) => (4 + (index % 9)) * MINUTE },
    });
    const accepted = await load.fleet.accept(RUNS);
    await load.fleet.finish(6 * HOUR);
    const { platform } = load;
    expect(endings(load)).toEqual({ SUCCEEDED: RUNS });
    expect(platform.count('throttled')).toBe(0);
    expect(platform.jobs).toHaveLength(RUNS);
    // Whoever wanted it first gets it first: at most 5 % of the field early or late.
    expect(mostOutOfTurn(load, accepted)).toBeLessThanOrEqual(0.05 * RUNS);
    // The limit is used, not feared.
    expect(platform.requests.length / ((lastEndMs(load) - T0) / MINUTE)).toBeGreaterThan(0.8 * PER_MINUTE);
  });

  it('has exactly 20 jobs in flight where no more are allowed, first come, first served', async () => {
    const load = createLoad({
      seed: 12,
      limits: { requestsPerSecond, inFlight: 20 },
      platform: { perMinute: PER_MINUTE, hasOutput: true, durationMs: (index) => (2 + (index % 5)) * MINUTE },
    });
    const accepted = await load.fleet.accept(RUNS);
    await load.fleet.finish(8 * HOUR);
    const { platform } = load;
    expect(endings(load)).toEqual({ SUCCEEDED: RUNS });
    expect(platform.count('throttled')).toBe(0);
    expect(platform.peakInFlight()).toBe(20);
    // Those whose slots come free within the same seconds may overtake one another on the wire, nobody else.
    expect(mostOutOfTurn(load, accepted)).toBeLessThanOrEqual(20);
    expect(await load.world.dependencies.inFlight.holders('acme')).toEqual([]);
  });
});
