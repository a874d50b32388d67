import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const COMPARISON = /([\w.)]+)\s*[!=]==?\s*([\w.(]+)/g;
/** What somebody presents and what we hold against it, by the names that they have here. */
const GUESSABLE = /(?:^|\.)(?:\w*digest|\w*signature|stored|computed|presented|ours)\)?$/i;

/** With something that could be guessed byte by byte; whether there is one at all tells nothing. */
function comparisons(text: string): readonly string[] {
  return [...text.matchAll(COMPARISON)]
    .filter(([, left = '', right = '']) => right !== 'undefined' && [left, right].some((side) => GUESSABLE.test(side)))
    .map(([found]) => found);
}

const files = readdirSync(join(ROOT, 'lib/api'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /(^|\/)(key-|keys|authenticate|refusals)[\w-]*\.ts$/.test(name))
  .map((name) => `lib/api/${name}`);

describe('a comparison with an API key', () => {
  it('takes as long for every key, so that no byte of one can be guessed from the time it took', () => {
    const found = files.flatMap((file) =>
      comparisons(readFileSync(join(ROOT, file), 'utf8')).map((text) => `${file}: ${text}`),
    );
    expect(found).toEqual([]);
    expect(readFileSync(join(ROOT, 'lib/api/keys.ts'), 'utf8')).toContain('timingSafeEqual(');
  });

  it.each([
    'return stored === computed;',
    'if (record.digest !== digest) return',
    'const isOurs = ours === keyId;',
    'presented == known',
  ])('would be found, so that finding none means something: %s', (text) => {
    expect(comparisons(text)).toHaveLength(1);
  });

  it.each(['check.record.digest === undefined', 'isEqual(ours, keyId)', 'a.length === b.length'])(
    'is none of a value with nothing to guess: %s',
    (text) => {
      expect(comparisons(text)).toEqual([]);
    },
  );
});
