import { describe, expect, it } from 'vitest';
import { createScrubber, lazyScrubber, MASK, textsIn, textsInBody } from '../../lib/domain/redact.ts';

describe('what is scrubbed out of a platform’s words', () => {
  it('grows with what a call learns, such as the token of its own login', () => {
    const known = ['the-password'];
    const { text, json, isTold } = lazyScrubber(() => [...known]);
    expect(text('the-password a-new-token')).toBe(`${MASK} a-new-token`);
    known.push('a-new-token');
    expect([text('a-new-token'), json(['a-new-token']), isTold('id-a-new-token')]).toEqual([MASK, [MASK], true]);
    known[0] = 'zq8Wn6Bc1Xy';
    expect(text('the-password zq8Wn6Bc1Xy')).toBe(`the-password ${MASK}`);
  });

  it('has the names in a sensitive object that are no plain names: an account may be one', () => {
    expect(textsIn({ iban: 'x', line_2: 1, $ref: [{ 'a@example.com': true, 'DE02 1203': 'y' }] })).toEqual([
      'x',
      '1',
      'a@example.com',
      'DE02 1203',
      'y',
    ]);
  });

  it('has the contents of a raw body, XML or JSON, but neither its names nor its short words', () => {
    const xml = '<Offer id="number-4711" kind="A"><Customer>Acme &lt;Ltd&gt; &amp; Co</Customer><Yes>1</Yes></Offer>';
    expect(textsInBody(xml)).toEqual(['number-4711', 'Acme <Ltd> & Co']);
    expect(textsInBody('{"customer":"Acme and Company","yes":1}')).toEqual(['Acme and Company']);
    expect(textsInBody('a plain text')).toEqual(['a plain text']);
  });
});

describe('masks', () => {
  it('cover two secrets that overlap from the first character to the last, as one', () => {
    const { text } = createScrubber(['abcd-1234-efgh', '1234-efgh-ijkl']);
    expect(text('<abcd-1234-efgh-ijkl>')).toBe(`<${MASK}>`);
  });

  it('cover a long text of which only the beginning was kept', () => {
    const { text } = createScrubber(['a long sensitive text that goes on and on and on']);
    expect(text('It said: a long sens')).toBe(`It said: ${MASK}`);
    expect(text('It said: a long sens and more')).toBe('It said: a long sens and more');
  });

  it('leave a large text alone that looks like a secret everywhere and is none', () => {
    const { text } = createScrubber(['0123456789abcdef0123456789abcdef']);
    const large = '0123456%41&#x41;\\u0041'.repeat(40_000);
    expect(text(large)).toBe(large);
  });
});
