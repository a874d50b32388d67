import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../lib/domain/errors.ts';
import { createHttpClient } from '../../lib/http/create-http-client.ts';
import { probe } from '../../lib/http/probe.ts';
import { checkConfig } from '../../lib/providers/config.ts';
import { ownLink } from '../../lib/providers/provider.ts';
import { errorOf, LOOK, NEVER_ABORTED, START, serveHttp } from '../http/servers.ts';
import { BASE_URLS, IDS, LINKS, NAMES } from './ssrf-table.ts';

const FORBIDDEN = { name: 'RequestNotSentError', untrustedServer: true, cause: { code: 'ERR_FORBIDDEN_ADDRESS' } };

function configured(baseUrl: string): string {
  const config = checkConfig({ connections: { c: { provider: 'bryter', baseUrl, secret: 's' } }, flows: {} });
  return config.connections.c?.baseUrl ?? '';
}

/** Answers every name with these addresses, as the system's resolver would. */
function answering(...addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_hostname, options, callback) => {
    if (options.all === true) return callback(null, found);
    callback(null, found[0]?.address ?? '', found[0]?.family);
  };
}

/** A listener on this machine that nobody is to find. */
const listen = () => serveHttp((_request, response) => response.end('{}'));

describe('the table', () => {
  it('has more than 120 addresses, each of them once and with a reason', () => {
    const names = NAMES.map(([host, answers, why]) => [`${host} ${answers}`, why] as const);
    const tables: readonly (readonly (readonly [string, string, ...unknown[]])[])[] = [BASE_URLS, names, IDS, LINKS];
    for (const table of tables) {
      expect(new Set(table.map(([address]) => address)).size).toBe(table.length);
      expect(table.filter(([, why]) => why === '')).toEqual([]);
    }
    expect(tables.flat().length).toBeGreaterThanOrEqual(120);
  });
});

describe('an address that nobody may call', () => {
  it.each(BASE_URLS)(
    '%j (%s) is named by the configuration, and makes no connection',
    async (address = '', _why, by) => {
      await using server = await listen();
      const url = address.replaceAll('PORT', String(server.port));
      const refusal = refusalOf(() => configured(url));
      if (by === 'lookup') {
        const client = createHttpClient({ baseUrl: configured(url), lookup: answering('127.0.0.1') });
        expect(await errorOf(client.send(START))).toMatchObject(FORBIDDEN);
      } else {
        expect(refusal?.issues.map(({ path }) => path)).toEqual(['connections.c.baseUrl']);
        expect(refusal?.message).not.toContain('canary');
        expect(refusalOf(() => createHttpClient({ baseUrl: url, lookup: answering('127.0.0.1') }))).toBeDefined();
      }
      expect(server.connections).toBe(0);
    },
  );
});

describe('a name that leads where nobody may call', () => {
  it.each(NAMES)('%s, which is %j (%s), makes no connection', async (host, answers) => {
    await using server = await listen();
    const baseUrl = configured(`https://${host}:${server.port}`);
    const lookup = answering(...answers);
    const client = createHttpClient({ baseUrl, lookup });
    for (const request of [LOOK, START]) expect(await errorOf(client.send(request))).toMatchObject(FORBIDDEN);
    expect(await errorOf(client.download(LOOK))).toMatchObject(FORBIDDEN);
    expect(await probe(baseUrl, { lookup, signal: NEVER_ABORTED })).toMatchObject({
      failed: { step: 'address', code: 'ERR_FORBIDDEN_ADDRESS' },
    });
    expect(server.connections).toBe(0);
  });

  it.each(['localhost.', 'platform.localhost'])('%s makes none by the true resolver either', async (host) => {
    await using server = await listen();
    const client = createHttpClient({ baseUrl: configured(`https://${host}:${server.port}`) });
    expect(await errorOf(client.send({ ...START, limits: { totalMs: 2_000 } }))).toMatchObject({
      name: 'RequestNotSentError',
    });
    expect(server.connections).toBe(0);
  });

  it('may change its mind as often as it likes: public, then this machine', async () => {
    await using server = await listen();
    let asked = 0;
    const lookup: LookupFunction = (hostname, options, callback) => {
      asked += 1;
      answering(asked % 2 === 1 ? '192.0.2.1' : '127.0.0.1')(hostname, options, callback);
    };
    const client = createHttpClient({ baseUrl: configured(`https://platform.example:${server.port}`), lookup });
    for (let call = 0; call < 4; call += 1)
      expect(await errorOf(client.send({ ...START, limits: { connectMs: 50 } }))).toMatchObject({
        name: 'RequestNotSentError',
      });
    expect(asked).toBe(4);
    expect(server.connections).toBe(0);
  });
});

describe('a link of a platform', () => {
  it.each(LINKS)('%j (%s) is shown to nobody', async (link) => {
    const origin = 'http://127.0.0.1:8080';
    const sent = link.replaceAll('ORIGIN', origin).replaceAll('HOST', '127.0.0.1:8080').replaceAll('PORT', '8080');
    expect(ownLink(sent, `${origin}/phixflow`)).toBeUndefined();
  });
});

function refusalOf(work: () => unknown): InvalidInputError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
}
