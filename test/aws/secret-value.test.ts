import { describe, expect, it } from 'vitest';
import { parseSecret, secretTexts } from '../../lib/aws/secret-value.ts';

const CANARY = 'canary-4711';

describe('the value of a secret', () => {
  it.each([
    ['is taken as it is', `{"apiKey":"${CANARY}"}`],
    ['may end in a line break', `{"apiKey":"${CANARY}"}\n`],
    ['may begin with a byte order mark', `\uFEFF{"apiKey":"${CANARY}"}`],
    ['may have a line break in the key itself, as a shell leaves it', `{"apiKey":"${CANARY}\\n"}`],
    ['may have a Windows line break in the key', `{"apiKey":"${CANARY}\\r\\n"}`],
    ['may have a byte order mark in the key', `{"apiKey":"\uFEFF${CANARY}"}`],
  ])('%s', (_, text) => {
    expect(parseSecret('errand/acme', text)).toEqual({ apiKey: CANARY });
  });

  it.each([
    ['bytes instead of text', undefined],
    ['nothing', ''],
    ['a bare key', CANARY],
    ['a JSON text', `"${CANARY}"`],
    ['a list', `["${CANARY}"]`],
    ['null', 'null'],
    ['a number', '4711'],
    ['JSON cut off', `{"apiKey":"${CANARY}`],
    ['JavaScript', `{apiKey:'${CANARY}'}`],
    ['two line breaks at the end', `{"apiKey":"${CANARY}\\n\\n"}`],
    ['a line break inside', `{"apiKey":"can\\n${CANARY}"}`],
    ['a carriage return inside', `{"apiKey":"can\\r${CANARY}"}`],
    ['a tab', `{"apiKey":"${CANARY}\\t"}`],
    ['a null byte', `{"apiKey":"${CANARY}\\u0000"}`],
    ['a delete character', `{"apiKey":"${CANARY}\\u007f"}`],
    ['an umlaut', `{"apiKey":"${CANARY}ü"}`],
    ['a curly quotation mark', `{"apiKey":"“${CANARY}”"}`],
    ['a no-break space', `{"apiKey":"${CANARY}\u00a0"}`],
    ['half a character', `{"apiKey":"${CANARY}\\ud83d"}`],
    ['a control character deep inside', `{"tokens":[{"value":"${CANARY}\\u0007"}]}`],
  ])('is refused before any call when it is %s, without a word of it', (_, text) => {
    let message = '';
    try {
      parseSecret('errand/acme', text);
    } catch (error) {
      expect(error).toMatchObject({ name: 'SecretUnavailableError', problem: 'malformed' });
      expect((error as Error).cause).toBeUndefined();
      message = String(error);
    }
    expect(message).toContain('secret "errand/acme"');
    expect(message).not.toContain('canary');
  });

  it('yields every text in it, for scrubbing', () => {
    expect(secretTexts({ a: 'one', b: ['two', { c: 'three' }], d: '', e: 4, f: null })).toEqual([
      'one',
      'two',
      'three',
    ]);
  });
});
