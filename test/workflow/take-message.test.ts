import { describe, expect, it } from 'vitest';
import { takeBatch } from '../../lib/aws/sqs-batch.ts';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { sweep } from '../../lib/workflow/sweep.ts';
import { type Message, takeMessage } from '../../lib/workflow/take-message.ts';
import { deliverAll, messageOf, shuffled } from '../helpers/queue.ts';
import { createWorld, testConfig, type World } from '../helpers/world.ts';

let remote = 0;
const session: ProviderSession = {
  async start() {
    remote += 1;
    return { kind: 'accepted', handle: `r${remote}`, remoteId: `r${remote}`, status: 'RUNNING' };
  },
  poll: async () => ({ kind: 'ended', verdict: { status: 'SUCCEEDED' } }),
};
const signal = new AbortController().signal;

/** A batch as the function takes it; what failed comes back. */
function receiver({ dependencies }: World) {
  return async (batch: readonly Message[]): Promise<readonly Message[]> => {
    const take = (message: Message) => takeMessage(dependencies, message);
    const { batchItemFailures } = await takeBatch(dependencies, batch, { signal, take });
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    return batch.filter(({ messageId }) => failed.has(messageId));
  };
}

const startOf = (fields: object = {}) => messageOf({ flowId: 'onboard', parameters: { name: 'Ada' }, ...fields });
const cancelOf = (requestId: string) => messageOf({ cancel: { flowId: 'onboard', requestId } });
const count = (world: World, effect: string) => world.effects.filter((name) => name === effect).length;

describe('a start message', () => {
  it('becomes one run and one remote start, however often and however concurrently it is delivered', async () => {
    const world = createWorld({ session });
    const messages = Array.from({ length: 1_000 }, (_, index) =>
      startOf(index % 2 === 0 ? { requestId: `order-${index}` } : {}),
    );
    const deliveries = messages.flatMap((message, index) => Array.from({ length: 1 + (index % 5) }, () => message));
    expect(await deliverAll(shuffled(deliveries), { receive: receiver(world) })).toEqual([]);
    expect(world.store.all()).toHaveLength(1_000);
    for (const { id } of world.store.all()) await world.drive(id);
    expect(count(world, 'platform.start')).toBe(1_000);
    expect(new Set(world.store.all().map(({ status, trigger }) => `${status} ${trigger}`))).toEqual(
      new Set(['SUCCEEDED queue']),
    );
  });

  it('that was taken although nobody heard of it starts nothing when it is moved back from the dead letters', async () => {
    const world = createWorld({ session });
    const messages = Array.from({ length: 200 }, (_, index) => startOf({ requestId: `order-${index}` }));
    world.boundary = (effect, when) => {
      if (effect === 'store.create' && when === 'after') throw new StoreUnavailableError('the reply was lost');
    };
    const dead = await deliverAll(messages, { receive: receiver(world) });
    expect(dead).toHaveLength(200);
    expect(world.store.all()).toHaveLength(200);
    world.boundary = () => {};
    // A redrive gives every message a new id.
    const redriven = dead.map(({ body }) => messageOf(body));
    expect(await deliverAll(redriven, { receive: receiver(world) })).toEqual([]);
    expect(world.store.all()).toHaveLength(200);
  });

  it('whose execution cannot be started is neither delivered again nor lost: the sweep starts it', async () => {
    const world = createWorld({ session });
    let creates = 0;
    world.boundary = (effect, when) => {
      if (effect === 'executions.start' && when === 'before') throw new StoreUnavailableError('throttled');
      // Every other first delivery dies between the two steps.
      if (effect === 'store.create' && when === 'after' && creates++ < 1_000 && creates % 2 === 1)
        throw new Error('killed');
    };
    const messages = Array.from({ length: 1_000 }, () => startOf());
    expect(await deliverAll(messages, { receive: receiver(world) })).toEqual([]);
    expect(world.store.all()).toHaveLength(1_000);
    world.boundary = () => {};
    world.advance(61_000);
    expect(await sweep(world.dependencies, {}, { signal })).toMatchObject({ started: 1_000, failed: 0 });
    for (const { id } of world.store.all()) await world.drive(id);
    expect(new Set(world.store.all().map(({ status }) => status))).toEqual(new Set(['SUCCEEDED']));
    expect(count(world, 'platform.start')).toBe(1_000);
  });

  it('stays accepted when the configuration has changed before it is delivered again', async () => {
    const world = createWorld({ session });
    const message = startOf();
    await takeMessage(world.dependencies, message);
    const changed = { ...world.dependencies, config: testConfig({ parameters: {} }) };
    expect(await takeMessage(changed, message)).toMatchObject({ kind: 'replayed' });
    expect(world.store.all()).toHaveLength(1);
  });

  it('is not taken while the table does not serve us', async () => {
    const world = createWorld({ session });
    world.boundary = (effect) => {
      if (effect === 'store.create') throw new StoreUnavailableError('throttled');
    };
    await expect(takeMessage(world.dependencies, startOf())).rejects.toMatchObject({ name: 'StoreUnavailableError' });
    await expect(takeMessage(world.dependencies, messageOf('no JSON'))).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });
  });
});

describe('a cancel message', () => {
  it('cancels what was started under its requestId', async () => {
    const world = createWorld({ session });
    await takeMessage(world.dependencies, startOf({ requestId: 'order-1' }));
    expect(await takeMessage(world.dependencies, cancelOf('order-1'))).toMatchObject({
      kind: 'canceled',
      run: { status: 'CANCELED' },
    });
  });

  it('that overtook its start message comes back until it can be applied', async () => {
    const world = createWorld({ session });
    const pairs = Array.from({ length: 100 }, (_, index) => {
      const requestId = `order-${index}`;
      return { create: startOf({ requestId }), cancel: cancelOf(requestId), arrivesIn: 1 + (index % 4) };
    });
    const receive = receiver(world);
    const dead = await deliverAll(shuffled(pairs.map(({ cancel }) => cancel)), {
      receive,
      async afterRound(round) {
        for (const { create } of pairs.filter(({ arrivesIn }) => arrivesIn === round)) await receive([create]);
      },
    });
    expect(dead).toEqual([]);
    expect(world.store.all()).toHaveLength(100);
    expect(new Set(world.store.all().map(({ status }) => status))).toEqual(new Set(['CANCELED']));
    expect(count(world, 'platform.start')).toBe(0);
  });

  it('whose start message never comes ends in the dead letters, where somebody finds it', async () => {
    const world = createWorld({ session });
    const cancel = cancelOf('order-1');
    await expect(takeMessage(world.dependencies, cancel)).rejects.toMatchObject({ name: 'RunNotYetAcceptedError' });
    expect(await deliverAll([cancel], { receive: receiver(world) })).toEqual([cancel]);
    expect(world.store.all()).toEqual([]);
  });

  it('comes back while its run has a key and no record yet', async () => {
    const world = createWorld({ session });
    await takeMessage(world.dependencies, startOf({ requestId: 'order-1' }));
    const store = { ...world.dependencies.store, get: async () => undefined };
    await expect(takeMessage({ ...world.dependencies, store }, cancelOf('order-1'))).rejects.toMatchObject({
      name: 'RunNotYetAcceptedError',
    });
  });

  it('for a run that has ended is done, and changes nothing', async () => {
    const world = createWorld({ session });
    await takeMessage(world.dependencies, startOf({ requestId: 'order-1' }));
    const id = world.store.all()[0]?.id ?? '';
    await world.drive(id);
    const before = await world.run(id);
    expect(await takeMessage(world.dependencies, cancelOf('order-1'))).toMatchObject({ kind: 'canceled' });
    expect(await world.run(id)).toEqual(before);
  });

  it('reaches only what came through the queue under that flow', async () => {
    const world = createWorld({ session });
    await world.accept({ requestedBy: 'key', requestKey: 'order-1' });
    await expect(takeMessage(world.dependencies, cancelOf('order-1'))).rejects.toMatchObject({
      name: 'RunNotYetAcceptedError',
    });
  });
});

describe('a slot message', () => {
  it('makes one run of the slot it names, to the minute, however often it is delivered', async () => {
    const config = testConfig({ schedule: { cron: '0 9 * * *', parameters: { name: 'Ada' } } });
    const world = createWorld({ session, config });
    const message = (scheduledTime: string) => messageOf({ schedule: { flowId: 'onboard', scheduledTime } });
    world.advance(3_600_000);
    await takeMessage(world.dependencies, message('2026-03-02T09:00:00Z'));
    await takeMessage(world.dependencies, message('2026-03-02T09:00:17Z'));
    await takeMessage(world.dependencies, message('2026-03-02T10:00:00.000+01:00'));
    expect(world.store.all().map(({ trigger }) => trigger)).toEqual(['schedule']);
  });
});
