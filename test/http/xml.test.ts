import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkXml, parseXml, writeXml } from '../../lib/http/xml.ts';

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';

describe('written XML', () => {
  it('has one element per member; lists repeat, objects nest, null is empty', () => {
    const text = writeXml('data', {
      name: 'Ann',
      age: 42,
      ok: true,
      none: null,
      tag: ['a', 'b'],
      address: { city: 'Gent' },
      no: [],
    });
    expect(text).toBe(
      `${DECLARATION}<data><name>Ann</name><age>42</age><ok>true</ok><none/><tag>a</tag><tag>b</tag><address><city>Gent</city></address></data>`,
    );
  });

  it.each([
    '',
    ' ',
    'a b',
    'x><evil',
    'x/',
    '1a',
    '-a',
    '.a',
    'a&b',
    'a"b',
    "a'b",
    'a]]>',
    '!--',
    '?xml',
    'a\0',
    'a\n',
    '\ud800',
    'ns:a',
    'a=b',
    '\u00d7',
    '\u037e',
    '__proto__ x',
  ])('refuses a name that is none and does not repeat it: %j', (name) => {
    for (const write of [() => writeXml(name, {}), () => writeXml('data', { canary: { [name]: 'canary-value' } })]) {
      expect(write).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
      expect(write).not.toThrow(/canary-value/);
      if (name.trim().length > 1) expect(write).not.toThrow(name);
    }
  });

  it.each(['name', '_x', 'a-b.c', 'größe', '名前', '__proto__', 'constructor', 'a1'])(
    'takes any other name: %s',
    (name) => {
      const [child] = parseXml(writeXml('data', JSON.parse(`{"${name}":"v"}`))).children;
      expect(child).toMatchObject({ name, text: 'v' });
    },
  );

  it.each(['\0', '\x01', '\x08', '\x0b', '\x1f', '\ufffe', '\uffff', '\ud800', 'a\udc00'])(
    'refuses a character that XML has no way to write: %j',
    (character) => {
      const write = () => writeXml('data', { field: `canary${character}` });
      expect(write).toThrow(/data\.field: contains a character/);
      expect(write).not.toThrow(/canary/);
    },
  );

  it.each([
    ['a list within a list', { a: [[1]] }],
    ['a number that is none', { a: Number.NaN }],
    ['an endless number', { a: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_title, value) => {
    expect(() => writeXml('data', value)).toThrow(/data\.a: is /);
  });

  it('refuses nesting that nobody could read back', () => {
    const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) });
    expect(checkXml(writeXml('data', nested(99) as never))).toEqual([]);
    expect(() => writeXml('data', nested(100) as never)).toThrow(/deeper than 100/);
  });

  it('says the same text when it is read back, whatever the text is', () => {
    const text = fc
      .string({ unit: 'binary' })
      .filter((s) => !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(s));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const { children } = parseXml(writeXml('data', { a, b: { c: [b, a] } }));
        expect(children[0]?.text).toBe(a);
        expect(children[1]?.children.map((child) => child.text)).toEqual([b, a]);
      }),
    );
  });

  it.each(['</a><evil/>', '<![CDATA[x]]>', ']]>', '&amp;', '&lt;', '<!-- x -->', '<?x?>', '"\'', '\r\n', '\r'])(
    'cannot be broken out of by a value: %j',
    (value) => {
      expect(parseXml(writeXml('data', { a: value }))).toMatchObject({
        children: [{ name: 'a', text: value, children: [] }],
      });
    },
  );
});

describe('a hostile document', () => {
  it('is refused with the place and the rule, without its words', () => {
    expect(checkXml('<a>\n<canary></other></a>')).toEqual([expect.stringMatching(/^line 2, column \d+: [a-z ]+$/)]);
  });
});

describe('a good document', () => {
  it.each([
    '<a/>',
    `${DECLARATION}\n<a/>`,
    '\ufeff<a/>',
    '<a b="1" c="&quot;">x<!-- y --><![CDATA[<z>]]><?p q?></a>\n',
    '<s:Envelope xmlns:s="x"><s:Body/></s:Envelope>',
    `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`,
  ])('has no problem: %s', (text) => {
    expect(checkXml(text)).toEqual([]);
  });

  it('is read as it is: no value is turned into something else', () => {
    const { children } = parseXml('<a><b>1e5</b><b>0x1F</b><b> true </b><b>007</b><b/></a>');
    expect(children.map(({ text }) => text)).toEqual(['1e5', '0x1F', ' true ', '007', '']);
  });

  it('keeps attributes, own text and CDATA, and names that look like a prototype', () => {
    const root = parseXml('<a __proto__="x" id="7">one<b>two</b><![CDATA[<three>]]></a>');
    expect(root).toMatchObject({ name: 'a', text: 'one<three>', children: [{ name: 'b', text: 'two' }] });
    expect(Object.entries(root.attributes)).toEqual([
      ['__proto__', 'x'],
      ['id', '7'],
    ]);
  });
});
