import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../lib/domain/errors.ts';
import { rerunRun } from '../../lib/workflow/rerun-run.ts';
import { resolveFallout } from '../../lib/workflow/resolve-fallout.ts';
import { takeMessage } from '../../lib/workflow/take-message.ts';
import { createMachine } from '../helpers/machine.ts';
import { createPlatform } from '../helpers/platform.ts';
import { createWorld, START_OF_TIME, testConfig } from '../helpers/world.ts';

async function ended() {
  const time = { now: () => START_OF_TIME };
  const platform = createPlatform(() => time.now());
  const world = createWorld({ session: platform.session });
  time.now = world.now;
  const machine = createMachine(world);
  const { id } = await world.accept({
    parameters: { name: 'Ada', email: 'ada@example.com' },
    businessKey: 'order-7',
    tags: { team: 'hr' },
  });
  return { world, machine, id, platform };
}

describe('running again', () => {
  it('makes a new run with the same parameters, sensitive ones too, linked to the old one', async () => {
    const { world, machine, id, platform } = await ended();
    await machine.run();
    const again = await rerunRun(world.dependencies, id, { requestedBy: 'key-1' });
    if (again.kind !== 'accepted') throw new Error(again.kind);
    expect(again.run).toMatchObject({ trigger: 'rerun', rerunOf: id, businessKey: 'order-7', tags: { team: 'hr' } });
    expect(again.run.id).not.toBe(id);
    const input = await world.dependencies.vault.open(again.run.id, again.run.input);
    expect(input.parameters).toEqual({ name: 'Ada', email: 'ada@example.com' });
    await machine.run();
    expect((await world.run(again.run.id)).status).toBe('SUCCEEDED');
    expect(platform.jobs).toHaveLength(2);
  });

  it('is one run for one idempotency key', async () => {
    const { world, machine, id } = await ended();
    await machine.run();
    const options = { requestedBy: 'key-1', requestKey: 'again-1' };
    const [first, second] = [
      await rerunRun(world.dependencies, id, options),
      await rerunRun(world.dependencies, id, options),
    ];
    expect([first.kind, second.kind]).toEqual(['accepted', 'replayed']);
  });

  it('never hands a message that was never taken in to a platform as its body, also after it was closed', async () => {
    const platform = createPlatform(() => START_OF_TIME);
    const flow = { rawBody: true, parameters: {} };
    const world = createWorld({ session: platform.session, config: testConfig(flow) });
    const body = JSON.stringify({ flowId: 'onboard', priority: 1 });
    const parked = await takeMessage(world.dependencies, { messageId: 'm-1', body });
    if (parked.kind !== 'parked') throw new Error(parked.kind);
    const decision = { decision: 'close', status: 'FAILED', reason: 'sent again, corrected' } as const;
    await resolveFallout(world.dependencies, parked.run.id, decision);
    await expect(rerunRun(world.dependencies, parked.run.id, {})).rejects.toThrow(InvalidInputError);
    expect(world.store.all()).toHaveLength(1);
  });

  it('waits until the run has ended', async () => {
    const { world, id } = await ended();
    expect(await rerunRun(world.dependencies, id, {})).toMatchObject({ kind: 'open' });
    expect(await rerunRun(world.dependencies, 'run_00000000000000000000000009', {})).toEqual({ kind: 'unknown' });
  });
});

describe('running a parked message again', () => {
  const REQUEST = { flowId: 'onboard', requestId: 'order-1', parameters: { name: 'Ada' }, businessKey: 'order-7' };

  /** Parked before its flow was deployed; now the flow is there. */
  async function parked(fields: object = {}) {
    const world = createWorld({ session: createPlatform(() => START_OF_TIME).session });
    const { dependencies } = world;
    const body = JSON.stringify({ ...REQUEST, ...fields });
    const notYet = { ...dependencies, config: { ...dependencies.config, flows: {} } };
    const taken = await takeMessage(notYet, { messageId: 'm-1', body });
    if (taken.kind !== 'parked') throw new Error(taken.kind);
    const send = (messageId: string, change: object = {}) =>
      takeMessage(dependencies, { messageId, body: JSON.stringify({ ...REQUEST, ...change }) });
    return { world, send, id: taken.run.id, again: (options = {}) => rerunRun(dependencies, taken.run.id, options) };
  }

  it('answers with the run that its sender has had by sending it again under its requestId', async () => {
    const { world, send, again } = await parked();
    const sent = await send('m-2');
    const rerun = await again({ requestedBy: 'key-1', requestKey: 'again-1' });
    expect([sent.kind, rerun.kind]).toEqual(['accepted', 'replayed']);
    expect('run' in rerun && 'run' in sent && rerun.run.id === sent.run.id).toBe(true);
    expect(world.store.all()).toHaveLength(2);
  });

  it('takes the requestId, so that its sender, who sends it again later, has the same run', async () => {
    const { world, id, send, again } = await parked();
    const rerun = await again({ requestedBy: 'key-1' });
    const sent = await send('m-2');
    expect([rerun.kind, sent.kind]).toEqual(['accepted', 'replayed']);
    expect(sent).toMatchObject({ run: { trigger: 'rerun', rerunOf: id, requestedBy: 'key-1' } });
    expect(world.store.all()).toHaveLength(2);
  });

  it('is refused, and names the run, where another request was accepted under its requestId', async () => {
    const { world, send, again } = await parked();
    const sent = await send('m-2', { parameters: { name: 'Grace' } });
    if (sent.kind !== 'accepted') throw new Error(sent.kind);
    expect(await again()).toMatchObject({ kind: 'request-id-taken', run: { id: sent.run.id } });
    expect(world.store.all()).toHaveLength(2);
  });

  it('goes by the key of whoever asks where the message has no requestId', async () => {
    const { world, again } = await parked({ requestId: undefined });
    const options = { requestedBy: 'key-1', requestKey: 'again-1' };
    expect([(await again(options)).kind, (await again(options)).kind]).toEqual(['accepted', 'replayed']);
    expect((await again()).kind).toBe('accepted');
    expect(world.store.all()).toHaveLength(3);
  });
});
