import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { HttpReply } from '../../lib/http/http-client.ts';
import { endsWithConnection, failureOf, isSuccess, readJson } from '../../lib/http/reply.ts';
import { clientOf, LOOK, START, serveHttp } from './servers.ts';

function replyOf(status: number, text = '', headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, text, header: (name) => headers[name] };
}

const START_OF = { operation: 'start', what: 'start of run' } as const;
const LOOK_AT = { operation: 'read', what: 'look at run' } as const;

describe('a reply without success', () => {
  /** Status; what it proves of a start; of a read. */
  const TABLE = [
    [300, 'ReplyLostError', 'ReplyLostError'],
    [302, 'ReplyLostError', 'ReplyLostError'],
    [304, 'ReplyLostError', 'ReplyLostError'],
    [308, 'ReplyLostError', 'ReplyLostError'],
    [400, 'ProviderRefusedError', 'ProviderRefusedError'],
    [401, 'ProviderUnauthorizedError', 'ProviderUnauthorizedError'],
    [402, 'ProviderRefusedError', 'ProviderRefusedError'],
    [403, 'ProviderUnauthorizedError', 'ProviderUnauthorizedError'],
    [404, 'ProviderRefusedError', 'RemoteNotFoundError'],
    [405, 'ProviderRefusedError', 'ProviderRefusedError'],
    [408, 'ReplyLostError', 'ReplyLostError'],
    [409, 'ProviderRefusedError', 'ProviderRefusedError'],
    [410, 'ProviderRefusedError', 'RemoteNotFoundError'],
    [413, 'ProviderRefusedError', 'ProviderRefusedError'],
    [415, 'ProviderRefusedError', 'ProviderRefusedError'],
    [422, 'ProviderRefusedError', 'ProviderRefusedError'],
    [425, 'ReplyLostError', 'ReplyLostError'],
    [429, 'ProviderThrottledError', 'ProviderThrottledError'],
    [499, 'ReplyLostError', 'ReplyLostError'],
    [500, 'ReplyLostError', 'ReplyLostError'],
    [502, 'ReplyLostError', 'ReplyLostError'],
    [503, 'ReplyLostError', 'ReplyLostError'],
    [504, 'ReplyLostError', 'ReplyLostError'],
    [599, 'ReplyLostError', 'ReplyLostError'],
    [600, 'ReplyLostError', 'ReplyLostError'],
    [0, 'ReplyLostError', 'ReplyLostError'],
  ] as const;

  it.each(TABLE)('of status %i is %s on a start and %s on a read', (status, onStart, onRead) => {
    expect(failureOf(replyOf(status, 'why'), START_OF)).toMatchObject({ name: onStart, status, remoteText: 'why' });
    expect(failureOf(replyOf(status, 'why'), LOOK_AT)).toMatchObject({ name: onRead, status, remoteText: 'why' });
    expect(isSuccess(replyOf(status))).toBe(false);
  });

  it.each([
    ['7', undefined, 7_000],
    ['99999', undefined, 3_600_000],
    ['soon', undefined, undefined],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 'Sun, 01 Mar 2026 12:00:00 GMT', 30_000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', undefined, undefined],
    ['7, 9', undefined, undefined],
  ])('carries the hint %j when the reply is dated %j', (hint, date, retryAfterMs) => {
    const headers = { 'retry-after': hint, ...(date === undefined ? {} : { date }) };
    expect(failureOf(replyOf(429, '', headers), START_OF)).toMatchObject({
      name: 'ProviderThrottledError',
      retryAfterMs,
    });
    expect(failureOf(replyOf(500, '', headers), START_OF)).toMatchObject({ name: 'ReplyLostError', retryAfterMs });
  });

  it('of status 503 with a hint is "later" on a read, but may have been a start', () => {
    const reply = replyOf(503, '', { 'retry-after': '7' });
    expect(failureOf(reply, LOOK_AT)).toMatchObject({ name: 'ProviderThrottledError', retryAfterMs: 7_000 });
    expect(failureOf(reply, START_OF)).toMatchObject({ name: 'ReplyLostError', retryAfterMs: 7_000 });
  });

  it('shows two hints as none, over the wire', async () => {
    await using server = await serveHttp((_request, response) => {
      response
        .writeHead(
          429,
          [
            ['retry-after', '5'],
            ['retry-after', '500'],
          ].flat(),
        )
        .end();
    });
    const failure = failureOf(await clientOf(server).send(START), START_OF);
    expect(failure).toMatchObject({ name: 'ProviderThrottledError', retryAfterMs: undefined });
  });

  it.each([
    ['https://user:canary@other.example:8443/canary?token=canary#canary', 'other.example:8443'],
    ['/canary', 'another path'],
    ['canary', 'another path'],
    ['data:canary', 'no host'],
    [undefined, 'nowhere'],
  ])('that redirects to %s names the host alone', (location, named) => {
    const { message } = failureOf(replyOf(302, '', location === undefined ? {} : { location }), START_OF);
    expect(message).toContain(named);
    expect(message).not.toContain('canary');
  });

  it('keeps at most 2 KiB of its words, without characters that act on a log or a terminal', () => {
    const { remoteText } = failureOf(replyOf(400, ` a\r\nb\x1b[31m\u202ec\u2028d\0${'é'.repeat(9_000)}`), START_OF);
    expect(remoteText).toMatch(/^a b \[31m c d é+$/);
    expect(Buffer.byteLength(remoteText ?? '')).toBeLessThanOrEqual(2_048);
    expect(Buffer.byteLength(remoteText ?? '')).toBeGreaterThan(2_040);
    expect(failureOf(replyOf(400, ' \r\n'), START_OF).remoteText).toBeUndefined();
  });

  it('shows the words to nobody who merely prints the error', () => {
    expect(JSON.stringify(failureOf(replyOf(400, 'canary'), START_OF))).not.toContain('canary');
  });
});

describe('a successful reply', () => {
  const schema = z.object({ id: z.string().min(1) });
  const UNREADABLE: readonly (readonly [string, string | Uint8Array])[] = [
    ['empty', ''],
    ['blank', '  \n'],
    ['a page', '<!doctype html><html>canary</html>'],
    ['a page after blanks', '\n\n <html>canary'],
    ['cut short', '{"id":"canary'],
    ['JSON behind a byte order mark', '\ufeff{"id":"canary"}'],
    ['UTF-16', Buffer.from('{"id":"canary"}', 'utf16le')],
    ['binary', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
    ['two documents', '{"id":"canary"}{"id":"canary"}'],
    ['plain text', 'canary'],
    ['XML', '<id>canary</id>'],
    ['a hundred thousand brackets', '['.repeat(100_000)],
  ];
  const UNDOCUMENTED = [
    'null',
    '[]',
    '"canary"',
    '1',
    'true',
    '{}',
    '{"id":""}',
    '{"id":null}',
    '{"id":{"canary":1}}',
    '{"ID":"canary"}',
  ];

  it.each(UNREADABLE)('that is %s may belong to a run that began', async (_title, body) => {
    await using server = await serveHttp((_request, response) => response.end(body));
    const reply = await clientOf(server).send(START);
    expect(isSuccess(reply)).toBe(true);
    const read = () => readJson(reply, schema, START_OF);
    expect(read).toThrow(expect.objectContaining({ name: 'ReplyLostError', status: 200 }));
    expect(read).not.toThrow(/canary/);
  });

  it.each(UNDOCUMENTED)('of another shape proves nothing: %s', (text) => {
    const read = () => readJson(replyOf(200, text), schema, START_OF);
    expect(read).toThrow(expect.objectContaining({ name: 'ProviderProtocolError' }));
    expect(read).not.toThrow(/canary/);
  });

  it('of the right shape is read, whatever its type says and whatever else is in it', () => {
    const reply = replyOf(200, ' {"id":"7","more":1}\n', { 'content-type': 'text/html' });
    expect(readJson(reply, schema, START_OF)).toEqual({ id: '7' });
  });

  it('keeps every digit of a number that is an id', () => {
    const loose = z.object({ id: z.union([z.string(), z.number()]) });
    expect(readJson(replyOf(200, '{"id":12345678901234567890}'), loose, LOOK_AT)).toEqual({
      id: '12345678901234567890',
    });
  });

  it('from a cache may be another run, so a look does not believe it', async () => {
    let age = '12';
    await using server = await serveHttp((_request, response) => response.writeHead(200, { age }).end('{"id":"7"}'));
    const old = await clientOf(server).send(LOOK);
    expect(() => readJson(old, schema, LOOK_AT)).toThrow(expect.objectContaining({ name: 'ReplyLostError' }));
    age = '0';
    expect(readJson(await clientOf(server).send(LOOK), schema, LOOK_AT)).toEqual({ id: '7' });
  });
});

describe('the end of a reply', () => {
  it.each([
    [{ 'content-length': '0' }, false],
    [{ 'content-length': '12' }, false],
    [{ 'transfer-encoding': 'chunked' }, false],
    [{ 'transfer-encoding': 'gzip, Chunked' }, false],
    [{ 'transfer-encoding': 'gzip' }, true],
    [{}, true],
  ])(
    'is told by the headers %j, or only by that of the connection: %s',
    (headers: Record<string, string>, expected) => {
      expect(endsWithConnection(replyOf(200, '', headers))).toBe(expected);
    },
  );

  it('needs no telling where there is no body', () => {
    expect(endsWithConnection(replyOf(204))).toBe(false);
  });
});
