import { describe, expect, it } from 'vitest';
import { isFoldable, jsonText } from '../../lib/console/model/foldable.ts';

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}1${']'.repeat(depth)}`);

describe('a tree of JSON', () => {
  it('is drawn of what a page can bear, so that a large answer does not bring it to a halt', () => {
    expect(isFoldable({ a: [1, 'x', null, { b: true }] })).toBe(true);
    expect(isFoldable('text')).toBe(true);
    expect(isFoldable(Array.from({ length: 100_000 }, (_, index) => index))).toBe(false);
    expect(isFoldable(Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 0)))).toBe(false);
    expect(isFoldable(nested(50))).toBe(true);
    expect(isFoldable(nested(200_000))).toBe(false);
  });

  it('gives way to text where it is not drawn, and to a word where there is not even that', () => {
    expect(jsonText({ a: 1 })).toBe('{\n  "a": 1\n}');
    expect(jsonText(undefined)).toBe('undefined');
    expect(jsonText(nested(500))).toHaveLength(1_001);
    expect(jsonText(nested(200_000))).toBe('It is nested too deeply to be written out.');
  });
});
