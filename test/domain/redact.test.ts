import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScrubber, MASK, maskParameters, textsIn, tidy } from '../../lib/domain/redact.ts';

describe('scrubbing by value', () => {
  const secret = 'p"ä ss/w\\rd+1';
  const spellings: Readonly<Record<string, string>> = {
    raw: secret,
    'JSON-escaped': JSON.stringify(secret),
    'JSON within JSON': JSON.stringify(JSON.stringify(secret)),
    'URL-encoded': encodeURIComponent(secret),
    'form-encoded': encodeURIComponent(secret).replaceAll('%20', '+'),
    base64: Buffer.from(secret).toString('base64'),
    base64url: Buffer.from(secret).toString('base64url'),
    hex: Buffer.from(secret).toString('hex'),
    XML: 'p&quot;ä ss/w\\rd+1',
  };

  for (const [name, spelling] of Object.entries(spellings)) {
    it(`finds a secret that is spelled ${name}`, () => {
      const scrubbed = createScrubber([secret]).text(`before ${spelling} after`);
      expect(scrubbed).toContain(MASK);
      expect(scrubbed).not.toContain(spelling);
    });
  }

  it('finds a secret inside a longer base64 text, such as a basic authorisation header', () => {
    for (const before of ['', 'u', 'us', 'user:']) {
      const text = Buffer.from(`${before}${secret}!`).toString('base64');
      expect(createScrubber([secret]).text(text)).toContain(MASK);
    }
  });

  it('finds base64 of a short secret without its padding and in the alphabet of URLs, as tokens spell it', () => {
    const short = 'ab~cd?e';
    expect(btoa(short)).toBe('YWJ+Y2Q/ZQ==');
    const { text } = createScrubber([short]);
    expect(text('YWJ+Y2Q/ZQ==')).toBe(MASK);
    expect(text('"YWJ+Y2Q/ZQ"')).toBe(`"${MASK}"`);
    expect(text('"YWJ-Y2Q_ZQ"')).toBe(`"${MASK}"`);
  });

  it('finds a secret inside a longer base64 text of either alphabet, wherever it begins in it', () => {
    const long = 'k~?~?~?~?~?~?~?k';
    const { text } = createScrubber([long]);
    for (const before of ['', 'u', 'us', 'use']) {
      const whole = Buffer.from(`${before}${long}at the end`);
      for (const alphabet of ['base64', 'base64url'] as const) expect(text(whole.toString(alphabet))).toContain(MASK);
    }
  });

  it('looks for the middle of base64 in values of seven bytes and more, where chance makes no such text', () => {
    const hidden = (value: string) => createScrubber([value]).text(btoa(`user:${value}!`));
    expect(hidden('0123456')).toContain(MASK);
    expect(hidden('012345')).not.toContain(MASK);
  });

  it('finds a secret whose letters beyond ASCII are escaped, as many a JSON writer does, and no other letter', () => {
    const { text } = createScrubber(['~pässwörd😀']);
    expect(text('{"key":"~p\\u00e4ssw\\u00f6rd\\ud83d\\ude00"}')).toBe(`{"key":"${MASK}"}`);
  });

  it('finds each byte of the hexadecimal spelling, small ones too', () => {
    expect(createScrubber(['\tkey\n']).text('096b65790a')).toBe(MASK);
  });

  it('finds a secret in XML by each of the characters that XML must escape', () => {
    for (const [char, entity] of Object.entries({ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }))
      expect(createScrubber([`key${char}key`]).text(`<a>key&${entity};key</a>`)).toBe(`<a>${MASK}</a>`);
  });

  it('finds a text inside JSON that is itself quoted', () => {
    const { text } = createScrubber(['a"b"c"d']);
    expect(text('{"sent":"a\\"b\\"c\\"d!"}')).toBe(`{"sent":"${MASK}!"}`);
    expect(text('a\\\\\\"b\\\\\\"c\\\\\\"d!')).toBe(`${MASK}!`);
  });

  it('leaves nothing of a longer secret behind that begins like a shorter one', () => {
    const values = ['key-12', 'key-1', 'key-1234', 'key-123'];
    for (const order of [values, values.toReversed()])
      expect(createScrubber(order).text('key-1234 key-123 key-12 key-1')).toBe('*** *** *** ***');
  });

  it('leaves everything else as it is', () => {
    const { text } = createScrubber([secret, 'ab~cd?e', '0123456789abcdef']);
    for (const harmless of ['', 'abcdefgh', 'A sentence, with <all> & "sorts" of \\ characters.', 'YWJj=']) {
      expect(text(harmless)).toBe(harmless);
      expect(createScrubber([]).text(harmless)).toBe(harmless);
    }
  });

  it('keeps the shape of JSON: lists stay lists, and what is no text stays what it is', () => {
    const value = { list: [1, 'key-1234', [true, null]], flag: false, none: null, number: 1.5 };
    const scrubbed = { list: [1, '***', [true, null]], flag: false, none: null, number: 1.5 };
    expect(createScrubber(['key-1234']).json(value)).toEqual(scrubbed);
    expect(createScrubber([]).json(value)).toBe(value);
  });

  it('leaves no secret in any JSON around it, keys included', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 30 }), fc.jsonValue(), (value, json) => {
        const around = { [value]: [value, { inner: `x${value}y`, json }] };
        const scrubbed = createScrubber([value]).json(JSON.parse(JSON.stringify(around)));
        expect(textsIn(scrubbed).some((text) => text.includes(value))).toBe(false);
      }),
    );
  });

  it('masks a number that is sensitive wherever it is echoed as a number or text', () => {
    const { json } = createScrubber(textsIn({ salary: 123_456 }));
    expect(json({ a: 123_456, b: 'pays 123456' })).toEqual({ a: MASK, b: `pays ${MASK}` });
  });

  it('does not turn ordinary words into masks for the sake of a very short value', () => {
    expect(createScrubber(['a', '']).text('a banana')).toBe('a banana');
    expect(createScrubber(['one']).text('someone')).toBe('someone');
    expect(createScrubber(['four']).text('twenty-four')).toBe('twenty-***');
  });

  it('takes its values from anywhere in what a caller gave, as texts', () => {
    expect(textsIn('abc')).toEqual(['abc']);
    expect(textsIn([['a'], { b: 1.5, c: null, d: true, e: [{ f: '' }] }])).toEqual(['a', '1.5', '']);
    expect(textsIn(null)).toEqual([]);
    expect(textsIn(true)).toEqual([]);
  });
});

describe('what anybody may see', () => {
  it('shows sensitive parameters as a mask and nothing sealed', () => {
    const input = { parameters: { name: 'Jane' }, sensitive: ['email'], sealed: 'v1.abc' };
    expect(maskParameters(input)).toEqual({ name: 'Jane', email: '***' });
  });

  it('drops control characters, so that a platform cannot forge lines of a log', () => {
    expect(tidy('ok\r\n2026 ERROR forged\u001b[31m', 100)).toBe('ok 2026 ERROR forged [31m');
    expect(tidy('a\u0000\u001f\u007f\u009f\u2028\u2029b', 100)).toBe('a b');
    expect(tidy('\n indented \t', 100)).toBe('indented');
  });

  it('says of a text that was cut that it was', () => {
    expect(tidy('x'.repeat(11), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(tidy('x'.repeat(10), 10)).toBe('x'.repeat(10));
  });
});
