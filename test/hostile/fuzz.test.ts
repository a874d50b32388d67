import { describe, expect, it } from 'vitest';
import { seed } from '../helpers/random.ts';
import { fuzzPart } from './fuzz-part.ts';
import { PARTS } from './parts/all.ts';
import { type Part, randomOf } from './parts/part.ts';

/** Of `npm run fuzz`, for every push. */
const INPUTS = 3_400;

describe('a small share of the fuzz', () => {
  it.each(PARTS)(`breaks no promise (npm run fuzz -- --seed ${seed}): $name`, { timeout: 60_000 }, async (part) => {
    const count = Math.ceil(INPUTS * part.share);
    const { inputs, slowest, crash } = await fuzzPart(part, { seed, from: 0, count });
    expect(crash).toBeUndefined();
    expect(inputs).toBe(count);
    expect(slowest.ms).toBeLessThan(1_000);
  });
});

describe('the fuzz itself', () => {
  const breaksAt = (text: string): Part => ({
    name: 'breaking',
    share: 1,
    make: (random) => `${random()}`.repeat(3),
    check: (input) => {
      if (input.includes(text)) throw new TypeError('it broke');
    },
  });

  it('tells the smallest input that breaks a promise, and which it was', async () => {
    const { crash } = await fuzzPart(breaksAt('77'), { seed: 1, from: 0, count: 1_000 });
    expect(crash).toMatchObject({ input: '77', error: 'TypeError: it broke' });
    const again = await fuzzPart(breaksAt('77'), { seed: 1, from: crash?.index ?? 0, count: 1 });
    expect(again.crash).toEqual(crash);
  });

  it('makes the same inputs of the same seed, and others of another', () => {
    const made = (from: number) => PARTS.map(({ name, make }) => make(randomOf(from, name, 7)));
    expect(made(1)).toEqual(made(1));
    expect(made(1)).not.toEqual(made(2));
  });
});
