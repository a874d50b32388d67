import { describe, expect, it } from 'vitest';
import { credentials, logins, open, options, platform, request, submits } from '../helpers/assist-edge.ts';

describe('assist-edge tokens', () => {
  it.each(['text', 'json', 'token', 'access_token'] as const)(
    'are read from a reply of the form %s',
    async (tokenReply) => {
      const simulator = await platform({ switches: { tokenReply } });
      await expect(open(simulator).start(request(), options())).resolves.toMatchObject({ kind: 'ended' });
    },
  );

  it('lose the quotes that some installations put around them', async () => {
    const simulator = await platform();
    simulator.faults.add({ path: 'token', fault: { kind: 'reply', status: 200, body: ' "\\"abc.def.ghi\\"" \n' } });
    await open(simulator).start(request(), options());
    expect(submits(simulator)[0]?.headers.authorization).toBe('Bearer abc.def.ghi');
  });

  it('are kept between starts', async () => {
    const simulator = await platform();
    const session = open(simulator);
    await session.start(request(), options());
    await session.start(request(), options());
    expect(logins(simulator)).toHaveLength(1);
  });

  it('expire without a published lifetime: a hundred expiries fail no run, since a 401 took nothing', async () => {
    let now = 0;
    const simulator = await platform({ now: () => now, switches: { tokenLifetimeMs: 60_000 } });
    const session = open(simulator);
    for (let turn = 0; turn < 100; turn += 1) {
      const started = await session.start(request(), options());
      expect(started).toMatchObject({ verdict: { status: 'HANDED_OFF' } });
      now += 60_001;
    }
    expect(logins(simulator)).toHaveLength(100);
    expect(submits(simulator)).toHaveLength(199);
  });

  it('that are refused even when fresh end in ProviderUnauthorizedError after one more try', async () => {
    const simulator = await platform({ switches: { tokenLifetimeMs: 0 } });
    const start = open(simulator).start(request(), options());
    await expect(start).rejects.toMatchObject({ name: 'ProviderUnauthorizedError', status: 401 });
    expect(submits(simulator)).toHaveLength(2);
  });

  it('are refused with HTTP 500 for a wrong password: an authorisation failure, not a lost reply', async () => {
    const simulator = await platform();
    const start = open(simulator, { credentials: { ...credentials, password: 'old-password-55' } }).start(
      request(),
      options(),
    );
    await expect(start).rejects.toMatchObject({ name: 'ProviderUnauthorizedError', status: 500 });
    await expect(start).rejects.not.toThrow(/old-password-55/);
    expect(submits(simulator)).toHaveLength(0);
  });

  it.each([
    ['a lost reply', { kind: 'reset' as const }, 'RequestNotSentError'],
    ['HTTP 503', { kind: 'reply' as const, status: 503 }, 'RequestNotSentError'],
    ['HTTP 429', { kind: 'reply' as const, status: 429 }, 'ProviderThrottledError'],
    ['HTTP 404', { kind: 'reply' as const, status: 404 }, 'ProviderUnauthorizedError'],
    [
      'a login page',
      { kind: 'reply' as const, status: 200, body: '<html>Sign in</html>' },
      'ProviderUnauthorizedError',
    ],
    ['an empty reply', { kind: 'reply' as const, status: 200 }, 'ProviderUnauthorizedError'],
  ])('that %s keeps away leave no doubt about the start', async (_, fault, name) => {
    const simulator = await platform();
    simulator.faults.add({ path: 'token', times: 5, fault });
    await expect(open(simulator).start(request(), options())).rejects.toMatchObject({ name });
    expect(submits(simulator)).toHaveLength(0);
  });
});
