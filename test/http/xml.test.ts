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

const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');

const HOSTILE: Readonly<Record<string, string>> = {
  nothing: '',
  blanks: ' \n',
  'plain text': 'hello',
  JSON: '{"a":1}',
  'a page': '<html><body><br><p>x</body></html>',
  'unclosed tags': '<a><b></a>',
  'crossed tags': '<a><b></a></b>',
  'no end': '<a>',
  'a cut tag': '<a><b',
  'two roots': '<a/><b/>',
  'text behind the root': '<a/>x',
  'text before the root': 'x<a/>',
  'an attribute without quotes': '<a b=canary/>',
  'an attribute twice': '<a b="1" b="2"/>',
  'an attribute with <': '<a b="<"/>',
  'an attribute without a value': '<a b/>',
  'a bare ampersand': '<a>canary & co</a>',
  'an unknown entity': '<a>&canary;</a>',
  'a reference to NUL': '<a>&#0;</a>',
  'a reference to a surrogate': '<a>&#xD800;</a>',
  'a control character': '<a>\x01</a>',
  'a lone surrogate': '<a>\ud800</a>',
  ']]> in text': '<a>]]></a>',
  '-- in a comment': '<a><!-- x -- y --></a>',
  'an open comment': '<a><!-- x</a>',
  'an open CDATA': '<a><![CDATA[x</a>',
  'a declaration in the middle': '<a><?xml version="1.0"?></a>',
  'a declaration after a blank': ' <?xml version="1.0"?><a/>',
  'version 1.1 with its control characters': '<?xml version="1.1"?><a>&#1;</a>',
  'another encoding': '<?xml version="1.0" encoding="utf-16"?><a/>',
  'a bad name': '<1a/>',
  'a DOCTYPE': '<!DOCTYPE a><a/>',
  'a doctype in lower case': '<!doctype a><a/>',
  'an external entity': '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  'an external DTD': '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
  'a parameter entity': '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><a/>',
  'a billion laughs': `<!DOCTYPE a [<!ENTITY l0 "lol">${laughs}]><a>&l9;</a>`,
  'a quadratic blow-up': `<!DOCTYPE a [<!ENTITY x "${'y'.repeat(50_000)}">]><a>${'&x;'.repeat(50_000)}</a>`,
  'a hundred and one levels': `${'<a>'.repeat(101)}${'</a>'.repeat(101)}`,
  'half a million levels': '<a>'.repeat(500_000),
  'too many elements': `<a>${'<b/>'.repeat(100_001)}</a>`,
  'too many attributes': `<a ${Array.from({ length: 100_001 }, (_, i) => `b${i}=""`).join(' ')}/>`,
  'too many comments': `<a>${'<!---->'.repeat(100_001)}</a>`,
  'more than two megabytes': `<a>${'x'.repeat(2 * 1_048_576)}</a>`,
  'more than two megabytes in fewer characters': `<a>${'€'.repeat(700_000)}</a>`,
};

describe('a hostile document', () => {
  it.each(Object.entries(HOSTILE))('is refused at once: %s', (_title, text) => {
    const begun = performance.now();
    const problems = checkXml(text);
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toMatch(/canary|[<>]/);
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
  });

  it('may be a flood of numeric references, which is merely text', () => {
    const begun = performance.now();
    expect(checkXml(`<a>${'&#65;'.repeat(400_000)}</a>`)).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

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
