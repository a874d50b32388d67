import { describe, expect, it } from 'vitest';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import { describeProvider } from '../contracts/provider.ts';
import { VARIANTS } from './variants/all.ts';

describe('the contract', () => {
  it('is kept by every provider there is, so that a new one cannot be forgotten', () => {
    expect(new Set(VARIANTS.map(({ definition }) => definition.id))).toEqual(new Set(PROVIDER_IDS));
  });
});

for (const variant of VARIANTS) describeProvider(variant);
