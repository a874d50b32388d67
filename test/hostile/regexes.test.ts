import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attack } from './attack-regexes.ts';
import { findRegexes } from './find-regexes.ts';

const LIMIT_MS = 10;

/** Slow for a text that they are never given, and why that is so. */
const BOUNDED: Readonly<Record<string, string>> = {
  'lib/domain/config.ts /\\/+$/': 'a base URL of the configuration, which its author writes',
  'lib/domain/spellings.ts /=+$/': 'base64 that we have made, which ends in two of them at most',
  'lib/http/reply.ts /\\uFFFD+$/': 'words of a platform, cut to two kilobytes before',
  'lib/http/xml.ts /^(?:.*?)(\\d+):(\\d+): ([^:."\'<>]*)/': 'a message of the parser, which begins with the place',
  'lib/cli/frame/errand-command.ts /[ \\t]+$/gm': 'the help of our own commands',
  'lib/cli/target/errand-stack.ts /Stack with id .* does not exist/i': 'an error of the AWS SDK, on a terminal',
};

/** What makes expressions of text, and of which text. */
const MAKERS: Readonly<Record<string, string>> = {
  'lib/api/key-text.ts': 'of constants',
  'lib/domain/cron.ts': 'of the names of months and days',
  'lib/domain/text-views.ts': 'of constants',
  'lib/local/definition.ts': 'of the names of our functions',
  'lib/simulators/faults.ts': 'of what a test asks a simulator for',
  'lib/cli/local/demo-cases.ts': 'of constants',
  'lib/console/model/form-values.ts':
    'of a form that a platform sent: a slow one stops the page of whoever answers it, and nothing else',
};

describe('a regular expression of the product', () => {
  const { literals, makers } = findRegexes(resolve(import.meta.dirname, '../..'));

  it('reads fifty thousand hostile characters within ten milliseconds', { timeout: 120_000 }, async () => {
    expect(literals.length).toBeGreaterThan(150);
    const names = literals.map(({ file, source, flags }) => `${file} /${source}/${flags}`);
    const slow = await attack(literals, LIMIT_MS);
    const found = slow.map(({ index, ms, input }) => [names[index] ?? '', `${ms} ms for ${input}`] as const);
    expect(found.filter(([name]) => !Object.hasOwn(BOUNDED, name))).toEqual([]);
    // An exception that is none any more would hide the next one.
    expect(Object.keys(BOUNDED).filter((name) => !found.some(([slowName]) => slowName === name))).toEqual([]);
  });

  it('is spelled out, but for those that are made of text that is known', () => {
    expect([...new Set(makers)].sort()).toEqual(Object.keys(MAKERS).sort());
  });

  it.each([
    ['^(\\w+\\s?)*$', 'doubles with each character'],
    ['^(?:(a|aa)+)$', 'doubles with each character'],
    ['^(\\/([^~]|~[01])*)*$', 'doubles, and needs its own beginning'],
    ['^limit=(\\d+)*x$', 'doubles behind a word'],
    ['["\'\\s]+$', 'begins anew at every blank'],
    ['\\.[^/]*$', 'begins anew at every dot'],
    ['^\\d+\\.?\\d*$', 'divides digits in every way'],
    ['^(?:.*?)(\\d+):', 'divides digits in every way'],
  ])('would be found if it were slow: %s, which %s', async (source) => {
    expect(await attack([{ source, flags: '' }], LIMIT_MS)).toMatchObject([{ index: 0 }]);
  });
});
