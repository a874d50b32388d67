import { expect, it } from 'vitest';
import type { Json } from '../../../lib/domain/json.ts';
import { BAD_IDS } from './reads.ts';
import type { ProviderVariant } from './variant.ts';
import { openWorld, read, startRequest, unhurried } from './world.ts';

/** What a provider owes to somebody who found a lost run at the platform and knows nothing but its id. */
export function describeAdoption(variant: ProviderVariant): void {
  if (variant.adoptable) describeAdoptable(variant);
  else
    it('has no handle for any id, because nobody could look at the run', () => {
      const { handleOf } = variant.definition;
      if (handleOf === undefined) return;
      expect(refusalOf(variant, '7f6f0c1e-5a0b-4b7e-9a55-2f8f3b0d6a10')).toMatchObject(refusal);
    });
}

const refusal = {
  name: 'InvalidInputError',
  issues: [{ path: 'remoteId', message: expect.stringMatching(/^expected/) }],
};

function describeAdoptable(variant: ProviderVariant): void {
  it('gets the handle that its start made, so that it goes on as if the answer had never been lost', async () => {
    await using world = await openWorld(variant);
    const started = await world.session.start(startRequest(variant), unhurried);
    const handle = handleOf(variant, started.remoteId ?? '');
    if (started.kind === 'accepted') expect(handle).toEqual(started.handle);
    const ask = () => read(variant, world.open(), 'poll', { handle, intentAt: world.intentAt() });
    if (started.kind === 'accepted') expect(await ask()).toMatchObject({ kind: 'going' });
    world.pass(variant.polling?.endsAfterMs ?? 0);
    expect(await ask()).toMatchObject({ kind: 'ended', verdict: { status: variant.polling?.ends } });
    expect(world.jobs()).toHaveLength(1);
  });

  if (variant.reads.includes('find'))
    it('gets the handle that a search would have found', async () => {
      await using world = await openWorld(variant);
      await world.session.start(startRequest(variant), unhurried);
      const found = await read(variant, world.session, 'find', { handle: null, intentAt: world.intentAt() });
      const [run] = found as readonly { readonly remoteId: string; readonly handle: Json }[];
      expect(handleOf(variant, run?.remoteId ?? '')).toEqual(run?.handle);
    });

  it('is refused with what is expected where the id is impossible, and without repeating it', () => {
    for (const id of [...BAD_IDS, '?', 'a?b=c', 'a#b', '..;', 'a;b']) {
      const error = refusalOf(variant, id);
      expect(error, JSON.stringify(id)).toMatchObject(refusal);
      if (id.length > 2) expect(error.message).not.toContain(id);
    }
  });
}

function handleOf({ definition, target }: ProviderVariant, remoteId: string): Json {
  return definition.handleOf?.(remoteId, definition.target.parse(target)) ?? null;
}

function refusalOf(variant: ProviderVariant, remoteId: string): Error {
  try {
    return new Error(`expected a refusal, got ${JSON.stringify(handleOf(variant, remoteId))}`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
