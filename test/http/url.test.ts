import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildUrl } from '../../lib/http/url.ts';
import { clientOf, LOOK, serveHttp } from './servers.ts';

const BASE = 'https://host.example/phix/flow';

const REFUSED = [
  '',
  '.',
  '..',
  '\0',
  'a\0b',
  '\t..',
  '..\n',
  '\r\n',
  'a\rb',
  '\x1b[2J',
  '\x7f',
  '\x85',
  '\ud800',
  'a\udfffb',
];

/** What else is hostile stays one segment. */
const INERT = [
  '...',
  '%2e%2e',
  '%2E%2e',
  '.%2e',
  '%252e%252e',
  '%00',
  '%0d%0a',
  'a/b',
  '/',
  '../x',
  '../../sessions',
  'a\\b',
  '..\\..',
  '?',
  'a?api_key=x',
  '#',
  'a#b',
  ';jsessionid=1',
  'a;b=c',
  '@evil.example',
  ':80',
  '//evil.example',
  'https://evil.example',
  '\uff0e\uff0e',
  '\u2025',
  '\u2215',
  ' ',
  '.. ',
  '\u200b..',
  '\u202e',
  '&',
  '=',
  '+',
  '{}',
  '`',
  '"',
  "'",
  '<script>',
  '__proto__',
  'é',
  '😀',
];

describe('a path segment', () => {
  it.each(REFUSED)('that cannot be one is refused: %j', (segment) => {
    expect(() => buildUrl(BASE, ['runs', segment, 'status'])).toThrow(
      expect.objectContaining({ name: 'InvalidInputError' }),
    );
  });

  it.each([
    ['', 'is empty'],
    ['.', 'must not be "." or ".."'],
    ['..', 'must not be "." or ".."'],
    ['a\nb', 'contains a control character'],
    ['a\ud800', 'is not well-formed Unicode'],
  ])('is refused by its place and its rule, so that a setting can be mended: %j', (segment, message) => {
    expect(() => buildUrl(BASE, ['runs', segment])).toThrow(
      expect.objectContaining({ issues: [{ path: 'path[1]', message }] }),
    );
  });

  it('is not quoted by its refusal', () => {
    expect(() => buildUrl(BASE, ['canary\u0000'])).not.toThrow(/canary/);
  });

  it.each(INERT)('stays one segment whatever it contains: %j', (segment) => {
    const url = buildUrl(BASE, ['runs', segment, 'status']);
    expect(url.href).toBe(`${BASE}/runs/${encodeURIComponent(segment)}/status`);
    expect(decodeURIComponent(url.pathname.split('/')[4] ?? '')).toBe(segment);
  });

  it('reaches the wire exactly as it was built', async () => {
    await using server = await serveHttp((_request, response) => response.end());
    const client = clientOf({ origin: `${server.origin}/phix` });
    for (const segment of INERT) await client.send({ ...LOOK, path: ['runs', segment] });
    expect(server.requests).toEqual(INERT.map((segment) => `GET /phix/runs/${encodeURIComponent(segment)}`));
  });

  it('never leaves the base, whatever text it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), (path) => {
        const built = attempt(() => buildUrl(BASE, path));
        if (built === undefined) return;
        expect(built.origin).toBe('https://host.example');
        expect(built.pathname.split('/').slice(3).map(decodeURIComponent)).toEqual(path);
      }),
    );
  });
});

describe('a base URL', () => {
  it.each([
    ['https://host.example', 'https://host.example/api/x'],
    ['https://host.example/', 'https://host.example/api/x'],
    ['https://host.example/invision', 'https://host.example/invision/api/x'],
    ['https://host.example/invision//', 'https://host.example/invision/api/x'],
    ['https://host.example:8443/a%20b', 'https://host.example:8443/a%20b/api/x'],
    ['https://host.example//twice', 'https://host.example//twice/api/x'],
  ])('keeps its prefix: %s', (base, expected) => {
    expect(buildUrl(base, ['api', 'x']).href).toBe(expected);
  });

  it('whose path would become a part of the host is refused, for the key would go to a stranger', () => {
    expect(() => buildUrl('blob:https://host.example/id', ['x'])).toThrow(
      expect.objectContaining({
        name: 'InvalidInputError',
        issues: [{ path: 'path', message: 'does not stay below the base URL' }],
      }),
    );
  });

  it('may be all there is', () => {
    expect(buildUrl('https://host.example', []).href).toBe('https://host.example/');
    expect(buildUrl(BASE, []).href).toBe(BASE);
  });
});

describe('a query', () => {
  it('carries any value and cannot be broken out of', () => {
    const query = { a: 'x&b=1#y', 'c d': 'é+ ', n: 3, t: true };
    const url = buildUrl(BASE, ['x'], query);
    expect(Object.fromEntries(url.searchParams)).toEqual({ a: 'x&b=1#y', 'c d': 'é+ ', n: '3', t: 'true' });
    expect(url.hash).toBe('');
  });

  it('refuses half a character rather than replacing it', () => {
    expect(() => buildUrl(BASE, ['x'], { fine: 'a', half: '\ud800' })).toThrow(
      expect.objectContaining({ issues: [{ path: 'query.half', message: 'is not well-formed Unicode' }] }),
    );
  });
});

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
