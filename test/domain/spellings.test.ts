import { describe, expect, it } from 'vitest';
import { createScrubber, lazyScrubber, textsIn, textsInBody } from '../../lib/domain/redact.ts';

const masked = (value: string, text: string) => createScrubber([value]).text(text);

describe('a value in a text', () => {
  const VALUE = 'Kü&<"\'> key/9';
  const bytes = Buffer.from(VALUE);
  /** By whom it is spelled so. */
  const SPELLED: readonly (readonly [string, string])[] = [
    ['somebody who shouts', VALUE.toUpperCase().replace('Ü', 'ü')],
    ['somebody who whispers', VALUE.toLowerCase()],
    ['a form', 'K%C3%BC%26%3C%22%27%3E+key%2F9'],
    ['a form in small letters', 'k%c3%bc%26%3c%22%27%3e+key%2f9'],
    ['a form within a form', 'K%25C3%25BC%2526%253C%2522%2527%253E%2520key%252F9'],
    ['a form of old, in Latin-1', 'K%FC%26%3C%22%27%3E%20key%2F9'],
    ['JSON of a careful writer', 'K\\u00fc\\u0026\\u003C\\u0022\\u0027\\u003E key\\/9'],
    ['JSON within JSON', JSON.stringify(JSON.stringify(VALUE)).slice(3, -3)],
    ['JavaScript', 'K\\xfc&<\\x22\\x27> key/9'],
    ['a page', 'K&#252;&amp;&lt;&quot;&#39;&gt; key/9'],
    ['a page in hexadecimal', 'K&#xFC;&#x26;&#x3c;&#x22;&apos;&gt;&nbsp;key/9'],
    ['a page that shows JSON', 'K\\u00fc\\u0026&lt;\\&quot;&#39;&gt; key/9'],
    ['a log that breaks lines', 'Kü&<"\'>\r\n\tkey/9'],
    ['a dump', bytes.toString('hex')],
    ['a dump in capitals', bytes.toString('hex').toUpperCase()],
    ['a dump with blanks', bytes.toString('hex').replace(/(..)(?!$)/g, '$1 ')],
    ['a mirror', [...VALUE].reverse().join('')],
    ['mail', bytes.toString('base64')],
    ['mail with line ends', bytes.toString('base64').replace(/(.{4})(?!$)/g, '$1\r\n')],
    ['a token', bytes.toString('base64url')],
  ];

  it.each(SPELLED)('is found as it is spelled by %s, and nothing else is touched', (_title, spelled) => {
    expect(masked(VALUE, `A %41 & \\n b: ${spelled}; c &amp; d.`)).toBe('A %41 & \\n b: ***; c &amp; d.');
    expect(masked(VALUE, spelled)).toBe('***');
  });

  it('is found where it is, also behind a letter that is longer when it is small', () => {
    expect('İ'.toLowerCase()).toHaveLength(2);
    expect(masked('key-1234', 'İİ KEY-1234 İ key-1234 b')).toBe('İİ *** İ *** b');
  });

  it('is found more than once, and twice in a row as one', () => {
    expect(masked('key-1234', 'key-1234, %6Bey-1234, KEY-1234key-1234')).toBe('***, ***, ***');
    expect(createScrubber(['key-1234', '1234-end']).text('a key-1234-end b')).toBe('a *** b');
    expect(createScrubber(['key-1234', 'other-99']).text('a key-1234 other-99 b')).toBe('a *** *** b');
  });

  it('of less than eight characters is found only as it is or escaped, or else everything would be', () => {
    expect(masked('key-123', 'a key-123, %6bey-123 b')).toBe('a ***, *** b');
    for (const text of ['KEY-123', '321-yek', 'key -123', 'a key-12']) expect(masked('key-123', text)).toBe(text);
    expect(masked('key-1234', 'a KEY-1234 4321-yek key -1234 b')).toBe('a *** *** *** b');
  });

  it('of sixteen characters and more is found by halves, with what follows of it', () => {
    const value = '0123456789abcdefX';
    expect(masked(value, 'a 01234567 b')).toBe('a *** b');
    expect(masked(value, 'a 0123456789 b')).toBe('a *** b');
    expect(masked(value, 'a 9abcdefX b')).toBe('a *** b');
    expect(masked(value, 'a 89abcdefX b')).toBe('a *** b');
    expect(masked(value, 'a Xfedcba9 b')).toBe('a *** b');
    for (const text of ['a 0123456 b', 'a 123456789 b', 'a abcdefX b']) expect(masked(value, text)).toBe(text);
    expect(masked(value.slice(0, 14), 'a 01234567 b')).toBe('a 01234567 b');
  });

  it('that was cut at the end of the text is found from eight characters on', () => {
    const value = '0123456789abcdefghijklmn';
    expect(masked(value, 'It said: 01234567')).toBe('It said: ***');
    expect(masked(value, 'It said: 012345678…')).toMatch(/^It said: \*\*\*/);
    expect(masked(value, 'It said: 0123456')).toBe('It said: 0123456');
    expect(masked(value, 'It said: 01234567, and went on')).toBe('It said: 01234567, and went on');
    expect(masked('Kü-0123456789abcdef', 'It said: K%C3%BC-01234%3')).toMatch(/^It said: \*\*\*/);
  });

  it('that looks escaped itself is found as that and as what it may be read as', () => {
    const value = 'abc%41-def%2B-ghi';
    for (const spelled of [value, 'abcA-def+-ghi', encodeURIComponent(value)])
      expect(masked(value, `a ${spelled} b`)).toBe('a *** b');
  });

  it('with control characters is found as the sentence that we make of it', () => {
    expect(masked('\u0007abc\n\u2028de', 'a abc de b')).toBe('a *** b');
  });

  it('is not looked for in ever deeper escapes', () => {
    const nested = (depth: number) => {
      let text = 'key/1234';
      for (let count = 0; count < depth; count += 1) text = encodeURIComponent(text);
      return text;
    };
    expect(masked('key/1234', nested(3))).toBe('***');
    expect(masked('key/1234', nested(4))).not.toBe('***');
  });

  it('is no letter of an escape that means something else', () => {
    for (const text of ['100 % of it', 'a && b', 'C:\\new', '&unknown; &#9999999;', '%zz', '\\u00zz'])
      expect(masked('key-1234', `${text} key-1234 ${text}`)).toBe(`${text} *** ${text}`);
  });
});

describe('an id', () => {
  const { isTold } = createScrubber(['key-1234', 'abcd']);
  it('tells a value when it is one, or holds one that is not there by chance', () => {
    for (const id of ['key-1234', 'abcd', 'run-key-1234-7', '%6bey-1234']) expect(isTold(id), id).toBe(true);
    for (const id of ['', 'xabcdx', 'abc', 'key-123', 'run-7']) expect(isTold(id), id).toBe(false);
  });
});

describe('values that become more while a call is made', () => {
  it('count from the moment that they are known', () => {
    const values: string[] = ['key-1234'];
    let asked = 0;
    const scrubber = lazyScrubber(() => {
      asked += 1;
      return [...values];
    });
    expect(asked).toBe(0);
    expect(scrubber.text('key-1234 token-99')).toBe('*** token-99');
    values.push('token-99');
    expect(scrubber.text('key-1234 token-99')).toBe('*** ***');
    expect(scrubber.json({ a: 'token-99' })).toEqual({ a: '***' });
    values[1] = 'token-77';
    expect(scrubber.text('token-99 token-77')).toBe('token-99 ***');
    expect([scrubber.isTold('token-77'), scrubber.isTold('token-99')]).toEqual([true, false]);
    values.pop();
    expect(scrubber.text('key-1234 token-77')).toBe('*** token-77');
  });
});

describe('what a caller gave', () => {
  it('is every text in it, and every key that no program would have named', () => {
    const plain = { name: 'a', $ref: 'b', _x: 'c', 'first-name': 'd', größe: 'e', line123: 'f' };
    expect(textsIn(plain)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    for (const key of ['jane@example.com', '1', 'two words', 'line1234', '-x', 'a.b', ''])
      expect(textsIn({ [key]: 'a' })).toEqual([key, 'a']);
  });

  it('is of a raw body what stands in its JSON or XML, where it is long enough to be no chance', () => {
    expect(textsInBody('{"name":"Jane Roe, Esq.","age":12345678,"x":"short"}')).toEqual(['Jane Roe, Esq.', '12345678']);
    expect(textsInBody(`<a first="Jane &amp; Roe" second = 'Jane or Roe' x="no"> Jane but Roe <b/>short</a>`)).toEqual([
      'Jane & Roe',
      'Jane or Roe',
      'Jane but Roe',
    ]);
    expect(textsInBody('{"x":"12345678"}')).toEqual(['12345678']);
    expect(textsInBody('{"x":"1234567"}')).toEqual([]);
  });

  it('is of any other body the whole', () => {
    expect(textsInBody('Jane Roe, Esq.')).toEqual(['Jane Roe, Esq.']);
    expect(textsInBody('a=1')).toEqual(['a=1']);
  });
});
