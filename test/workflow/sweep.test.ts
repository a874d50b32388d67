import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { takeMessage } from '../../lib/workflow/take-message.ts';
import { messageOf } from '../helpers/queue.ts';
import { createWorld } from '../helpers/world.ts';

const session: ProviderSession = { start: async () => Promise.reject(new Error('not called')) };
const { signal } = new AbortController();

describe('the sweep', () => {
  it('tells of fallout although the open runs cannot be read, and fails all the same so that it is noticed', async () => {
    const world = createWorld({ session });
    await takeMessage(world.dependencies, messageOf('no JSON'));
    world.dependencies.store.open = async () => Promise.reject(new StoreUnavailableError('the index is throttled'));
    await expect(sweep(world.dependencies, {}, { signal })).rejects.toThrow(StoreUnavailableError);
    expect(world.notices).toMatchObject([{ reason: 'POISON_MESSAGE' }]);
  });

  it('tells of fallout although there is more to repair than one sweep has time for', async () => {
    const world = createWorld({ session });
    const time = new AbortController();
    await takeMessage(world.dependencies, messageOf('no JSON'));
    await world.accept();
    world.advance(61_000);
    world.boundary = (effect, when) => {
      if (effect === 'executions.start' && when === 'before') time.abort();
    };
    world.endExecution('run_00000000000000000000000003', 1);
    world.dependencies.executions.isRunning = async () => false;
    await sweep(world.dependencies, {}, { signal: time.signal });
    expect(world.notices).toHaveLength(1);
  });
});
