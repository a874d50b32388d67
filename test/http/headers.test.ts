import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { apiKeyHeader, basic, bearer } from '../../lib/http/auth.ts';
import { assertHeaders, refuseHeaderValue } from '../../lib/http/headers.ts';
import { clientOf, errorOf, START, serveHttp } from './servers.ts';

const HOSTILE: readonly (readonly [string, string])[] = [
  ['a carriage return', 'canary\rx'],
  ['a line feed', 'canary\nx'],
  ['a header of its own', 'canary\r\nx-admin: 1'],
  ['a trailing line feed', 'canary\n'],
  ['a NUL', 'canary\0'],
  ['a tab', 'canary\tx'],
  ['a typographic quote', 'canary\u2019'],
  ['a letter beyond ASCII', 'canaryé'],
  ['a delete character', 'canary\x7f'],
  ['a byte order mark', '\ufeffcanary'],
  ['a space in front', ' canary'],
  ['a space behind', 'canary '],
  ['64 KB', `canary${'x'.repeat(65_536)}`],
  ['nothing', ''],
];

describe('a secret that cannot be sent as a header', () => {
  it.each(HOSTILE)('because it contains %s is refused by rule, not by value', (_title, value) => {
    for (const make of [() => bearer(value), () => apiKeyHeader('x-api-key', value)]) {
      expect(make).toThrow(expect.objectContaining({ name: 'SecretUnavailableError', problem: 'malformed' }));
      expect(make).not.toThrow(/canary/);
    }
  });

  it.each(HOSTILE)('because it contains %s never leaves, whoever made the header', async (_title, value) => {
    await using server = await serveHttp((_request, response) => response.end('{}'));
    const auth = { headers: async () => ({ 'x-api-key': value }) };
    const error = await errorOf(clientOf(server, { auth }).send(START));
    expect(error).toMatchObject({ name: 'InvalidInputError' });
    expect(inspect(error)).not.toContain('canary');
    expect(server.connections).toBe(0);
  });

  it('may be an impossible name, too', async () => {
    await using server = await serveHttp((_request, response) => response.end('{}'));
    for (const name of ['x api', 'x:y', 'x\r\ny', '', 'é']) {
      const auth = { headers: async () => ({ [name]: 'v' }) };
      await expect(clientOf(server, { auth }).send(START)).rejects.toMatchObject({ name: 'InvalidInputError' });
    }
    expect(server.connections).toBe(0);
  });

  it('is also looked for in what a provider asks to accept or sends as its type', async () => {
    await using server = await serveHttp((_request, response) => response.end('{}'));
    const client = clientOf(server);
    const body = { kind: 'text', contentType: 'text/xml\r\nx: y', text: '' } as const;
    await expect(client.send({ ...START, accept: 'a\nb' })).rejects.toMatchObject({ name: 'InvalidInputError' });
    await expect(client.send({ ...START, body })).rejects.toMatchObject({ name: 'InvalidInputError' });
    expect(server.connections).toBe(0);
  });
});

describe('a header value', () => {
  it('is refused by its rule', () => {
    expect(refuseHeaderValue('canary\n')).toBe('is not made of printable ASCII characters without spaces at its ends');
    expect(refuseHeaderValue('x'.repeat(16_385))).toBe('is longer than 16384 characters');
    expect(refuseHeaderValue('x'.repeat(16_384))).toBeUndefined();
    for (const fine of ['x', 'a b', '!', '~', 'Bearer a.b-c_d~e+f/g=='])
      expect(refuseHeaderValue(fine)).toBeUndefined();
  });

  it('is refused under the name of its header, as it stands in a configuration', () => {
    expect(() => assertHeaders({ accept: 'a', 'X-Api-Key': 'canary\n' })).toThrow(
      expect.objectContaining({
        issues: [{ path: 'headers.x-api-key', message: expect.stringContaining('printable ASCII') }],
      }),
    );
  });

  it('has a name of up to 128 characters, which is not quoted when it is impossible', () => {
    expect(() => assertHeaders({ [`x-${'y'.repeat(126)}`]: 'v' })).not.toThrow();
    for (const name of [`x-${'y'.repeat(127)}`, 'canary\n', ''])
      expect(() => assertHeaders({ [name]: 'v' })).toThrow(
        expect.objectContaining({ message: 'A request has a header with an impossible name', issues: [] }),
      );
  });
});

describe('HTTP Basic', () => {
  it('carries any character but a colon in the user name and control characters', async () => {
    let header: string | undefined;
    await using server = await serveHttp((request, response) => {
      header = request.headers.authorization;
      response.end('{}');
    });
    await clientOf(server, { auth: basic('jürgen', 'pa:ss wörd') }).send(START);
    expect(Buffer.from(header?.split(' ')[1] ?? '', 'base64').toString('utf8')).toBe('jürgen:pa:ss wörd');
    expect(() => basic('a:b', 'canary')).toThrow(/user name contains/);
    expect(() => basic('a', 'canary\n')).not.toThrow(/canary/);
    expect(() => basic('a', 'canary\n')).toThrow(/control character/);
  });
});

describe('every request', () => {
  it('says who we are, wants fresh answers and no compression', async () => {
    let seen: NodeJS.Dict<string | string[]> = {};
    await using server = await serveHttp((request, response) => {
      seen = request.headers;
      response.end('{}');
    });
    await clientOf(server, { auth: apiKeyHeader('X-Api-Key', 'k') }).send(START);
    expect(seen).toEqual({
      accept: 'application/json',
      'accept-encoding': 'identity',
      'cache-control': 'no-cache',
      connection: 'close',
      'content-length': '12',
      'content-type': 'application/json',
      host: `127.0.0.1:${server.port}`,
      'user-agent': 'errand',
      'x-api-key': 'k',
    });
  });

  it('announces the length of its body in bytes, and of none where a body is expected', async () => {
    const lengths: (string | undefined)[] = [];
    await using server = await serveHttp((request, response) => {
      lengths.push(request.headers['content-length']);
      response.end('{}');
    });
    const client = clientOf(server);
    const { body: _body, ...bare } = START;
    await client.send({ ...START, body: { kind: 'text', contentType: 'text/plain', text: 'ä€' } });
    await client.send(bare);
    await client.send({ ...bare, method: 'GET' });
    expect(lengths).toEqual(['5', '0', undefined]);
  });
});
