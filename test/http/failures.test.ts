import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HandlerTimeoutError } from '../../lib/domain/errors.ts';
import { broken, type Interruption, interrupted } from '../../lib/http/failures.ts';

const coded = (code: unknown) => Object.assign(new Error('canary'), { code });

describe('a call that was ended', () => {
  const LIMITS = ['deadline', 'connect', 'idle', 'caller'] as const satisfies readonly Interruption[];

  it.each(LIMITS)('by "%s" was not sent as long as no byte left, and may have been taken after that', (why) => {
    expect(interrupted('POST /runs', why, false, undefined)).toMatchObject({
      name: 'RequestNotSentError',
      untrustedServer: false,
      message: expect.stringMatching(/^POST \/runs: not sent, because /),
    });
    expect(interrupted('POST /runs', why, true, undefined)).toMatchObject({
      name: 'ReplyLostError',
      message: expect.stringMatching(/^POST \/runs: sent, but /),
    });
  });

  it('says which limit it was', () => {
    const messages = LIMITS.flatMap((why) =>
      [true, false].map((sent) => interrupted('call', why, sent, undefined).message),
    );
    expect(messages).toEqual([
      expect.stringContaining('its time limit was reached'),
      expect.stringContaining('its time limit was reached'),
      expect.stringContaining('the connection took too long'),
      expect.stringContaining('the connection took too long'),
      expect.stringContaining('the server fell silent'),
      expect.stringContaining('the server fell silent'),
      expect.stringContaining('it was aborted'),
      expect.stringContaining('it was aborted'),
    ]);
  });

  it('by our own time is that and nothing else, and by a limit it is never our time', () => {
    const ours = new HandlerTimeoutError('two seconds left');
    expect(interrupted('call', 'caller', true, ours)).toBe(ours);
    expect(interrupted('call', 'caller', false, ours)).toBe(ours);
    expect(interrupted('call', 'idle', true, ours)).toMatchObject({ name: 'ReplyLostError' });
    expect(interrupted('call', 'caller', true, new Error('given up'))).toMatchObject({ name: 'ReplyLostError' });
  });
});

describe('a connection that broke', () => {
  /** What OpenSSL, Node and our own guard say of a server that is not the one that was meant. */
  const NOT_THE_SERVER = [
    'CERT_CHAIN_TOO_LONG',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'CERT_REJECTED',
    'CERT_REVOKED',
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_FORBIDDEN_ADDRESS',
    'ERR_TLS_CERT_ALTNAME_FORMAT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'HOSTNAME_MISMATCH',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ];
  const NOT_THERE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET', 'EPIPE', 'EPROTO', 'ETIMEDOUT'];

  it.each(NOT_THE_SERVER)('for want of a proof of who the server is needs somebody to look (%s)', (code) => {
    expect(broken('POST /runs', coded(code), false)).toMatchObject({
      name: 'RequestNotSentError',
      untrustedServer: true,
      cause: { code, message: code },
      message: `POST /runs: not sent, because the server is not the one it should be (${code})`,
    });
  });

  it.each(NOT_THERE)('for want of a server heals by itself (%s)', (code) => {
    expect(broken('POST /runs', coded(code), false)).toMatchObject({
      name: 'RequestNotSentError',
      untrustedServer: false,
      cause: { code },
      message: `POST /runs: not sent, because there was no connection (${code})`,
    });
  });

  it.each([...NOT_THE_SERVER, ...NOT_THERE])(
    'after a byte had left may have been a start, whatever it was (%s)',
    (code) => {
      expect(broken('POST /runs', coded(code), true)).toMatchObject({
        name: 'ReplyLostError',
        cause: { code },
        message: `POST /runs: sent, but the reply broke off (${code})`,
      });
    },
  );

  it.each([
    ['no error at all', undefined],
    ['null', null],
    ['a text', 'ECONNRESET'],
    ['an error without a code', new Error('canary')],
    ['a number', coded(104)],
    ['a sentence', coded('canary in clear')],
    ['small letters', coded('canary')],
    ['a code within other text', coded('x ECONNRESET')],
    ['a code before other text', coded('ECONNRESET canary')],
    ['a single letter', coded('E')],
    ['a digit in front', coded('1A')],
    ['more than a code is long', coded(`E${'A'.repeat(64)}`)],
  ])('has no code that could carry anything when it is given %s', (_title, error) => {
    for (const sent of [true, false]) {
      const failure = broken('call', error, sent);
      expect(failure).toMatchObject({ cause: { code: 'UNKNOWN' } });
      expect(inspect(failure)).not.toContain('canary');
    }
  });

  it('may have the longest of codes', () => {
    const code = `E${'A'.repeat(63)}`;
    expect(broken('call', coded(code), true)).toMatchObject({ cause: { code } });
    expect(broken('call', { code: 'E2' }, true)).toMatchObject({ cause: { code: 'E2' } });
  });
});
