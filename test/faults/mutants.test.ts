import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyPatch, PATCHES, ROOT } from './mutants/copy.ts';
import { MUTANTS } from './mutants/list.ts';
import { patchOf } from './mutants/mutant.ts';
import { distinctKillers } from './mutants/without-mutant.ts';

const textOf = (patch: string) => readFileSync(join(PATCHES, patch), 'utf8');
const filesIn = (patch: string) => [...textOf(patch).matchAll(/^\+\+\+ b\/(\S+)$/gm)].map(([, file = '']) => file);
const patches = readdirSync(PATCHES).filter((name) => name.endsWith('.patch'));

describe('a mutant', () => {
  let dir = '';

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'errand-patches-'));
    const files = new Set(patches.flatMap(filesIn));
    await Promise.all([...files].map((file) => cp(join(ROOT, file), join(dir, file))));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('is in the list when it has a patch, and the other way round, so that none is forgotten', () => {
    expect(MUTANTS.map(patchOf).sort()).toEqual(patches.sort());
  });

  it.concurrent.each(MUTANTS.map(patchOf))('can still be made of what is there: %s', async (patch) => {
    expect(await applyPatch(dir, patch, true)).toBeUndefined();
  });

  it('changes what is shipped and nothing that is to notice', () => {
    expect(patches.flatMap(filesIn).filter((file) => !file.startsWith('lib/'))).toEqual([]);
  });

  it('would be refused once what it changes is another, so that applying means something', async () => {
    const bare = await mkdtemp(join(tmpdir(), 'errand-no-patches-'));
    expect(await applyPatch(bare, patches[0] ?? '', true)).toMatch(/No such file/);
    await rm(bare, { recursive: true });
  });
});

describe('a killer', () => {
  it('is a test that is there', () => {
    const tests = MUTANTS.flatMap(({ killer }) => (killer.by === 'test' ? [killer] : []));
    const missing = tests.filter(({ file, title = '' }) => !readFileSync(join(ROOT, file), 'utf8').includes(title));
    expect(missing).toEqual([]);
  });

  it('tries the seed in which its mutant was seen', () => {
    const ranges = MUTANTS.flatMap(({ killer }) => (killer.by === 'faults' ? [killer] : []));
    expect(ranges.filter(({ from, seeds, seed }) => seed < from || seed >= from + seeds)).toEqual([]);
  });

  it('is run once without any mutant, however many are its own', () => {
    const range = { by: 'faults', invariant: 'I3', seed: 1 } as const;
    const { killers, killerOf } = distinctKillers([
      { ...range, from: 1, seeds: 20 },
      { ...range, from: 81, seeds: 40 },
      { ...range, from: 11, seeds: 20 },
      { by: 'test', file: 'a', title: 'one' },
      { by: 'test', file: 'a', title: 'one' },
      { by: 'test', file: 'a', title: 'two' },
    ]);
    expect(killers).toMatchObject([
      { from: 1, seeds: 30 },
      { from: 81, seeds: 40 },
      { title: 'one' },
      { title: 'two' },
    ]);
    expect(killerOf({ ...range, from: 11, seeds: 20 })).toBe(killers[0]);
    expect(killerOf({ by: 'test', file: 'a', title: 'two' })).toBe(killers[3]);
  });
});
