import { EventEmitter } from 'node:events';
import type { RequestListener } from 'node:http';
import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { limitCall } from '../../lib/domain/call-limit.ts';
import { HandlerTimeoutError } from '../../lib/domain/errors.ts';
import {
  certificateOf,
  clientOf,
  errorOf,
  LOOK,
  NEVER_ABORTED,
  START,
  serveHttp,
  serveSilence,
  serveTls,
} from './servers.ts';

const ok: RequestListener = (_request, response) => void response.end('{}');
const failing =
  (code: string): LookupFunction =>
  (_hostname, _options, callback) =>
    callback(Object.assign(new Error(code), { code }), '', 0);
const notSent = { name: 'RequestNotSentError' };

describe('a request without a connection', () => {
  it('was not sent when the port refuses, and goes through once the server is back', async () => {
    const closed = await serveHttp(ok);
    await closed[Symbol.asyncDispose]();
    for (let i = 0; i < 20; i++)
      await expect(clientOf(closed).send(START)).rejects.toMatchObject({ ...notSent, untrustedServer: false });
    await using healed = await serveHttp(ok);
    await clientOf(healed).send(START);
    expect(healed.requests).toEqual(['POST /runs']);
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN', 'ESERVFAIL'])('was not sent when the name is not found (%s)', async (code) => {
    const client = clientOf({ origin: 'https://platform.example' }, { lookup: failing(code) });
    const error = await errorOf(client.send(START));
    expect(error).toMatchObject({ ...notSent, untrustedServer: false });
    expect(error.message).toContain(code);
  });

  it('was not sent when the name server never answers, and waits no longer than the connect limit', async () => {
    const client = clientOf({ origin: 'https://platform.example' }, { lookup: () => undefined });
    const begun = performance.now();
    await expect(client.send({ ...START, limits: { connectMs: 80 } })).rejects.toMatchObject(notSent);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it.each(['http', 'https'] as const)(
    'was not sent by %s when the machine slept while its connection was opened, which no timer knows of',
    async (scheme) => {
      await using server = await (scheme === 'http' ? serveHttp(ok) : serveTls('localhost', ok));
      let nowMs = 0;
      const lookup: LookupFunction = (_hostname, _options, callback) => {
        nowMs += 15_000;
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      };
      const origin = `${scheme}://localhost:${server.port}`;
      const client = clientOf({ origin }, { lookup, trustedAuthorities: certificateOf('localhost') });
      const limited = () => ({ ...START, signal: limitCall(NEVER_ABORTED, () => nowMs, 20_000) });
      await client.send(limited());
      await expect(client.send(limited())).rejects.toMatchObject(notSent);
      await expect(client.send(limited())).rejects.toMatchObject(notSent);
      expect(server.requests).toEqual(['POST /runs']);
      expect(server.connections).toBe(2);
    },
  );

  it('was not sent when the handshake stalls', async () => {
    await using server = await serveSilence();
    const client = clientOf({ origin: `https://localhost:${server.port}` });
    await expect(client.send({ ...START, limits: { connectMs: 80 } })).rejects.toMatchObject(notSent);
    expect(server.connections).toBe(1);
    await expect.poll(() => server.open).toBe(0);
    expect(server.received).not.toContain('POST');
  });

  it('was not sent when the whole time limit is spent on connecting', async () => {
    await using server = await serveSilence();
    const client = clientOf({ origin: `https://localhost:${server.port}` });
    await expect(client.send({ ...START, limits: { totalMs: 80 } })).rejects.toMatchObject(notSent);
  });

  it('was not sent when a server of plain HTTP sits on the port', async () => {
    await using server = await serveHttp(ok);
    const client = clientOf({ origin: `https://localhost:${server.port}` });
    for (let i = 0; i < 10; i++) await expect(client.send(START)).rejects.toMatchObject(notSent);
    expect(server.requests).toEqual([]);
    expect(server.received).not.toContain('POST');
  });

  it('is never sent later, when the caller gave up and the connection comes about after all', async () => {
    await using server = await serveHttp(ok);
    let answer: (() => void) | undefined;
    const lookup: LookupFunction = (_hostname, options, callback) => {
      const addresses = [{ address: '127.0.0.1', family: 4 }];
      answer = () => (options.all === true ? callback(null, addresses) : callback(null, '127.0.0.1', 4));
    };
    const client = clientOf({ origin: `http://localhost:${server.port}` }, { lookup });
    await expect(client.send({ ...START, limits: { connectMs: 30 } })).rejects.toMatchObject(notSent);
    answer?.();
    await clientOf(server).send(LOOK);
    expect(server.requests).toEqual(['GET /runs/7']);
  });
});

describe('a server whose identity is not proven', () => {
  const cases = [
    { title: 'is self-signed', certificate: 'localhost', trusted: undefined },
    { title: 'is signed by somebody else', certificate: 'localhost', trusted: 'elsewhere' },
    { title: 'names another host', certificate: 'elsewhere', trusted: 'elsewhere' },
    { title: 'has expired', certificate: 'expired', trusted: 'expired' },
  ] as const;

  it.each(cases)('gets no byte of the request when its certificate $title', async ({ certificate, trusted }) => {
    await using server = await serveTls(certificate, ok);
    const trust = trusted === undefined ? {} : { trustedAuthorities: certificateOf(trusted) };
    const client = clientOf(server, trust);
    for (let i = 0; i < 20; i++) {
      const request = i % 2 === 0 ? START : LOOK;
      await expect(client.send(request)).rejects.toMatchObject({ ...notSent, untrustedServer: true });
    }
    expect(server.requests).toEqual([]);
    expect(server.received).toBe('');
  });

  it('is believed when an authority we trust vouches for it', async () => {
    await using server = await serveTls('localhost', ok);
    const client = clientOf(server, { trustedAuthorities: certificateOf('localhost') });
    await expect(client.send(START)).resolves.toMatchObject({ status: 200, text: '{}' });
    await expect(client.send(LOOK)).resolves.toMatchObject({ status: 200 });
  });

  it('is not spoken to in a version of TLS that is broken', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await using server = await serveTls('localhost', ok, old);
    const client = clientOf(server, { trustedAuthorities: certificateOf('localhost') });
    await expect(client.send(START)).rejects.toMatchObject(notSent);
    expect(server.received).toBe('');
  });

  it('is not believed because the environment says so', async () => {
    await using server = await serveTls('localhost', ok);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      await expect(clientOf(server).send(START)).rejects.toMatchObject({ untrustedServer: true });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });
});

describe('the caller gives up', () => {
  it('sees its own reason again, whether it gave up before the call or while it waits for a connection', async () => {
    await using server = await serveSilence();
    const reason = new HandlerTimeoutError('two seconds left');
    const early = clientOf(server).send({ ...START, signal: AbortSignal.abort(reason) });
    expect(await errorOf(early)).toBe(reason);
    const controller = new AbortController();
    const client = clientOf({ origin: `https://localhost:${server.port}` });
    const waiting = client.send({ ...START, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 30);
    expect(await errorOf(waiting)).toBe(reason);
  });

  it('learns that nothing was sent when its reason says nothing itself', async () => {
    await using server = await serveHttp(ok);
    const signal = AbortSignal.abort();
    await expect(clientOf(server).send({ ...START, signal })).rejects.toMatchObject(notSent);
    expect(server.connections).toBe(0);
  });

  it('leaves no listener on a signal that outlives the call', async () => {
    await using server = await serveHttp(ok);
    const client = clientOf(server);
    for (let i = 0; i < 5; i++) await client.send(i % 2 === 0 ? START : LOOK);
    expect(EventEmitter.getEventListeners(NEVER_ABORTED, 'abort')).toEqual([]);
  });
});
