import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../lib/domain/json.ts';
import type { ProviderSession } from '../../lib/providers/provider.ts';
import { fieldKey } from '../../lib/simulators/smart-flows/views.ts';
import { SMART_FLOWS } from '../../lib/simulators/smart-flows.ts';
import { begin, look, openWorld, options } from '../helpers/smart-flows-world.ts';

const VALUES = { [fieldKey('city')]: 'Ghent' };

/** An execution that waits for a person. */
async function asked() {
  const world = await openWorld();
  const session = world.open({ target: { flowId: SMART_FLOWS.onboarding } });
  const handle = await begin(session);
  world.advance(60_000);
  expect(await look(session, handle)).toMatchObject({ kind: 'waiting' });
  return { ...world, session, handle };
}

function give(session: ProviderSession, handle: Json, values: JsonObject = VALUES) {
  if (session.answer === undefined) throw new Error('The provider cannot answer.');
  return session.answer(handle, values, options);
}

const answers = ({ simulator }: Awaited<ReturnType<typeof asked>>) =>
  simulator.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/progress'));

describe('smart-flows answer', () => {
  it.each([
    ['a field that the form does not have', { nonsense: 'x' }],
    ['a value of another type', { [fieldKey('city')]: 7 }],
  ])("passes on the platform's words when it refuses %s, and the question stays open", async (_, values) => {
    const world = await asked();
    await expect(give(world.session, world.handle, values)).rejects.toMatchObject({
      name: 'ProviderRefusedError',
      status: 400,
      remoteText: expect.stringContaining('A field is not in the schema, or not of its type.'),
    });
    expect(await look(world.session, world.handle)).toMatchObject({ kind: 'waiting' });
  });

  it('is refused once the execution does not wait any more, so that nothing is answered twice', async () => {
    const world = await asked();
    await give(world.session, world.handle);
    await expect(give(world.session, world.handle)).rejects.toMatchObject({
      name: 'ProviderRefusedError',
      status: 409,
      remoteText: expect.stringContaining('does not wait for input'),
    });
  });

  it('is a look where the platform shows instead what an execution that does not wait is doing', async () => {
    const world = await asked();
    const body = '{"status":"Success","percentage":100}';
    world.simulator.faults.add({ method: 'POST', fault: { kind: 'reply', status: 200, body } });
    expect(await give(world.session, world.handle)).toMatchObject({
      kind: 'ended',
      verdict: { status: 'SUCCEEDED', remoteStatus: 'Success' },
    });
  });

  it('shows the next question at once, since a flow may ask several times', async () => {
    const world = await asked();
    const body = JSON.stringify({ status: 'UserInput', form: [{ items: [{ key: 'b_2', title: 'Street' }] }] });
    world.simulator.faults.add({ method: 'POST', fault: { kind: 'reply', status: 200, body } });
    expect(await give(world.session, world.handle)).toMatchObject({
      kind: 'waiting',
      form: { form: [{ items: [{ title: 'Street' }] }] },
    });
  });

  it.each([
    ['is reset', { kind: 'reset-after' }],
    ['breaks off', { kind: 'cut-body', bytes: 5 }],
    ['is a 502 of a proxy', { kind: 'reply-after', status: 502 }],
    ['is a page', { kind: 'reply-after', status: 200, body: '<html></html>' }],
  ] as const)('is lost, not refused, when the reply %s: the next look tells whether it arrived', async (_, fault) => {
    const world = await asked();
    world.simulator.faults.add({ method: 'POST', path: '/progress', fault });
    await expect(give(world.session, world.handle)).rejects.toMatchObject({ name: 'ReplyLostError' });
    expect(answers(world)).toHaveLength(1);
    expect(await look(world.session, world.handle)).toMatchObject({ kind: 'going', status: 'RUNNING' });
  });

  it('goes over a connection of its own, so that a stale one cannot leave it in doubt', async () => {
    const world = await asked();
    await give(world.session, world.handle);
    expect(answers(world).map(({ headers }) => headers.connection)).toEqual(['close']);
  });

  it('says that the execution is gone when the clean-up was faster', async () => {
    const world = await asked();
    await expect(give(world.session, { remoteId: 'ffffffff-0000-4000-8000-000000000000' })).rejects.toMatchObject({
      name: 'RemoteNotFoundError',
    });
  });
});

describe('smart-flows cancel', () => {
  it('stops an execution that waits for a person', async () => {
    const world = await asked();
    expect(await world.session.cancel?.(world.handle, options)).toBe('confirmed');
    expect(await look(world.session, world.handle)).toMatchObject({ verdict: { status: 'CANCELED' } });
  });

  it('is unconfirmed where the platform takes the call and the execution still goes on', async () => {
    const world = await asked();
    world.simulator.faults.add({ method: 'DELETE', fault: { kind: 'reply', status: 204 } });
    expect(await world.session.cancel?.(world.handle, options)).toBe('unconfirmed');
  });

  it.each([
    ['a reset', { kind: 'reset-after' }, 'ReplyLostError'],
    ['a 500', { kind: 'reply', status: 500 }, 'ReplyLostError'],
    ['a refusal', { kind: 'reply', status: 409, body: '{"message":"no"}' }, 'ProviderRefusedError'],
    ['a refused key', { kind: 'reply', status: 401 }, 'ProviderUnauthorizedError'],
  ] as const)('claims nothing after %s', async (_, fault, name) => {
    const world = await asked();
    world.simulator.faults.add({ method: 'DELETE', times: 2, fault });
    await expect(world.session.cancel?.(world.handle, options)).rejects.toMatchObject({ name });
  });

  it('says that the execution is gone when both paths do not know it', async () => {
    const world = await asked();
    const gone = world.session.cancel?.({ remoteId: 'ffffffff-0000-4000-8000-000000000000' }, options);
    await expect(gone).rejects.toMatchObject({ name: 'RemoteNotFoundError' });
  });
});
