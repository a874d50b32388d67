import { expect, it } from 'vitest';
import { jsonReply } from './bodies.ts';
import { type ProviderVariant, triableReads } from './variant.ts';
import { openWorld, read, remoteIdOf, startRequest, unhurried } from './world.ts';

const DATE = 'Sun, 01 Mar 2026 12:00:00 GMT';
const HINTS: readonly (readonly [string, Readonly<Record<string, string>>, number | undefined])[] = [
  ['Retry-After in seconds', { 'retry-after': '9' }, 9_000],
  ['Retry-After as a date', { 'retry-after': 'Sun, 01 Mar 2026 12:00:45 GMT', date: DATE }, 45_000],
  ['a used-up quota', { ratelimit: '"daily";r=0;t=30' }, 30_000],
  ['a used-up quota in older words', { 'ratelimit-remaining': '0', 'ratelimit-reset': '31' }, 31_000],
  [
    'a used-up quota until a moment',
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1772366432', date: DATE },
    32_000,
  ],
  ['a quota with something left', { ratelimit: '"daily";r=1;t=30' }, undefined],
  ['nonsense', { 'retry-after': '-1', ratelimit: 'r=0;t=30' }, undefined],
];

/** A platform that answers well may still ask for a pause. */
export function describeHints(variant: ProviderVariant): void {
  const { polling, startReply } = variant;

  if (startReply !== undefined)
    it.each(HINTS)('hears %s in the reply to a start', async (_, headers, retryAfterMs) => {
      await using world = await openWorld(variant);
      world.breakStarts(jsonReply(startReply.body('0e8c1f6e-8d0b-4c5e-9c3f-2f6d1b7a0001'), 200, headers));
      const started = await world.session.start(startRequest(variant), unhurried);
      expect(started).toMatchObject({ kind: 'accepted' });
      expect('retryAfterMs' in started ? started.retryAfterMs : undefined).toBe(retryAfterMs);
    });

  if (polling !== undefined)
    it.each(HINTS)('hears %s in a good look, whatever it saw', async (_, headers, retryAfterMs) => {
      await using world = await openWorld(variant);
      const [handle, id] = await remoteIdOf(variant, world.session);
      for (const [word, meaning] of Object.entries(polling.words)) {
        world.simulator.faults.clear();
        // Later requests of the same look are answered by the platform itself.
        world.simulator.faults.add({ fault: jsonReply(polling.body(word, id), 200, headers) });
        const look = await read(variant, world.session, 'poll', { handle, intentAt: world.intentAt() });
        expect(look, `${word} (${meaning})`).toMatchObject({ kind: expect.any(String) });
        expect((look as { hints?: { retryAfterMs?: number } }).hints?.retryAfterMs, word).toBe(retryAfterMs);
      }
    });

  if (triableReads(variant).includes('answer'))
    it('hears it in the reply to an answer', async () => {
      await using world = await openWorld(variant);
      const session = world.open({ target: variant.waiting?.target ?? {} });
      const [handle] = await remoteIdOf(variant, session);
      world.pass(variant.waiting?.afterMs ?? 0);
      world.simulator.limit({ requestsPerMinute: 1, headers: 'ratelimit' });
      const look = await read(variant, session, 'answer', { handle, intentAt: world.intentAt() });
      expect(look).toMatchObject({ kind: 'going', hints: { retryAfterMs: 60_000 } });
    });
}
