import { describe, expect, it } from 'vitest';
import { countWords, wordList } from '../../lib/console/model/word-list.ts';

describe('lists and counts in words', () => {
  it('joins as people do', () => {
    expect(wordList([])).toBe('');
    expect(wordList(['a'])).toBe('a');
    expect(wordList(['a', 'b', 'c'])).toBe('a, b and c');
  });

  it('has words for none and for one', () => {
    expect([0, 1, 2].map((count) => countWords(count, 'run'))).toEqual(['no runs', 'one run', '2 runs']);
    expect(countWords(2, 'look taken', 'looks taken')).toBe('2 looks taken');
  });
});
