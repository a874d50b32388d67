import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { guardLookup, isLoopbackHost, refuseAddress } from '../../lib/http/addresses.ts';
import { createHttpClient } from '../../lib/http/create-http-client.ts';
import { clientOf, LOOK, START, serveHttp } from './servers.ts';

/** Neither literal nor looked up. */
const NEVER = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.0.1',
  '0.0.0.0',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'febf::1',
  'fec0::1',
  'ff02::1',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '::169.254.169.254',
  '64:ff9b::169.254.169.254',
  '2002:a9fe:a9fe::1',
];
const LOOPBACK = ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '64:ff9b::127.0.0.1', '2002:7f00:1::'];
const ALLOWED = [
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '93.184.216.34',
  'fd12:3456::1',
  '2606:4700::1',
  '100.64.0.1',
];

function answering(...addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_hostname, options, callback) => {
    if (options.all === true) return callback(null, found);
    callback(null, found[0]?.address ?? '', found[0]?.family);
  };
}
const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address);
const forbidden = { name: 'RequestNotSentError', untrustedServer: true, cause: { code: 'ERR_FORBIDDEN_ADDRESS' } };

describe('an address that belongs to the machine or to nobody', () => {
  it.each(NEVER)('is refused as a base URL: %s', (address) => {
    expect(() => createHttpClient({ baseUrl: `https://${bracketed(address)}/x` })).toThrow(
      expect.objectContaining({ name: 'InvalidInputError' }),
    );
  });

  it.each([...NEVER, ...LOOPBACK])('is not called when a name leads to it: %s', async (address) => {
    const client = clientOf({ origin: 'https://platform.example' }, { lookup: answering(address) });
    await expect(client.send(START)).rejects.toMatchObject(forbidden);
  });

  it.each(NEVER)('is not called when localhost leads to it: %s', async (address) => {
    const client = clientOf({ origin: 'http://localhost:8080' }, { lookup: answering(address) });
    await expect(client.send(LOOK)).rejects.toMatchObject(forbidden);
  });

  it('is found among good ones', async () => {
    const lookup = answering('93.184.216.34', '169.254.169.254');
    const client = clientOf({ origin: 'https://platform.example' }, { lookup });
    await expect(client.send(START)).rejects.toMatchObject(forbidden);
  });

  it.each(ALLOWED)('is not every private one, since platforms live there: %s', (address) => {
    expect(() => createHttpClient({ baseUrl: `https://${bracketed(address)}` })).not.toThrow();
  });
});

describe('an address', () => {
  it('is refused by name of its kind, and by nothing else', () => {
    for (const address of NEVER)
      expect(refuseAddress(address, true), address).toBe('is a link-local, metadata or reserved address');
    for (const address of LOOPBACK) {
      expect(refuseAddress(address, false), address).toBe('is a loopback address');
      expect(refuseAddress(address, true), address).toBeUndefined();
    }
    for (const address of ALLOWED) expect(refuseAddress(address, false), address).toBeUndefined();
  });

  it('is an IP address: whatever else a name server may say is refused', () => {
    for (const text of ['', 'localhost', '127.1', '0x7f.0.0.1', '10.0.0.1/8', ' 10.0.0.1', '10.0.0.1.'])
      expect(refuseAddress(text, true), text).toBe('is not an IP address');
  });
});

describe('the answer of a name server', () => {
  const ask = (lookup: LookupFunction, all: boolean) => {
    const answers: unknown[][] = [];
    guardLookup(lookup, false)('platform.example', { all }, (...answer) => void answers.push(answer));
    return answers;
  };

  it('is handed on as it came, one address or many, when all of it may be called', () => {
    const lookup = answering('93.184.216.34', '2606:4700::1');
    expect(ask(lookup, false)).toEqual([[null, '93.184.216.34', 4]]);
    expect(ask(lookup, true)).toEqual([
      [
        null,
        [
          { address: '93.184.216.34', family: 4 },
          { address: '2606:4700::1', family: 6 },
        ],
        undefined,
      ],
    ]);
  });

  it('names no address when it is refused, nor when it is empty', () => {
    const refusal = [[expect.objectContaining({ code: 'ERR_FORBIDDEN_ADDRESS' }), '', 0]];
    expect(ask(answering('169.254.169.254'), false)).toEqual(refusal);
    expect(ask(answering('93.184.216.34', '127.0.0.1'), true)).toEqual(refusal);
    expect(ask(answering(), true)).toEqual(refusal);
    expect(ask(answering(), false)).toEqual(refusal);
  });

  it('is its own failure where there is none: a name that is not found is no forbidden address', () => {
    const failure = Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    const lookup: LookupFunction = (_hostname, _options, callback) => callback(failure, '93.184.216.34', 4);
    expect(ask(lookup, false)).toEqual([[failure, '', 0]]);
  });
});

describe('a host that is this machine', () => {
  it('is told by the name that a URL gives it', () => {
    for (const host of ['localhost', '[::1]', '127.0.0.1', '127.255.255.254', '127.10.20.30'])
      expect(isLoopbackHost(host), host).toBe(true);
  });

  it('is no other, however much it looks like one', () => {
    for (const host of ['localhost.', 'my-localhost', '::1', '[::2]', '1127.0.0.1', '127.0.0.1.example', '127.0.0', ''])
      expect(isLoopbackHost(host), host).toBe(false);
  });
});

describe('a loopback address', () => {
  it.each(['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '127.1'])(
    'is called when the base URL names it: %s',
    async (host) => {
      await using server = await serveHttp((_request, response) => response.end('{}'));
      const client = clientOf({ origin: `http://${host}:${server.port}` });
      await expect(client.send(LOOK)).resolves.toMatchObject({ status: 200 });
    },
  );

  it('is not called under another name, so nothing on this machine can be reached by DNS', async () => {
    await using server = await serveHttp((_request, response) => response.end('{}'));
    for (const host of ['127.0.0.1.nip.example', 'localhost.example', 'localhost.']) {
      const client = clientOf({ origin: `https://${host}:${server.port}` }, { lookup: answering('127.0.0.1') });
      await expect(client.send(LOOK)).rejects.toMatchObject(forbidden);
    }
    expect(server.connections).toBe(0);
  });

  it('is not reached by a name that changes its mind, since the connection uses the checked answer', async () => {
    await using server = await serveHttp((_request, response) => response.end('{}'));
    let asked = 0;
    const lookup: LookupFunction = (hostname, options, callback) => {
      asked += 1;
      answering(asked === 1 ? '192.0.2.1' : '127.0.0.1')(hostname, options, callback);
    };
    const client = clientOf({ origin: `https://platform.example:${server.port}` }, { lookup });
    const request = { ...START, limits: { connectMs: 100 } };
    await expect(client.send(request)).rejects.toMatchObject({ name: 'RequestNotSentError' });
    await expect(client.send(request)).rejects.toMatchObject(forbidden);
    expect(server.connections).toBe(0);
  });
});

describe('a base URL', () => {
  it.each([
    ['not absolute', 'platform.example'],
    ['empty', ''],
    ['plain http', 'http://platform.example'],
    ['plain http to a private address', 'http://10.0.0.1'],
    ['a file', 'file:///etc/passwd'],
    ['another scheme', 'ftp://platform.example'],
    ['with a user name', 'https://canary@platform.example'],
    ['with a password', 'https://a:canary@platform.example'],
    ['with a query', 'https://platform.example/?api_key=canary'],
    ['with a fragment', 'https://platform.example/#canary'],
    ['the mapped form of loopback over http', 'http://[::ffff:127.0.0.1]'],
    ['the mapped form of loopback', 'https://[::ffff:127.0.0.1]'],
    ['a decimal metadata address', 'https://2852039166'],
    ['a hexadecimal metadata address', 'https://0xa9fea9fe'],
    ['a short zero', 'https://0'],
    ['full-width digits', 'https://\uff11\uff16\uff19.254.169.254'],
    ['a metadata address with a dot behind', 'https://169.254.169.254.'],
  ])('that is %s is refused without being quoted', (_title, baseUrl) => {
    expect(() => createHttpClient({ baseUrl })).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
    expect(() => createHttpClient({ baseUrl })).not.toThrow(/canary/);
  });

  it('that hides a host behind a backslash is a path below the first host', () => {
    const { baseUrl } = createHttpClient({ baseUrl: 'https://platform.example\\@127.0.0.1' });
    expect(baseUrl).toBe('https://platform.example/@127.0.0.1');
  });
});
