import { expect, it } from 'vitest';
import type { ProviderVariant } from './variant.ts';
import { errorOf, openWorld, unhurried } from './world.ts';

/** Whoever sets a connection up asks whether it works, before anything is started. */
export function describeCheck(variant: ProviderVariant): void {
  it('says of the right key what can be said, and starts nothing', async () => {
    await using world = await openWorld(variant);
    const checked = await world.session.check?.(unhurried);
    expect(checked).toMatchObject({ key: variant.check.right, message: expect.stringMatching(/\S/) });
    expect(world.calls().length).toBeGreaterThan(0);
    expect(world.starts().filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(world.jobs()).toEqual([]);
  });

  it('says of a wrong key what can be said, and never takes it for a right one', async () => {
    await using world = await openWorld(variant);
    const { credentials } = variant.wrongKey;
    const checked = await world.open({ credentials }).check?.(unhurried);
    expect(checked).toMatchObject({ key: variant.check.wrong });
    for (const secret of Object.values(credentials)) expect(checked?.message).not.toContain(String(secret));
  });

  it.each([401, 403])('takes %i for a refusal, or says that it cannot tell', async (status) => {
    await using world = await openWorld(variant);
    world.breakEverything({ kind: 'reply', status });
    expect((await world.session.check?.(unhurried))?.key).toBe('refused');
  });

  it('tells a platform that is down from a wrong key', async () => {
    await using world = await openWorld(variant);
    await world.simulator.close();
    expect(await errorOf(Promise.resolve(world.session.check?.(unhurried)))).toMatchObject({
      name: 'RequestNotSentError',
    });
  });

  it.each([429, 502, 503])('learns nothing of the key from %i', async (status) => {
    await using world = await openWorld(variant);
    world.breakEverything({ kind: 'reply', status, headers: { 'retry-after': '9' } });
    const error = await errorOf(Promise.resolve(world.session.check?.(unhurried)));
    expect(error.name).toMatch(/^(ProviderThrottledError|ReplyLostError|RequestNotSentError)$/);
  });

  it('does not take a page of somebody else for a platform that knows the key', async () => {
    await using world = await openWorld(variant);
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome</html>' } as const;
    world.breakEverything({ kind: 'reply', ...page });
    // Where it stands in place of a login, there is no answer at all.
    const checked = await world.session.check?.(unhurried).catch(() => undefined);
    expect(checked?.key).not.toBe('accepted');
  });

  it('ends when its caller does', async () => {
    await using world = await openWorld(variant);
    const reason = new Error('enough');
    await expect(world.session.check?.({ signal: AbortSignal.abort(reason) })).rejects.toThrow();
    expect(world.calls()).toEqual([]);
  });
}
