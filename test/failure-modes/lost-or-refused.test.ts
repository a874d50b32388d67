import { describe, expect, it } from 'vitest';
import { createBryterPlatform } from '../../lib/simulators/bryter.ts';
import { createInvisionPlatform, INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import type { Platform } from '../../lib/simulators/simulator.ts';
import { POLLED, type PolledVariant, polledWorld, wordReply } from './polled-platforms.ts';

const MINUTE = 60_000;
const HALF_AN_HOUR = 30 * MINUTE;

describe('a platform that does not know a run', () => {
  const honest = POLLED.filter(({ polling }) => polling.notFound === 'RemoteNotFoundError');

  it.each(honest)('once, as one that restarts, loses nothing: $name', async (variant) => {
    const { world, simulator, starts, finish } = await polledWorld(variant);
    simulator.faults.add({ method: 'GET', fault: { kind: 'reply', status: 404 } });
    const run = await finish();
    expect(run.status).toBe('SUCCEEDED');
    expect((await world.store.events(run.id)).filter(({ type }) => type === 'trouble')).toHaveLength(1);
    expect(starts()).toBe(1);
  });

  it.each(honest)('for good is put before a person, and the run is not started again: $name', async (variant) => {
    const retry = { maxAttempts: 5, coolOff: '5s' };
    const { world, simulator, starts, finish } = await polledWorld(variant, undefined, { flow: { retry } });
    simulator.faults.add({ method: 'GET', times: 10_000, fault: { kind: 'reply', status: 404 } });
    const begin = world.now();
    const run = await finish();
    expect(run).toMatchObject({ status: 'FALLOUT', fallout: { reason: 'REMOTE_LOST' }, attempt: 1 });
    expect(run.looks).toBeGreaterThanOrEqual(3);
    expect(world.now() - begin).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(world.now() - begin).toBeLessThan(10 * MINUTE);
    expect(starts()).toBe(1);
  });

  it.each(honest)('every other time, for half an hour, loses nothing either: $name', async (variant) => {
    const { simulator, starts, finish, world } = await polledWorld(variant);
    for (let look = 0; look < 20; look += 1) {
      simulator.faults.add({ method: 'GET', fault: { kind: 'reply', status: 404 } });
      simulator.faults.add({ method: 'GET', fault: wordReply(variant, goingWordOf(variant)) });
    }
    const run = await finish();
    expect(run.status).toBe('SUCCEEDED');
    expect(starts()).toBe(1);
    expect((await world.store.events(run.id)).filter(({ type }) => type === 'trouble').length).toBeGreaterThan(5);
  });
});

function goingWordOf({ polling }: PolledVariant): string {
  return Object.entries(polling.words).find(([, meaning]) => meaning === 'going')?.[0] ?? '';
}

/** Platforms that answer a wrong key as they do to a run that is gone, with jobs of half an hour. */
const DISGUISED: readonly (readonly [name: string, platform: (now: () => number, key: () => string) => Platform])[] = [
  [
    'bryter',
    (now, key) =>
      createBryterPlatform({
        get apiKey() {
          return key();
        },
        now,
        badKeyStatus: 404,
        durationMs: () => HALF_AN_HOUR,
      }),
  ],
  [
    'invision',
    (now, key) =>
      createInvisionPlatform({
        get apiKey() {
          return key();
        },
        now,
        keyIn: ['header'],
        scenarios: {
          [INVISION_FLOWS.forecast]: {
            description: 'Half an hour',
            script: [{ state: 'Running', forMs: HALF_AN_HOUR }, { state: 'Succeeded' }],
          },
        },
      }),
  ],
];

/** A platform whose key is another one each minute, until it stays what nobody has. */
async function rotatingWorld([name, platform]: (typeof DISGUISED)[number], revokedAfterMs = Number.POSITIVE_INFINITY) {
  const variant = POLLED.find((one) => one.name === name);
  if (variant === undefined) throw new Error(`no platform ${name}`);
  let beganAt: number | undefined;
  const minute = (clock: { readonly now: number }) => {
    beganAt ??= clock.now;
    return Math.floor((clock.now - beganAt) / MINUTE);
  };
  let clockOf: { readonly now: number } = { now: 0 };
  let cached = { version: 0, readAt: 0 };
  const polled = await polledWorld(
    variant,
    (clock) => {
      clockOf = clock;
      const key = () =>
        minute(clock) * MINUTE >= revokedAfterMs ? 'nobody-has-this' : `key-of-minute-${minute(clock)}`;
      return platform(() => clock.now, key);
    },
    {
      open: (sessionOf) => (wanted) => {
        // As the secrets are read: again at most once in thirty seconds.
        if (wanted === 'current' && clockOf.now - cached.readAt >= 30_000)
          cached = { version: minute(clockOf), readAt: clockOf.now };
        const version = wanted === 'previous' ? cached.version - 1 : cached.version;
        if (version < 0) return undefined;
        const apiKey = `key-of-minute-${version}`;
        return { session: sessionOf({ apiKey }), secrets: [apiKey], version: apiKey };
      },
    },
  );
  return polled;
}

describe('a platform that answers a wrong key as if the run were gone', () => {
  it.each(DISGUISED)('and has a new key each minute does not lose the run: %s', async (...one) => {
    const { world, starts, finish } = await rotatingWorld(one);
    const run = await finish();
    expect(run).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.now()).toBeGreaterThanOrEqual(Date.parse(run.createdAt) + HALF_AN_HOUR);
    expect(starts()).toBe(1);
  });

  it.each(DISGUISED)('for good, after ten minutes, is told of as a matter of the key first: %s', async (...one) => {
    const { starts, finish } = await rotatingWorld(one, 10 * MINUTE);
    const run = await finish();
    expect(run).toMatchObject({ status: 'FALLOUT', fallout: { reason: 'AUTH_FAILED' } });
    expect(run.error?.message).toContain('check the key first');
    expect(Date.parse(run.endedAt ?? '') - Date.parse(run.createdAt)).toBeGreaterThanOrEqual(25 * MINUTE);
    expect(starts()).toBe(1);
  });
});
