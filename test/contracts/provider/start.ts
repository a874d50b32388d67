import { expect, it } from 'vitest';
import type { ProviderVariant } from './variant.ts';
import { openWorld, read, remoteIdOf, startedHandle, startRequest, unhurried } from './world.ts';

/** What a start that goes well owes its callers. */
export function describeStart(variant: ProviderVariant): void {
  it('starts with exactly one request over a connection of its own, so that a stale one cannot leave it in doubt', async () => {
    await using world = await openWorld(variant);
    const started = await world.session.start(startRequest(variant), unhurried);
    expect(started.kind === 'accepted' ? started.kind : started.verdict.status).toBe(variant.started);
    expect(world.calls()).toHaveLength(1);
    expect(world.starts()).toHaveLength(1);
    expect(world.starts()[0]?.headers.connection).toBe('close');
    expect(world.jobs()).toHaveLength(1);
  });

  it('makes one job of each of ten starts at once, gives each its own id, and logs in once at most', async () => {
    await using world = await openWorld(variant);
    const many = Array.from({ length: 10 }, () => world.session.start(startRequest(variant), unhurried));
    const ids = (await Promise.all(many)).map(({ remoteId }) => remoteId).filter((id) => id !== undefined);
    expect(world.jobs()).toHaveLength(10);
    expect(new Set(ids).size).toBe(ids.length);
    if (variant.started === 'accepted') expect(ids).toHaveLength(10);
    expect(world.simulator.requests.length - world.calls().length).toBe(variant.loginPath === undefined ? 0 : 1);
  });

  it('can do what it says and no more, because the presence of a function is the capability', async () => {
    await using world = await openWorld(variant);
    const { start: _, startTimeoutMs: __, maxHoldMs: ___, check: ____, ...reads } = world.session;
    expect(Object.keys(reads).sort()).toEqual([...variant.reads].sort());
  });

  it(
    variant.held
      ? 'asks the platform to hold the call until the job has ended, because the flow wants it'
      : 'never asks the platform to hold the call until the job has ended, because a cut call would be in doubt',
    async () => {
      await using world = await openWorld(variant);
      await world.session.start(startRequest(variant), unhurried);
      const [{ path, body } = { path: '', body: '' }] = world.starts();
      const asks = /[?&]await=true/i.test(path) || /"(isSync|wait_for_completion)":\s*true/.test(body);
      expect(asks).toBe(variant.held);
    },
  );

  it('says who it is in the documented header of every request, and never in an address', async () => {
    await using world = await openWorld(variant);
    await liveWholeLife(variant, world);
    expect(world.calls().length).toBeGreaterThanOrEqual(1);
    for (const { headers } of world.calls()) expect(headers[variant.auth.header]).toMatch(variant.auth.value);
    const addresses = world.simulator.requests.map(({ path }) => decodeURIComponent(path)).join('\n');
    for (const secret of variant.secrets) expect(addresses).not.toContain(secret);
  });

  if (variant.started !== 'accepted') return;

  it('gives a handle without secrets that works after a trip through JSON, in every call that takes one', async () => {
    await using world = await openWorld(variant);
    const handle = await startedHandle(variant, world.session);
    for (const secret of [...variant.secrets, ...Object.values(variant.parameters)])
      expect(JSON.stringify(handle)).not.toContain(String(secret));
    // A session of another process, which knows nothing but the handle.
    const later = world.open();
    expect(await read(variant, later, 'poll', { handle, intentAt: world.intentAt() })).toMatchObject({ kind: 'going' });
    world.pass(variant.polling?.endsAfterMs ?? 0);
    const ended = { kind: 'ended', verdict: { status: variant.polling?.ends } };
    expect(await read(variant, later, 'poll', { handle, intentAt: world.intentAt() })).toMatchObject(ended);
    if (variant.reads.includes('fetchOutput'))
      expect(await read(variant, later, 'fetchOutput', { handle, intentAt: world.intentAt() })).toBeDefined();
    if (variant.reads.includes('cancel'))
      expect(await read(variant, later, 'cancel', { handle, intentAt: world.intentAt() })).toBe('unconfirmed');
  });

  it('takes the id alone for a handle, as when a human adopts a run', async () => {
    await using world = await openWorld(variant);
    const [, remoteId] = await remoteIdOf(variant, world.session);
    const input = { handle: remoteId, intentAt: world.intentAt() };
    expect(await read(variant, world.session, 'poll', input)).toMatchObject({ kind: 'going' });
  });
}

/** Start, look, wait for the end, fetch, and whatever else there is. */
async function liveWholeLife(variant: ProviderVariant, world: Awaited<ReturnType<typeof openWorld>>): Promise<void> {
  const started = await world.session.start(startRequest(variant), unhurried);
  if (started.kind !== 'accepted') return;
  const { handle } = started;
  const ask = (which: (typeof variant.reads)[number]) =>
    read(variant, world.session, which, { handle, intentAt: world.intentAt() });
  await ask('poll');
  if (variant.reads.includes('find')) await ask('find');
  world.pass(variant.polling?.endsAfterMs ?? 0);
  for (const which of ['poll', 'fetchOutput', 'cancel'] as const) if (variant.reads.includes(which)) await ask(which);
}
