import { describe, expect, it } from 'vitest';
import { createHttpClient } from '../../lib/http/create-http-client.ts';
import type { HttpClient, HttpRequest } from '../../lib/http/http-client.ts';
import { smartFlows } from '../../lib/providers/smart-flows.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { API_KEY, begin, openWorld, options } from '../helpers/smart-flows-world.ts';

/** A project whose clock is the machine's, so that it holds looks. */
const openHolding = (durationMs: number) =>
  openWorld({ now: () => Date.now(), holds: true, durationMs: () => durationMs });

/** What a look asks the platform for, and the limits it runs under. */
async function requestOf(settings: object, holdMs?: number): Promise<HttpRequest> {
  const sent: HttpRequest[] = [];
  const http: HttpClient = {
    send: async (request) => {
      sent.push(request);
      return { status: 200, header: () => undefined, text: '{"status":"Running"}' };
    },
    download: () => Promise.reject(new Error('unused')),
  };
  const target = smartFlows.target.parse({ flowId: SMART_FLOWS.offer });
  const parsed = smartFlows.settings.parse(settings);
  const session = smartFlows.connect({ settings: parsed, target, baseUrl: 'https://x.example.com', http });
  await session.poll?.('an-id', { ...options, ...(holdMs === undefined ? {} : { holdMs }) });
  const [request] = sent;
  if (request === undefined) throw new Error('expected a request');
  return request;
}

describe('a look that Smart Flows holds', () => {
  it('sees an end at once, because the platform answers when there is news', async () => {
    const { simulator, open } = await openHolding(700);
    const session = open();
    const handle = await begin(session);
    const endsAt = Date.now() + 700;
    const looks: unknown[] = [];
    while (Date.now() < endsAt + 5_000) {
      const seen = await session.poll?.(handle, { ...options, holdMs: 10_000 });
      looks.push(seen);
      if (seen?.kind === 'ended') break;
    }
    expect(looks.at(-1)).toMatchObject({ kind: 'ended', verdict: { status: 'SUCCEEDED' } });
    expect(Date.now() - endsAt).toBeLessThan(500);
    // One for each of its three messages, none in between.
    expect(simulator.requests.filter(({ path }) => path.includes('/progress')).length).toBeLessThanOrEqual(4);
  });

  it('comes back without news when the hold is over, and that is no failure', async () => {
    const { open } = await openHolding(60_000);
    const session = open({ settings: { requestTimeout: '500ms' } });
    const handle = await begin(session);
    const askedAt = performance.now();
    const seen = await session.poll?.(handle, { ...options, holdMs: 1_200 });
    expect(seen).toMatchObject({ kind: 'going', status: 'QUEUED' });
    // Whole seconds are what the platform can be asked for.
    expect(performance.now() - askedAt).toBeGreaterThan(950);
  });

  it('survives a platform that holds longer than the request timeout, since a hold is no hang', async () => {
    const { simulator, open } = await openWorld();
    const handle = await begin(open());
    simulator.faults.add({ method: 'GET', fault: { kind: 'delay', ms: 1_500 } });
    const session = open({ settings: { requestTimeout: '500ms' } });
    expect(await session.poll?.(handle, { ...options, holdMs: 1_000 })).toMatchObject({ kind: 'going' });
  });

  it.each([
    { settings: {}, holdMs: undefined, timeout: -1, totalMs: 10_000 },
    { settings: {}, holdMs: 0, timeout: -1, totalMs: 10_000 },
    { settings: {}, holdMs: 999, timeout: -1, totalMs: 10_000 },
    { settings: {}, holdMs: 5_900, timeout: 5, totalMs: 15_000 },
    { settings: {}, holdMs: 60_000, timeout: 18, totalMs: 28_000 },
    { settings: { longPollSeconds: 7 }, holdMs: 60_000, timeout: 7, totalMs: 17_000 },
    { settings: { longPollSeconds: 7 }, holdMs: 3_000, timeout: 3, totalMs: 13_000 },
    { settings: { longPollSeconds: 0 }, holdMs: 60_000, timeout: -1, totalMs: 10_000 },
    { settings: { requestTimeout: '2s' }, holdMs: 4_000, timeout: 4, totalMs: 14_000 },
    { settings: { requestTimeout: '2s' }, holdMs: undefined, timeout: -1, totalMs: 2_000 },
    { settings: { requestTimeout: '30s' }, holdMs: 4_000, timeout: 4, totalMs: 34_000 },
  ])('with $settings and $holdMs ms asks for $timeout s and gives up after $totalMs ms', async (row) => {
    const { query, limits } = await requestOf(row.settings, row.holdMs);
    expect(query).toEqual({ timeout: row.timeout });
    expect(limits?.totalMs).toBe(row.totalMs);
  });

  it.each([
    { settings: {}, maxHoldMs: 18_000 },
    { settings: { longPollSeconds: 7 }, maxHoldMs: 7_000 },
    { settings: { longPollSeconds: 0 }, maxHoldMs: undefined },
  ])('says of $settings that it can be held for $maxHoldMs ms', ({ settings, maxHoldMs }) => {
    const baseUrl = 'https://x.example.com';
    const session = smartFlows.connect({
      settings: smartFlows.settings.parse(settings),
      target: smartFlows.target.parse({ flowId: SMART_FLOWS.offer }),
      baseUrl,
      http: createHttpClient({ baseUrl }),
    });
    expect(session.maxHoldMs).toBe(maxHoldMs);
  });

  it('waits for its turn before the hold begins', async () => {
    const { simulator, open } = await openHolding(60_000);
    const handle = await begin(open());
    const auth = smartFlows.auth({ apiKey: API_KEY }, smartFlows.settings.parse({}));
    const client = createHttpClient({ baseUrl: simulator.origin, auth });
    const turns: number[] = [];
    const http = client.metered?.(async () => void turns.push(simulator.requests.length)) ?? client;
    const session = smartFlows.connect({
      settings: smartFlows.settings.parse({}),
      target: smartFlows.target.parse({ flowId: SMART_FLOWS.offer }),
      baseUrl: simulator.origin,
      http,
    });
    await session.poll?.(handle, { ...options, holdMs: 1_000 });
    expect(turns).toEqual([1]);
    expect(simulator.requests).toHaveLength(2);
  });
});
