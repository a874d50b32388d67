/** What every provider owes its callers. */
import { describe } from 'vitest';
import { describeAdoption } from './provider/adoption.ts';
import { describeAbort } from './provider/breaking-off.ts';
import { describeCheck } from './provider/check.ts';
import { describeHints } from './provider/hints.ts';
import { describeMetering } from './provider/metering.ts';
import { describeReads } from './provider/reads.ts';
import { describeSchemas } from './provider/schemas.ts';
import { describeSecrecy } from './provider/secrecy.ts';
import { describeStart } from './provider/start.ts';
import { describeStartFailures } from './provider/start-failures.ts';
import type { ProviderVariant } from './provider/variant.ts';
import { describeWords } from './provider/words.ts';

export { describeTimeLimits } from './provider/breaking-off.ts';
export type { ProviderVariant } from './provider/variant.ts';

/** Runs the whole contract against one way to use one provider, over real sockets. */
export function describeProvider(variant: ProviderVariant): void {
  describe(`${variant.name} as a provider`, () => {
    describe('a start', () => describeStart(variant));
    describe('a start that fails', () => describeStartFailures(variant));
    describeReads(variant);
    describe('a run that a person names', () => describeAdoption(variant));
    const { polling } = variant;
    if (polling !== undefined && variant.started === 'accepted')
      describe('its words', () => describeWords(variant, polling));
    describe('its errors', () => describeSecrecy(variant));
    describe('a check of its connection', () => describeCheck(variant));
    describe('a call that is broken off', () => describeAbort(variant));
    describe('its requests', () => describeMetering(variant));
    if (variant.started === 'accepted') describe('what the platform asks for', () => describeHints(variant));
    describe('its configuration', () => describeSchemas(variant));
  });
}
