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
  });
});

describe('what anybody may see', () => {
  it('shows sensitive parameters as a mask and nothing sealed', () => {
    const input = { parameters: { name: 'Jane' }, sensitive: ['email'], sealed: 'v1.abc' };
    expect(maskParameters(input)).toEqual({ name: 'Jane', email: MASK });
  });

  it('drops control characters, so that a platform cannot forge lines of a log', () => {
    expect(tidy('ok\r\n2026 ERROR forged\u001b[31m', 100)).toBe('ok 2026 ERROR forged [31m');
    expect(tidy('x'.repeat(100), 10)).toHaveLength(10);
  });
});
