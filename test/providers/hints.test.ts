import { describe, expect, it } from 'vitest';
import type { HttpReply } from '../../lib/http/http-client.ts';
import { hearing } from '../../lib/providers/hints.ts';
import type { ProviderOptions, ProviderSession, Started } from '../../lib/providers/provider.ts';

/** A provider whose start asks so often, and is told to wait these seconds, one reply after the other. */
async function startTold(came: Started, ...seconds: readonly (string | undefined)[]): Promise<Started> {
  const left = [...seconds];
  const send = async () => {
    const value = left.shift();
    return { status: 200, header: (name: string) => (name === 'retry-after' ? value : undefined) } as HttpReply;
  };
  const connect = hearing(({ http }: ProviderOptions<object, object>): ProviderSession => {
    return {
      async start() {
        for (const _ of seconds) await http.send({ method: 'GET', path: [], signal: new AbortController().signal });
        return came;
      },
    };
  });
  const session = connect({ settings: {}, target: {}, baseUrl: '', http: { send } as never });
  return session.start({} as never, {} as never);
}

describe('a start', () => {
  it.each<readonly [string, Started]>([
    ['was accepted', { kind: 'accepted', handle: 'r1', remoteId: 'r1', status: 'RUNNING' }],
    ['has ended at once', { kind: 'ended', verdict: { status: 'FAILED' } }],
  ])('that %s tells the longest wait that any of its replies asked for', async (_, came) => {
    expect(await startTold(came, '5', '40', undefined, '7')).toEqual({ ...came, retryAfterMs: 40_000 });
    expect(await startTold(came, undefined)).toEqual(came);
  });
});
