import { describe, expect, it } from 'vitest';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { BEGIN, begin, openWorld, options, type SmartFlowsWorld, startRequest } from '../helpers/smart-flows-world.ts';

/** The start that was lost: sent when the platform's clock began, which ours has been `offMs` ahead of ever since. */
function find(world: SmartFlowsWorld, parameters?: object, settings: object = {}, target: object = {}, offMs = 0) {
  const { remainingMs: _, ...request } = startRequest(parameters);
  const intentAt = new Date(BEGIN + offMs).toISOString();
  const now = () => world.now() + offMs;
  const session = world.open({ settings: { ...settings }, target: { ...target } });
  if (session.find === undefined) throw new Error('The provider cannot find.');
  return session.find({ ...request, intentAt, fenceUntil: intentAt, now }, options);
}

const OTHER = { customer: 'John Poe' };
const DAY_MS = 86_400_000;

describe.each(['flow', 'filter'])('smart-flows find, with the list by %s', (listBy) => {
  const settings = { listBy };

  it('finds the one start whose answer was lost by its input and time', async () => {
    const world = await openWorld();
    await begin(world.open(), OTHER);
    world.simulator.faults.add({ method: 'POST', fault: { kind: 'reset-after' } });
    await expect(begin(world.open())).rejects.toMatchObject({ name: 'ReplyLostError' });
    await begin(world.open({ target: { flowId: SMART_FLOWS.invoice } }));
    world.advance(60_000);
    const [, lost] = (await (await fetch(`${world.simulator.origin}/_simulator/jobs`)).json()) as { id: string }[];
    const found = await find(world, undefined, settings);
    expect(found).toEqual([{ remoteId: lost?.id, handle: { remoteId: lost?.id }, remoteStatus: 'Success' }]);
    const [adopted] = found;
    expect(await world.open().poll?.(adopted?.handle ?? null, options)).toMatchObject({ kind: 'ended' });
  });

  it.each([-86_400_000, -3_600_000, -31_000, 31_000, 3_600_000, 86_400_000])(
    'finds it by the platform’s own clock, of which ours may be ahead by %i ms',
    async (offMs) => {
      const world = await openWorld();
      await begin(world.open());
      world.advance(-2 * DAY_MS);
      await begin(world.open());
      world.advance(2 * DAY_MS + 30_000);
      expect(await find(world, undefined, settings, {}, offMs)).toHaveLength(1);
    },
  );

  it('finds it also when the list was long in coming, by our clock or by theirs', async () => {
    const world = await openWorld();
    const handle = await begin(world.open());
    const { remainingMs: _, ...request } = startRequest();
    const intentAt = new Date(BEGIN).toISOString();
    let isFirst = true;
    const now = () => {
      const nowMs = world.now();
      // The request waits for its turn once it has been asked for.
      if (isFirst) world.advance(100_000);
      isFirst = false;
      return nowMs;
    };
    expect(
      await world.open({ settings }).find?.({ ...request, intentAt, fenceUntil: intentAt, now }, options),
    ).toMatchObject([{ handle }]);
  });

  it('finds it also when our machine slept between the intent and the call', async () => {
    const world = await openWorld();
    const { remainingMs: _, ...request } = startRequest();
    const intentAt = new Date(BEGIN).toISOString();
    world.advance(3_600_000);
    const handle = await begin(world.open());
    world.advance(30_000);
    const { now } = world;
    const fenceUntil = new Date(now()).toISOString();
    const found = await world.open({ settings }).find?.({ ...request, intentAt, fenceUntil, now }, options);
    expect(found).toMatchObject([{ handle }]);
  });

  it('proves that there is none', async () => {
    const world = await openWorld();
    await begin(world.open(), OTHER);
    expect(await find(world, undefined, settings)).toEqual([]);
  });

  it.each([-100_000, 90_000])(
    'finds it also when the clock of the intent was %i ms ahead of that of the list',
    async (aheadMs) => {
      const world = await openWorld();
      const handle = await begin(world.open());
      world.advance(200_000);
      const { remainingMs: _, ...request } = startRequest();
      const intentAt = new Date(BEGIN + aheadMs).toISOString();
      const { now } = world;
      const session = world.open({ settings });
      expect(await session.find?.({ ...request, intentAt, fenceUntil: intentAt, now }, options)).toMatchObject([
        { handle },
      ]);
    },
  );

  it('names both when two fit, so that a human decides', async () => {
    const world = await openWorld();
    await begin(world.open());
    await begin(world.open());
    expect(await find(world, undefined, settings)).toHaveLength(2);
  });

  it('leaves out what has the same input but another time', async () => {
    const world = await openWorld();
    world.advance(-600_000);
    await begin(world.open());
    world.advance(1_200_000);
    await begin(world.open());
    expect(await find(world, undefined, settings)).toEqual([]);
  });

  it('recognises its correlation value among equals', async () => {
    const world = await openWorld();
    const mine = { customer: 'Jane Roe', reference: 'run_01-1' };
    await begin(world.open(), { ...mine, reference: 'run_02-1' });
    const handle = await begin(world.open(), mine);
    expect(await find(world, mine, settings)).toMatchObject([{ handle }]);
  });

  it('reads on over many pages', async () => {
    const world = await openWorld();
    const handle = await begin(world.open());
    for (let count = 0; count < 60; count += 1) {
      world.advance(1);
      await begin(world.open(), OTHER);
    }
    expect(await find(world, undefined, settings)).toMatchObject([{ handle }]);
  });
});

describe('smart-flows find, where the documents are silent', () => {
  it('asks each execution for its input when the list does not show it', async () => {
    const world = await openWorld({ switches: { showInput: 'single' } });
    await begin(world.open(), OTHER);
    const handle = await begin(world.open());
    expect(await find(world)).toMatchObject([{ handle }]);
  });

  it('proves nothing when nobody shows the input', async () => {
    const world = await openWorld({ switches: { showInput: 'never' } });
    await begin(world.open());
    await expect(find(world)).rejects.toMatchObject({ name: 'ProviderProtocolError' });
  });

  it('needs no shown input for a flow that takes none', async () => {
    const world = await openWorld({ switches: { showInput: 'never' } });
    const target = { flowId: SMART_FLOWS.heartbeat, rootElement: undefined };
    const handle = await begin(world.open({ target }), {});
    expect(await find(world, {}, {}, target)).toMatchObject([{ handle }]);
  });

  it('takes a list without pages as complete', async () => {
    const world = await openWorld({ switches: { pagesOfFlow: false } });
    await begin(world.open(), OTHER);
    expect(await find(world)).toEqual([]);
  });

  it('proves nothing by a list that stops at one page and repeats it', async () => {
    const world = await openWorld({ switches: { pagesOfFlow: false } });
    for (let count = 0; count < 50; count += 1) await begin(world.open(), OTHER);
    await expect(find(world)).rejects.toMatchObject({ name: 'ProviderProtocolError' });
  });

  it('does not believe in the order of a list that is not in order', async () => {
    const world = await openWorld();
    const target = { flowId: SMART_FLOWS.offer };
    const handle = await begin(world.open());
    const old = (id: string, minute: number) => ({
      id,
      createdAt: `2025-01-01T00:0${minute}:00Z`,
      flow: {},
      state: {},
    });
    const body = JSON.stringify([old('a', 1), old('b', 2)]);
    world.simulator.faults.add({ path: 'page=0', fault: { kind: 'reply', status: 200, body } });
    const [row] = (await (
      await fetch(`${world.simulator.origin}/api/v1/flows/${target.flowId}/executions`, {
        headers: { 'x-api-key': 'sf-key-for-tests' },
      })
    ).json()) as object[];
    world.simulator.faults.add({ path: 'page=1', fault: { kind: 'reply', status: 200, body: JSON.stringify([row]) } });
    expect(await find(world)).toMatchObject([{ handle }]);
  });

  it.each([-14, -5, 9, 14])('does not know the zone of a time without one: it may be %i hours off', async (hours) => {
    const world = await openWorld();
    const createdAt = new Date(BEGIN + hours * 3_600_000).toISOString().slice(0, 19);
    const body = JSON.stringify([{ id: 'local', createdAt, state: { inputData: { customer: 'Jane Roe' } } }]);
    world.simulator.faults.add({ path: 'page=0', fault: { kind: 'reply', status: 200, body } });
    expect(await find(world)).toMatchObject([{ remoteId: 'local' }]);
  });

  it('recognises numbers and days in another spelling', async () => {
    const world = await openWorld();
    const createdAt = '2026-01-05T09:00:10';
    const inputData = { amount: '12.50', day: '2026-02-01T00:00:00' };
    const body = JSON.stringify([{ id: 'other-spelling', createdAt, state: { inputData } }]);
    world.simulator.faults.add({ path: 'page=0', fault: { kind: 'reply', status: 200, body } });
    expect(await find(world, { amount: 12.5, day: '2026-02-01' })).toMatchObject([{ remoteId: 'other-spelling' }]);
  });

  it('recognises its correlation value in an input that shows little else', async () => {
    const world = await openWorld();
    const state = { inputData: { reference: 'run_01-1', name: '***' } };
    const body = JSON.stringify([{ id: 'masked', createdAt: '2026-01-05T09:00:10Z', state }]);
    world.simulator.faults.add({ path: 'page=0', fault: { kind: 'reply', status: 200, body } });
    const found = await find(world, { customer: 'Jane Roe', reference: 'run_01-1' });
    expect(found).toMatchObject([{ remoteId: 'masked' }]);
  });

  it.each(['2026-01-04T09:00:10Z', '2026-01-06T09:00:10Z'])(
    'recognises its correlation value whatever the time beside it: %s',
    async (createdAt) => {
      const world = await openWorld();
      const row = (id: string, inputData: object) => ({ id, createdAt, state: { inputData } });
      const rows = [row('another', { reference: 'run_02-1' }), row('ours', { reference: 'run_01-1' })];
      world.simulator.faults.add({ path: 'page=0', fault: { kind: 'reply', status: 200, body: JSON.stringify(rows) } });
      const found = await find(world, { customer: 'Jane Roe', reference: 'run_01-1' });
      expect(found).toMatchObject([{ remoteId: 'ours' }]);
    },
  );

  it('is not kept from its proof by executions of another time that show nothing', async () => {
    const world = await openWorld();
    const rows = [{ id: 'untold', createdAt: '2026-01-04T09:00:10Z', state: {} }];
    world.simulator.faults.add({ path: 'page=0', fault: { kind: 'reply', status: 200, body: JSON.stringify(rows) } });
    expect(await find(world, { customer: 'Jane Roe', reference: 'run_01-1' })).toEqual([]);
  });

  it('counts equal values, because one does not stand for two', async () => {
    const world = await openWorld();
    await begin(world.open(), { from: 'Gent', to: 'Brugge' });
    expect(await find(world, { from: 'Gent', to: 'Gent' })).toEqual([]);
  });

  it('fails as a read fails, so that it is asked again', async () => {
    const world = await openWorld();
    world.simulator.faults.add({ fault: { kind: 'reply', status: 502 } });
    await expect(find(world)).rejects.toMatchObject({ name: 'ReplyLostError' });
  });
});
