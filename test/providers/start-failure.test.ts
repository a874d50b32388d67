import { describe, expect, it } from 'vitest';
import type { HttpReply } from '../../lib/http/http-client.ts';
import { startFailureOf } from '../../lib/providers/start-failure.ts';

const replyOf = (status: number, headers: Readonly<Record<string, string>> = {}): HttpReply => ({
  status,
  text: '',
  header: (name) => headers[name],
});
const failure = (status: number, serverErrorMeansNotAccepted: boolean) =>
  startFailureOf(replyOf(status), { what: 'start of flow', serverErrorMeansNotAccepted });

describe('a start that was answered without success', () => {
  it.each([500, 502, 503, 599])(
    'with %i may have been accepted, unless the operator vouches that it was not',
    (status) => {
      expect(failure(status, false)).toMatchObject({ name: 'ReplyLostError', status });
      expect(failure(status, true)).toMatchObject({
        name: 'RequestNotSentError',
        status,
        untrustedServer: false,
        message: `start of flow: the reply was ${status}, which on this connection means that nothing was accepted`,
      });
    },
  );

  it.each([true, false])('keeps how long the platform asks to be left alone (vouched for: %s)', (vouched) => {
    const options = { what: 'start of flow', serverErrorMeansNotAccepted: vouched };
    expect(startFailureOf(replyOf(503, { 'retry-after': '120' }), options)).toMatchObject({ retryAfterMs: 120_000 });
    expect(startFailureOf(replyOf(503), options)).toHaveProperty('retryAfterMs', undefined);
  });

  it.each([
    [302, 'ReplyLostError'],
    [400, 'ProviderRefusedError'],
    [404, 'ProviderRefusedError'],
    [401, 'ProviderUnauthorizedError'],
    [408, 'ReplyLostError'],
    [429, 'ProviderThrottledError'],
    [499, 'ReplyLostError'],
  ])('with %i means what it always means: the operator vouches for server errors alone', (status, name) => {
    for (const vouched of [true, false])
      expect(failure(status, vouched)).toMatchObject({
        name,
        status,
        message: expect.stringContaining('start of flow'),
      });
  });
});
