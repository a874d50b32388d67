import { describe, expect, it } from 'vitest';
import { hasGap, mergeRuns } from '../../lib/console/model/merge-runs.ts';

const runs = (...ids: readonly string[]) => ids.map((id) => ({ id }));
const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).join('');

describe('runs of pages that were read at different times', () => {
  it('are one list, newest first, so that new runs push nothing out of sight', () => {
    expect(ids(mergeRuns(runs('f', 'e', 'd'), runs('d', 'c', 'b', 'a'), false))).toBe('fedcba');
  });

  it('lose what the newest page no longer has, because it does not match the filters any more', () => {
    expect(ids(mergeRuns(runs('d', 'b'), runs('d', 'c', 'b', 'a'), false))).toBe('dba');
  });

  it('are only the newest page where that goes back to the first run, also when nothing is left', () => {
    expect(ids(mergeRuns(runs('b'), runs('c', 'b', 'a'), true))).toBe('b');
    expect(ids(mergeRuns([], runs('c', 'b', 'a'), true))).toBe('');
  });

  it('stay as they are while the newest page is empty for a moment and says that there is more', () => {
    expect(ids(mergeRuns([], runs('b', 'a'), false))).toBe('ba');
  });

  it('show none twice, because a page may have been read while runs came in', () => {
    expect(ids(mergeRuns(runs('d'), runs('d', 'c', 'c', 'b'), false))).toBe('dcb');
  });

  it('take the newest word on a run', () => {
    const [first] = mergeRuns([{ id: 'b', status: 'SUCCEEDED' }], [{ id: 'b', status: 'RUNNING' }, { id: 'a' }], false);
    expect(first).toEqual({ id: 'b', status: 'SUCCEEDED' });
  });
});

describe('a gap between the newest page and those before', () => {
  it('is seen when more runs came at once than a page holds', () => {
    expect(hasGap(runs('i', 'h', 'g'), runs('d', 'c'))).toBe(true);
  });

  it('is none where they overlap or meet', () => {
    expect(hasGap(runs('e', 'd'), runs('d', 'c'))).toBe(false);
    expect(hasGap(runs('e', 'd'), [])).toBe(false);
    expect(hasGap([], runs('d'))).toBe(false);
  });
});
