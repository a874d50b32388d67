import { describe, expect, it } from 'vitest';
import { probe } from '../../lib/http/probe.ts';
import { certificateOf, NEVER_ABORTED, serveHttp, serveSilence, serveTls } from './servers.ts';

const signal = NEVER_ABORTED;

describe('the way to a server', () => {
  it('is open up to the connection where it is not encrypted, and nothing is sent on it', async () => {
    await using server = await serveHttp((_request, response) => response.end());
    expect(await probe(server.origin, { signal })).toEqual({
      passed: ['address', 'connection'],
      addresses: ['127.0.0.1'],
    });
    expect(server.requests).toEqual([]);
  });

  it('is open up to the certificate where it is good', async () => {
    await using server = await serveTls('localhost', (_request, response) => response.end());
    const probed = await probe(server.origin, { signal, trustedAuthorities: certificateOf('localhost') });
    expect(probed.passed).toEqual(['address', 'connection', 'tls']);
    expect(probed.failed).toBeUndefined();
    expect(server.received).toBe('');
  });

  it.each([
    ['localhost', undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['expired', 'expired', 'CERT_HAS_EXPIRED'],
    ['elsewhere', 'elsewhere', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const)('ends at the certificate %s trusted as %s', async (certificate, trusted, code) => {
    await using server = await serveTls(certificate, (_request, response) => response.end());
    const trustedAuthorities = trusted === undefined ? {} : { trustedAuthorities: certificateOf(trusted) };
    const { passed, failed } = await probe(server.origin, { signal, ...trustedAuthorities });
    expect([passed, failed]).toEqual([['address', 'connection'], { step: 'tls', code }]);
  });

  it('ends where the name leads nowhere, or where nobody may be called', async () => {
    const failing = { signal, lookup: leadsTo(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) };
    const nowhere = await probe('https://platform.example', failing);
    expect(nowhere).toEqual({ passed: [], addresses: [], failed: { step: 'address', code: 'ENOTFOUND' } });
    for (const address of ['127.0.0.1', '169.254.169.254']) {
      const { failed } = await probe('https://platform.example', { signal, lookup: leadsTo(address) });
      expect(failed).toEqual({ step: 'address', code: 'ERR_FORBIDDEN_ADDRESS' });
    }
    const literal = await probe('https://169.254.169.254', { signal });
    expect(literal.failed).toEqual({ step: 'address', code: 'ERR_FORBIDDEN_ADDRESS' });
  });

  it('ends when its caller has waited enough', async () => {
    await using silent = await serveSilence();
    const patience = AbortSignal.timeout(100);
    const { failed } = await probe(`https://localhost:${silent.port}`, { signal: patience });
    expect(failed).toEqual({ step: 'tls', code: 'TIMED_OUT' });
    await expect.poll(() => silent.open).toBe(0);
    const { failed: late } = await probe('https://platform.example', { signal: AbortSignal.abort(), lookup: () => {} });
    expect(late).toEqual({ step: 'address', code: 'TIMED_OUT' });
  });
});

type Lookup = NonNullable<Parameters<typeof probe>[1]['lookup']>;

function leadsTo(found: string | Error): Lookup {
  return (_hostname, _options, callback) => {
    if (typeof found !== 'string') return callback(found, '', 0);
    callback(null, [{ address: found, family: 4 }]);
  };
}
