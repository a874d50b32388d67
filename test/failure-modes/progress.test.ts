import { expect, it } from 'vitest';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { createWorld } from '../helpers/world.ts';

const { signal } = new AbortController();

it('a percentage of an earlier moment does not take the progress of a record back', async () => {
  const said = [10, 80, 20, 81];
  const shown: (number | undefined)[] = [];
  const session: ProviderSession = {
    start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
    poll: async (): Promise<Look> => {
      const percentage = said.shift();
      if (percentage === undefined) return { kind: 'ended', verdict: { status: 'SUCCEEDED' } };
      return { kind: 'going', status: 'RUNNING', remoteStatus: 'running', progress: { percentage } };
    },
  };
  const world = createWorld({ session });
  const { id } = await world.accept();
  world.boundary = async (effect, when) => {
    if (effect === 'store.save' && when === 'after') shown.push((await world.run(id)).progress?.percentage);
  };
  let state = await startRun(world.dependencies, { runId: id, generation: 1 }, { signal });
  while (state.next === 'WAIT') state = await world.step(state);
  const seen = shown.filter((percentage) => percentage !== undefined);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});
