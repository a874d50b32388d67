import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { intake, parseIntakeEvent } from '../../lib/aws/intake.ts';
import { taskHandler } from '../../lib/aws/middleware.ts';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { createWorld, type World } from '../helpers/world.ts';

const session: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'going', status: 'RUNNING', remoteStatus: 'running' }),
};
const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 30_000 } as Context;

const invoke = (world: World, event: unknown): Promise<unknown> =>
  taskHandler(parseIntakeEvent, () => world.dependencies, intake)(event, context);

describe('the intake', () => {
  it('answers a batch with what has to come again, although one of it met a table that did not serve us', async () => {
    const world = createWorld({ session });
    let creates = 0;
    world.boundary = (effect, when) => {
      if (effect === 'store.create' && when === 'before' && creates++ === 0)
        throw new StoreUnavailableError('throttled');
    };
    const Records = ['m1', 'm2', 'm3'].map((messageId) => ({ messageId, body: '{"flowId":"onboard"}' }));
    expect(await invoke(world, { Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(world.store.all()).toHaveLength(2);
    expect(await invoke(world, { Records })).toEqual({ batchItemFailures: [] });
    expect(world.store.all()).toHaveLength(3);
  });

  it('answers the machine with the run that its execution carries', async () => {
    const world = createWorld({ session });
    const request = { flowId: 'onboard', parameters: { name: 'Ada' } };
    const event = { console: { execution: 'by-hand-1', request } };
    const state = await invoke(world, event);
    const [run] = world.store.all();
    expect(run).toMatchObject({ trigger: 'console', executionName: 'by-hand-1' });
    expect(state).toMatchObject({ runId: run?.id });
  });

  it('refuses an event that is neither', async () => {
    const world = createWorld({ session });
    await expect(invoke(world, { flowId: 'onboard' })).rejects.toMatchObject({ name: 'InvalidInputError' });
    await expect(invoke(world, { Records: 'none' })).rejects.toMatchObject({ name: 'InvalidInputError' });
  });
});
