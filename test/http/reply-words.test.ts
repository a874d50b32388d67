import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { HttpReply } from '../../lib/http/http-client.ts';
import { askedToWaitMs, endsWithConnection, failureOf, readJson } from '../../lib/http/reply.ts';

function replyOf(status: number, text = '', headers: Readonly<Record<string, string>> = {}): HttpReply {
  return { status, text, header: (name) => headers[name] };
}
const START_OF = { operation: 'start', what: 'start of run' } as const;
const LOOK_AT = { operation: 'read', what: 'look at run' } as const;
const MIDNIGHT = 'Mon, 02 Mar 2026 00:00:00 GMT';

describe('the words of a reply without success', () => {
  it('name what was tried, where that is known the host, and the status', () => {
    expect(failureOf(replyOf(400), START_OF).message).toBe('start of run: the reply was 400');
    expect(failureOf(replyOf(400), { ...LOOK_AT, host: 'a.example' }).message).toBe(
      'look at run at a.example: the reply was 400',
    );
  });

  it('speak of a redirect for 3xx alone', () => {
    for (const status of [299, 300, 301, 399, 400, 408, 500]) {
      const { message } = failureOf(replyOf(status, '', { location: 'https://b.example/x' }), START_OF);
      expect(message.includes('a redirect to b.example'), message).toBe(status >= 300 && status < 400);
    }
  });

  it('are cut between two characters, and not where a character is of the platform’s own making', () => {
    const cut = (text: string) => failureOf(replyOf(400, text), START_OF).remoteText;
    expect(cut(`${'x'.repeat(2_047)}é`)).toBe('x'.repeat(2_047));
    expect(cut(`${'x'.repeat(2_045)}😀`)).toBe('x'.repeat(2_045));
    expect(cut('a\uFFFDb')).toBe('a\uFFFDb');
  });
});

describe('a hint of when to come back', () => {
  it.each([
    ['7', undefined, 7_000],
    [' 7', undefined, undefined],
    ['7s', undefined, undefined],
    ['in 7', undefined, undefined],
    ['-7', undefined, undefined],
    ['', undefined, undefined],
    ['Mon, 02 Mar 2026 00:00:09 GMT', MIDNIGHT, 9_000],
    ['Mon, 02 Mar 2026 00:00:09 GMT', undefined, undefined],
    ['7', MIDNIGHT, 7_000],
  ])('%j in a reply of %s is %s ms', (hint, date, expected) => {
    const headers = { 'retry-after': hint, ...(date === undefined ? {} : { date }) };
    expect(askedToWaitMs(replyOf(200, '', headers))).toBe(expected);
  });

  it('is the rest of a quota that is used up, where nothing else is said', () => {
    const quota = { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' };
    expect(askedToWaitMs(replyOf(200, '', quota))).toBe(30_000);
    expect(askedToWaitMs(replyOf(200, '', { ...quota, 'retry-after': '5' }))).toBe(5_000);
    expect(askedToWaitMs(replyOf(200, '', { ...quota, 'retry-after': 'soon' }))).toBe(30_000);
    expect(askedToWaitMs(replyOf(200, '', { ...quota, 'ratelimit-remaining': '1' }))).toBeUndefined();
    expect(askedToWaitMs(replyOf(200, '', { ...quota, 'ratelimit-reset': '99999' }))).toBe(3_600_000);
    expect(askedToWaitMs(replyOf(200))).toBeUndefined();
  });
});

describe('a successful reply that is not what was documented', () => {
  const schema = z.object({ run: z.object({ id: z.string() }), a: z.number(), b: z.number(), c: z.number() });
  const failure = (text: string, host?: string) => {
    try {
      return readJson(replyOf(200, text), schema, { ...START_OF, ...(host !== undefined && { host }) });
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is told by up to three places and the kind of each fault, never by its content', () => {
    expect(failure('{"run":{"id":7},"a":1,"b":2,"c":3}')).toBe(
      'start of run: the reply is not what is documented: run.id (invalid_type)',
    );
    expect(failure('{"run":{"id":7}}', 'a.example')).toBe(
      'start of run at a.example: the reply is not what is documented: run.id (invalid_type), a (invalid_type), b (invalid_type)',
    );
    expect(failure('[]')).toBe('start of run: the reply is not what is documented: the whole (invalid_type)');
    expect(failure('canary')).toBe('start of run: the reply is not JSON');
  });
});

describe('the age of a reply', () => {
  const schema = z.object({});
  const read = (age: string, operation: 'start' | 'read') => () =>
    readJson(replyOf(200, '{}', { age }), schema, { operation, what: 'look at run' });

  it.each(['1', '12', '600', '0010'])('%s makes a look worthless, and says nothing against a start', (age) => {
    expect(read(age, 'read')).toThrow(/comes from a cache/);
    expect(read(age, 'start')).not.toThrow();
  });

  it.each(['0', '00', '', 'old', '1x', 'x1', '-1'])('%j is none', (age) => {
    expect(read(age, 'read')).not.toThrow();
  });

  it('is none where nothing is said of it', () => {
    expect(readJson(replyOf(200, '{}'), schema, LOOK_AT)).toEqual({});
  });
});

describe('the end of a reply that says how it is sent', () => {
  it('is told by the last way named, which alone can tell it', () => {
    expect(endsWithConnection(replyOf(200, '', { 'transfer-encoding': 'chunked, gzip' }))).toBe(true);
    expect(endsWithConnection(replyOf(200, '', { 'transfer-encoding': 'unchunked' }))).toBe(true);
  });
});
