import { describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../lib/domain/errors.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { fallOut } from '../../lib/workflow/conclude.ts';
import type { FalloutNotice } from '../../lib/workflow/ports.ts';
import { publishFallout } from '../../lib/workflow/publish-fallout.ts';
import { resolveFallout } from '../../lib/workflow/resolve-fallout.ts';
import { takeMessage } from '../../lib/workflow/take-message.ts';
import { update } from '../../lib/workflow/update.ts';
import { messageOf } from '../helpers/queue.ts';
import { createWorld, START_OF_TIME, type World } from '../helpers/world.ts';

const session: ProviderSession = {
  start: async () => ({ kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }),
  poll: async () => ({ kind: 'going', status: 'RUNNING', remoteStatus: 'running' }),
};
const signal = new AbortController().signal;

async function worldWithFallout(count: number): Promise<World> {
  const world = createWorld({ session });
  await world.accept();
  for (let made = 0; made < count; made += 1) await takeMessage(world.dependencies, messageOf({ flowId: 'offboard' }));
  return world;
}

const publish = (world: World) => publishFallout(world.dependencies, { signal });
const runIds = (world: World) => world.notices.map(({ runId }) => runId);

describe('the fallout queue', () => {
  it('is told of a run once, with what an operator needs and nothing else', async () => {
    const world = await worldWithFallout(1);
    const id = world.store.all()[1]?.id ?? '';
    world.advance(60_000);
    expect(await publish(world)).toEqual({ published: 1, failed: 0 });
    expect(await publish(world)).toEqual({ published: 0, failed: 0 });
    expect(world.notices).toEqual([
      {
        runId: id,
        flowId: 'offboard',
        connection: 'unknown',
        reason: 'POISON_MESSAGE',
        message: expect.stringContaining('flowId'),
        endedAt: new Date(START_OF_TIME).toISOString(),
        version: 1,
      },
    ]);
    const run = await world.run(id);
    expect(run.fallout?.publishedAt).toBe(new Date(START_OF_TIME + 60_000).toISOString());
    expect(run.fallout?.evidence).toBeDefined();
    expect(run.endedAt).toBe(new Date(START_OF_TIME).toISOString());
    expect(run.events.at(-1)).toMatchObject({ type: 'published', message: 'The fallout queue has it.' });
  });

  it('that refuses everything loses nothing: each run stays in fallout and is sent once when it takes them', async () => {
    const world = await worldWithFallout(250);
    world.boundary = (effect) => {
      if (effect === 'fallout.send') throw Object.assign(new Error('not for you'), { name: 'AccessDenied' });
    };
    expect(await publish(world)).toEqual({ published: 0, failed: 250 });
    expect(world.store.all().filter(({ status }) => status === 'FALLOUT')).toHaveLength(250);
    world.boundary = () => {};
    expect(await publish(world)).toEqual({ published: 250, failed: 0 });
    await publish(world);
    expect(world.notices).toHaveLength(250);
    expect(new Set(runIds(world)).size).toBe(250);
  });

  it('that is out of reach is not asked a thousand times', async () => {
    const world = await worldWithFallout(250);
    world.boundary = (effect) => {
      if (effect === 'fallout.send') throw new StoreUnavailableError('SQS did not serve us');
    };
    expect(await publish(world)).toEqual({ published: 0, failed: 10 });
    expect(world.effects.filter((effect) => effect === 'fallout.send')).toHaveLength(10);
  });

  it('gets the others although it refuses one', async () => {
    const world = await worldWithFallout(30);
    const refused = world.store.all()[1]?.id;
    const falloutQueue = {
      async send(notice: FalloutNotice) {
        if (notice.runId === refused) throw new Error('refused');
        world.notices.push(notice);
      },
    };
    const counts = await publishFallout({ ...world.dependencies, falloutQueue }, { signal });
    expect(counts).toEqual({ published: 29, failed: 1 });
    expect(runIds(world)).not.toContain(refused);
  });

  it('is told again when the record could not say that it knows', async () => {
    const world = await worldWithFallout(1);
    world.boundary = (effect, when) => {
      if (effect === 'store.save' && when === 'before') throw new StoreUnavailableError('throttled');
    };
    expect(await publish(world)).toEqual({ published: 0, failed: 1 });
    world.boundary = () => {};
    expect(await publish(world)).toEqual({ published: 1, failed: 0 });
    // The same run, reason and version: whoever reads the queue knows it for a copy.
    expect(new Set(world.notices.map(({ runId, reason, version }) => `${runId} ${reason} ${version}`)).size).toBe(1);
  });

  it('is told again in the same words although more has come to be known meanwhile', async () => {
    const world = createWorld({ session });
    const { id } = await world.accept();
    const left = await fallOut(
      world.dependencies,
      { runId: id, generation: 1, lap: 0 },
      await world.run(id),
      'AMBIGUOUS_START',
      'x',
    );
    expect(left.next).toBe('FAILED');
    world.boundary = (effect) => {
      if (effect === 'store.save') throw new StoreUnavailableError('the table is away');
    };
    await publish(world);
    world.boundary = () => {};
    await update(world.dependencies, await world.run(id), { orphans: ['r9'] }, { type: 'started', message: 'late' });
    expect(await publish(world)).toEqual({ published: 1, failed: 0 });
    expect(world.notices).toHaveLength(2);
    expect(world.notices[1]).toEqual(world.notices[0]);
  });

  it('may be told twice by two sweeps at once, and the record stays whole', async () => {
    const world = await worldWithFallout(20);
    const both = await Promise.all([publish(world), publish(world)]);
    expect(both.map(({ failed }) => failed)).toEqual([0, 0]);
    expect(new Set(runIds(world)).size).toBe(20);
    expect(new Set(world.store.all().map(({ version }) => version))).toEqual(new Set([1, 2]));
    expect(await publish(world)).toEqual({ published: 0, failed: 0 });
  });

  it('does not undo a decision that was made while it was told', async () => {
    const world = await worldWithFallout(1);
    const id = world.store.all()[1]?.id ?? '';
    const falloutQueue = {
      async send() {
        await resolveFallout(world.dependencies, id, { decision: 'close', status: 'CANCELED', reason: 'a test' });
      },
    };
    const counts = await publishFallout({ ...world.dependencies, falloutQueue }, { signal });
    expect(counts).toEqual({ published: 1, failed: 0 });
    expect(await world.run(id)).toMatchObject({ status: 'CANCELED' });
  });

  it('is told no more when the time is up', async () => {
    const world = await worldWithFallout(250);
    const controller = new AbortController();
    world.boundary = (effect) => {
      if (effect === 'fallout.send') controller.abort();
    };
    expect(await publishFallout(world.dependencies, { signal: controller.signal })).toEqual({
      published: 10,
      failed: 0,
    });
  });
});
