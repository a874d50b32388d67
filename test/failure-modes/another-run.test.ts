import { expect, it } from 'vitest';
import { goodWordOf, POLLED, type PolledVariant, polledWorld, wordReply } from './polled-platforms.ts';

const ANOTHER = '0e8c1f6e-8d0b-4c5e-9c3f-2f6d1b7a0001';
const JSON_TYPE = { 'content-type': 'application/json' };

function badWordOf({ polling }: PolledVariant): string {
  return Object.entries(polling.words).find(([, meaning]) => meaning === 'FAILED')?.[0] ?? '';
}

it.each(POLLED)("another run's end, or one out of a cache, is not the end of this one: $name", async (variant) => {
  const { world, simulator, finish } = await polledWorld(variant);
  const bad = badWordOf(variant);
  const body = JSON.stringify(variant.polling.body(bad, ANOTHER));
  for (let look = 0; look < 3; look += 1)
    simulator.faults.add({ method: 'GET', fault: { kind: 'reply', status: 200, body, headers: JSON_TYPE } });
  for (const age of ['1', '60', '0086400']) {
    const cached = wordReply(variant, bad);
    simulator.faults.add({ method: 'GET', fault: { ...cached, headers: { ...cached.headers, age } } });
  }
  const run = await finish();
  expect(run).toMatchObject({
    status: 'SUCCEEDED',
    remoteStatus: expect.stringMatching(new RegExp(goodWordOf(variant), 'i')),
  });
  const troubles = (await world.store.events(run.id)).filter(({ type }) => type === 'trouble');
  expect(troubles.map(({ message }) => (message.includes('cache') ? 'cache' : 'another'))).toEqual([
    'another',
    'another',
    'another',
    'cache',
    'cache',
    'cache',
  ]);
  // Nobody on the way is asked for what he remembers.
  const looks = simulator.requests.filter(({ method }) => method === 'GET');
  expect(new Set(looks.map(({ headers }) => headers['cache-control']))).toEqual(new Set(['no-cache']));
});
