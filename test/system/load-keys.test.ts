import { describe, expect, it } from 'vitest';
import type { LoadPlatform } from '../helpers/load-platform.ts';
import type { VirtualTime } from '../helpers/virtual-time.ts';
import type { WorldOptions } from '../helpers/world.ts';
import { createLoad, endings, HOUR, lastEndMs, MINUTE, SECOND, T0 } from './load-world.ts';

const REFRESH_MS = 30 * SECOND;

/** A secret that is replaced every so often; a container reads it again at most once in thirty seconds. */
function createSecret(everyMs: number) {
  const reads: number[] = [];
  const versionAt = (now: number) => Math.floor((now - T0) / everyMs);
  let cached = { version: 0, at: T0 };
  const open =
    (platform: LoadPlatform, time: VirtualTime): WorldOptions['open'] =>
    (wanted) => {
      const now = time.now();
      if (wanted === 'current' && now - cached.at >= REFRESH_MS) {
        reads.push(now);
        cached = { version: versionAt(now), at: now };
      }
      const version = wanted === 'previous' ? cached.version - 1 : cached.version;
      if (version < 0) return undefined;
      const key = `key-${version}`;
      return { session: platform.session(key), secrets: [key], version: key };
    };
  return { open, reads, isKeyGood: (now: number, key: string) => key === `key-${versionAt(now)}` };
}

describe('a key that is refused', { timeout: 120_000 }, () => {
  it('for good ends 200 runs AUTH_FAILED with few calls among them all', async () => {
    const revokedAt = T0 + 10 * MINUTE;
    const load = createLoad({
      seed: 31,
      platform: { durationMs: () => 5 * HOUR, isKeyGood: () => load.time.now() < revokedAt },
    });
    await load.fleet.accept(200, 5 * MINUTE);
    await load.fleet.finish(5 * HOUR);
    expect(endings(load)).toEqual({ 'FALLOUT AUTH_FAILED': 200 });
    expect(load.platform.count('refused')).toBeLessThanOrEqual(50);
    // The grace of fifteen minutes, and the longest that a run waits before it asks again.
    expect(lastEndMs(load)).toBeLessThanOrEqual(revokedAt + 25 * MINUTE);
    const first = Math.min(...load.world.store.all().map(({ endedAt = '' }) => Date.parse(endedAt)));
    expect(first).toBeGreaterThanOrEqual(revokedAt + 15 * MINUTE);
  });

  it('with the answer for a missing run ends all of them the same way, if not as soon', async () => {
    const revokedAt = T0 + 10 * MINUTE;
    const load = createLoad({
      seed: 34,
      platform: { durationMs: () => 20 * HOUR, disguisesRefusals: true, isKeyGood: () => load.time.now() < revokedAt },
    });
    await load.fleet.accept(50, 5 * MINUTE);
    await load.fleet.finish(26 * HOUR);
    expect(endings(load)).toEqual({ 'FALLOUT AUTH_FAILED': 50 });
    expect(load.platform.count('refused')).toBeLessThanOrEqual(200);
  });

  it('from the beginning ends 200 runs that were never started the same way', async () => {
    const load = createLoad({ seed: 32, platform: { isKeyGood: () => false } });
    await load.fleet.accept(200, 5 * MINUTE);
    await load.fleet.finish(5 * HOUR);
    expect(endings(load)).toEqual({ 'FALLOUT AUTH_FAILED': 200 });
    expect(load.platform.requests.length).toBeLessThanOrEqual(50);
    expect(load.platform.jobs).toEqual([]);
  });

  it('and replaced every minute fails none of 500 runs, and is read at most twice a minute', async () => {
    const secret = createSecret(MINUTE);
    const load = createLoad({
      seed: 33,
      platform: {
        durationMs: (index) => (5 + (index % 20)) * MINUTE,
        isKeyGood: (key) => secret.isKeyGood(load.time.now(), key),
      },
      open: secret.open,
    });
    await load.fleet.accept(500, 10 * MINUTE);
    await load.fleet.finish(5 * HOUR);
    expect(endings(load)).toEqual({ SUCCEEDED: 500 });
    expect(load.platform.count('refused')).toBeGreaterThan(10);
    const gaps = secret.reads.slice(1).map((at, index) => at - (secret.reads[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(REFRESH_MS);
    expect(lastEndMs(load)).toBeLessThanOrEqual(T0 + 50 * MINUTE);
  });
});
