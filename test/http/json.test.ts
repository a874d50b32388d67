import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../lib/http/json.ts';
import { readPointer } from '../../lib/http/json-pointer.ts';

describe('a number', () => {
  it.each([
    ['12345678901234567890', '12345678901234567890'],
    ['-9007199254740993', '-9007199254740993'],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740991', 9007199254740991],
    ['-0', -0],
    ['1.5', 1.5],
    ['1e3', 1000],
    ['1e21', 1e21],
    ['1e400', '1e400'],
  ])('%s is read as %j, so that no digit is lost', (text, expected) => {
    expect(parseJson(text)).toBe(expected);
    expect(parseJson(`{"a":[${text}]}`)).toEqual({ a: [expected] });
  });

  it('that is an id comes back digit by digit, however long it is', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (id) => {
        const { id: read } = parseJson(`{"id": ${id}}`) as { id: string | number };
        expect(String(read)).toBe(String(id));
      }),
    );
  });
});

describe('JSON', () => {
  it('is otherwise read as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        if (/"__proto__":|"constructor":|\d{16}/.test(text)) return;
        expect(JSON.stringify(parseJson(text))).toBe(text);
      }),
    );
  });

  const NOT_JSON = [
    '',
    ' ',
    'hello',
    '{',
    '{"a":',
    '{"a":1}x',
    '\ufeff{}',
    "{'a':1}",
    '<html>',
    'NaN',
    '[1,]',
    '{"a":1,}',
    'u\0n\0',
  ];
  it.each(NOT_JSON)('that is none is refused: %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('is never quoted by its refusal', () => {
    expect(() => parseJson('canary {')).toThrow(/^The text is not JSON$/);
  });

  it('nested a hundred thousand deep is refused and does no harm', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(() => parseJson(deep)).toThrow(SyntaxError);
  });
});

describe('a key that reaches a prototype', () => {
  const POLLUTED = [
    '{"__proto__":{"polluted":1}}',
    '{"a":{"__proto__":{"polluted":1}}}',
    '[{"__proto__":{"polluted":1}}]',
    '{"constructor":{"prototype":{"polluted":1}}}',
    '{"a":{"constructor":{"prototype":{"polluted":1}}}}',
    '{"\\u005f_proto__":{"polluted":1}}',
  ];
  it.each(POLLUTED)('is dropped: %s', (text) => {
    const value = parseJson(text);
    expect(JSON.stringify(value)).not.toContain('polluted');
    merge({}, value);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('is the only thing that is dropped', () => {
    expect(parseJson('{"constructor":{"prototype":1,"name":"x"},"b":2,"prototype":3}')).toEqual({
      constructor: { name: 'x' },
      b: 2,
      prototype: 3,
    });
    expect(parseJson('{"constructor":"acme"}')).toEqual({ constructor: 'acme' });
  });

  /** As careless as they come. */
  function merge(target: Record<string, unknown>, source: unknown): void {
    for (const [key, value] of Object.entries(source as Record<string, unknown>)) {
      if (typeof value === 'object' && value !== null) {
        target[key] ??= {};
        merge(target[key] as Record<string, unknown>, value);
      } else target[key] = value;
    }
  }
});

describe('a JSON pointer', () => {
  const value = { a: { 'b/c': [10, { 'm~n': null }], '': 'empty' }, length: 1, list: [1, 2] };
  it.each([
    ['', value],
    ['/a/b~1c/0', 10],
    ['/a/b~1c/1/m~0n', null],
    ['/a/', 'empty'],
    ['/length', 1],
    ['/list/1', 2],
    ['/list/2', undefined],
    ['/list/01', undefined],
    ['/list/-', undefined],
    ['/list/length', undefined],
    ['/nothing/there', undefined],
    ['/a/b~1c/0/x', undefined],
    ['a', undefined],
    ['/a~2', undefined],
    ['/constructor', undefined],
    ['/__proto__', undefined],
    ['/__proto__/toString', undefined],
    ['/list/constructor/prototype', undefined],
  ])('%j leads to %j', (pointer, expected) => {
    expect(readPointer(value, pointer)).toEqual(expected);
  });

  it('decodes ~01 as ~1, not as a slash', () => {
    expect(readPointer({ '~1': 'x', '/': 'y' }, '/~01')).toBe('x');
  });
});
