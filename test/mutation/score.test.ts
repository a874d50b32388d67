import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reasonToIgnore } from './ignore-sentences.ts';
import { PARTS } from './parts.ts';
import { isProven, partScore, summaryOf, THRESHOLD, tableOf } from './score.ts';

const PART = { name: 'a part', files: ['lib/a.ts', 'lib/b.ts'], tests: [] };
const mutantsOf = (fileName: string, ...statuses: readonly string[]) =>
  statuses.map((status) => ({ fileName, status }));
const times = (count: number, status: string) => Array.from({ length: count }, () => status);

describe('the score of a part', () => {
  it('counts what a test noticed by failing or by never ending, of all that could be noticed', () => {
    const statuses = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'RuntimeError'];
    const part = partScore(PART, [...mutantsOf('lib/a.ts', ...statuses), ...mutantsOf('lib/b.ts', 'Killed')]);
    expect(part).toMatchObject({ mutants: 7, noticed: 3, missed: 2, ignored: 1, score: 60 });
    expect(part.files.map(({ name, score }) => [name, score])).toEqual([
      ['lib/a.ts', 50],
      ['lib/b.ts', 100],
    ]);
  });

  it(`is enough from ${THRESHOLD} % on, and never by rounding`, () => {
    const scoreWith = (missed: number) =>
      partScore(PART, [
        ...mutantsOf('lib/a.ts', 'Killed', ...times(missed, 'Survived')),
        ...mutantsOf('lib/b.ts', ...times(9_999 - missed, 'Killed')),
      ]);
    expect(scoreWith(1_500)).toMatchObject({ score: 85 });
    expect(isProven(scoreWith(1_500))).toBe(true);
    expect(scoreWith(1_501)).toMatchObject({ score: 84.9 });
    expect(isProven(scoreWith(1_501))).toBe(false);
  });

  it('is not enough where nothing was tried in one of its files, as after a renaming', () => {
    expect(isProven(partScore(PART, mutantsOf('lib/a.ts', 'Killed')))).toBe(false);
    expect(isProven(partScore(PART, []))).toBe(false);
  });

  it('is told by file, and over all, in one line of JSON', () => {
    const parts = [
      partScore(PART, [...mutantsOf('lib/a.ts', 'Killed', 'Survived'), ...mutantsOf('lib/b.ts', 'Killed')]),
    ];
    expect(JSON.parse(summaryOf(parts))).toEqual({
      files: { 'lib/a.ts': 50, 'lib/b.ts': 100 },
      parts: { 'a part': 66.6 },
      score: 66.6,
      threshold: 85,
    });
    expect(tableOf(parts).split('\n')).toHaveLength(4);
  });
});

describe('the parts', () => {
  it('name files and tests that are there, each file once', () => {
    for (const file of PARTS.flatMap(({ files, tests }) => [...files, ...tests]))
      expect(globSync(file), file).not.toEqual([]);
    const files = PARTS.flatMap((part) => part.files);
    expect(new Set(files).size).toBe(files.length);
  });
});

describe('what is left alone', () => {
  const text = (value: string) => reasonToIgnore({ type: 'StringLiteral', value });
  const name = { type: 'Identifier' };
  const template = (raw: string, expression: Parameters<typeof reasonToIgnore>[0]) =>
    reasonToIgnore({ type: 'TemplateLiteral', quasis: [{ value: { raw } }], expressions: [expression] });

  it('is a sentence for people, with what it names', () => {
    expect(text('The key is refused.')).toBeDefined();
    expect(template('There is no run ', name)).toBeDefined();
    expect(template('There is no run ', { type: 'MemberExpression', object: name })).toBeDefined();
  });

  it('is neither a code nor a name, nor a sentence in which something is decided', () => {
    for (const code of ['AMBIGUOUS_START', 'x-api-key', '', ' ', 'a.b']) expect(text(code)).toBeUndefined();
    expect(template('keyId ', name)).toBeUndefined();
    expect(template('Every part of it', { type: 'ConditionalExpression' })).toBeUndefined();
    expect(
      template('Every part of it', { type: 'MemberExpression', object: { type: 'CallExpression' } }),
    ).toBeUndefined();
    expect(reasonToIgnore({ type: 'NumericLiteral', value: 7 })).toBeUndefined();
  });
});
