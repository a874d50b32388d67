import { describe, expect, it, onTestFinished } from 'vitest';
import { askedToWaitMs } from '../../lib/http/reply.ts';
import { startFleet } from '../../lib/simulators/fleet.ts';
import { createInvisionPlatform, INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import type { RateLimit } from '../../lib/simulators/rate-limit.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';

const BEGIN = Date.UTC(2026, 0, 5, 9);

async function serve(limit?: RateLimit) {
  const clock = { now: BEGIN };
  const now = () => clock.now;
  const platform = createInvisionPlatform({ apiKey: 'k', now });
  const simulator = await serveSimulator(platform, { now, ...(limit === undefined ? {} : { limit }) });
  onTestFinished(() => simulator.close());
  const url = `${simulator.origin}/invision/api/pub/v1/dataflows/${INVISION_FLOWS.forecast}/start`;
  const start = () => fetch(url, { method: 'POST', headers: { 'x-api-key': 'k' } });
  return { clock, simulator, platform, start };
}

describe('a simulated rate limit', () => {
  it('sends away what is too much within a minute, and the platform does nothing for it', async () => {
    const { clock, simulator, platform, start } = await serve({ requestsPerMinute: 2 });
    const statuses: number[] = [];
    for (const at of [0, 10_000, 20_000, 59_999, 60_000, 60_001, 70_000, 70_001]) {
      clock.now = BEGIN + at;
      statuses.push((await start()).status);
    }
    // A window that slides: each request counts for sixty seconds of its own.
    expect(statuses).toEqual([200, 200, 429, 429, 200, 429, 200, 429]);
    expect(simulator.statistics).toEqual({ requests: 8, throttled: 4 });
    expect(platform.jobs()).toHaveLength(4);
    expect(simulator.requests.map(({ at }) => at - BEGIN).slice(0, 3)).toEqual([0, 10_000, 20_000]);
  });

  it('says when to come again, and then lets pass', async () => {
    const { clock, start } = await serve({ requestsPerMinute: 1 });
    await start();
    clock.now += 12_500;
    const refused = await start();
    expect(refused.headers.get('retry-after')).toBe('48');
    clock.now += 48_000;
    expect((await start()).status).toBe(200);
  });

  it('keeps silent about it where it is told to', async () => {
    const { start } = await serve({ requestsPerMinute: 1, retryAfter: false });
    await start();
    const refused = await start();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBeNull();
  });

  it.each(['ratelimit', 'ratelimit-fields', 'x-ratelimit', 'x-ratelimit-epoch'] as const)(
    'tells what is left in fields of the kind %s, as our own reader understands them',
    async (headers) => {
      const { clock, start } = await serve({ requestsPerMinute: 2, headers });
      const waits: (number | undefined)[] = [];
      for (const afterMs of [0, 5_000]) {
        clock.now += afterMs;
        const reply = await start();
        waits.push(askedToWaitMs({ header: (name) => reply.headers.get(name) ?? undefined }));
      }
      expect(waits).toEqual([undefined, 55_000]);
    },
  );

  it('counts without a limit too, and takes one over the control protocol', async () => {
    const { simulator, start } = await serve();
    const control = (path: string, init?: RequestInit) => fetch(`${simulator.origin}/_simulator/${path}`, init);
    await start();
    await control('limit', { method: 'PUT', body: JSON.stringify({ requestsPerMinute: 1 }) });
    expect([(await start()).status, (await start()).status]).toEqual([200, 429]);
    await control('limit', { method: 'DELETE' });
    expect((await start()).status).toBe(200);
    expect(await (await control('statistics')).json()).toEqual({ requests: 4, throttled: 1 });
  });

  it('is one for each platform of the fleet, by the clock of all', async () => {
    const clock = { now: BEGIN };
    const fleet = await startFleet({ now: () => clock.now, limits: { invision: { requestsPerMinute: 1 } } });
    onTestFinished(() => fleet.close());
    const statuses = async (id: 'invision' | 'phixflow') => {
      const replies = [await fetch(fleet[id].origin), await fetch(fleet[id].origin)];
      return replies.map(({ status }) => status === 429);
    };
    expect(await statuses('invision')).toEqual([false, true]);
    expect(await statuses('phixflow')).toEqual([false, false]);
    clock.now += 60_000;
    expect(await statuses('invision')).toEqual([false, true]);
  });
});
