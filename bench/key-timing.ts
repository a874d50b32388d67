/**
 * Whether the time of a refusal tells what is wrong with a key: medians of many checks of each kind, taken in turn so
 * that whatever else the machine does hits all alike. The last line is JSON; 1 where the two that must not be told
 * apart are.
 *
 *   npm run -s bench:keys [-- --checks 10000]
 */
import { parseArgs } from 'node:util';
import { expectedKeyId, newKeyId, newKeyText } from '../lib/api/key-text.ts';
import { checkKey, createKey, type KeyDependencies } from '../lib/api/keys.ts';
import { rememberDigests } from '../lib/api/refusals.ts';
import { createInputVault } from '../lib/aws/input-vault.ts';
import type { ApiKeyRecord } from '../lib/workflow/ports.ts';
import { percentile } from './percentile.ts';

const { values } = parseArgs({ options: { checks: { type: 'string', default: '10000' } } });
const CHECKS = Number(values.checks);
const ENVIRONMENT = 'bench';
/** As far as two medians of the same work may lie apart. */
const TOLERANCE_PERCENT = 5;

const records = new Map<string, ApiKeyRecord>();
const clock = { now: () => Date.now(), sleep: async () => {} };
const vault = createInputVault({ rootKey: async () => Buffer.alloc(32, 7) });
const dependencies: KeyDependencies = {
  clock,
  vault,
  keys: {
    get: async (keyId) => records.get(keyId),
    put: async (record) => void records.set(record.keyId, record),
    list: async () => [...records.values()],
  },
};
const known = rememberDigests(clock);
const sign = (text: string) => vault.digest('api-key', text);

const good = await createKey(dependencies, ENVIRONMENT, { scopes: ['runs:read'] });
const stranger = await newKeyId(async (text) => `not ours: ${text}`);
if ((await expectedKeyId(stranger, sign)) === stranger) throw new Error('The id that was made up is one of ours.');

/** A fresh text each time, as whoever guesses sends it. */
const KINDS = {
  'wrong secret': () => newKeyText(ENVIRONMENT, good.keyId),
  'unknown id': () => newKeyText(ENVIRONMENT, stranger),
  'wrong checksum': () => `${good.key.slice(0, -1)}-`,
  'ten kilobytes': () => `errand_bench_${'a'.repeat(10_240)}`,
  valid: () => good.key,
} as const;
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

const timesUs = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<Kind, number[]>;
for (let round = 0; round < CHECKS; round += 1)
  for (const kind of kinds) {
    const text = KINDS[kind]();
    const begin = process.hrtime.bigint();
    await checkKey(dependencies, ENVIRONMENT, text, known);
    timesUs[kind].push(Number(process.hrtime.bigint() - begin) / 1_000);
  }

const mediansUs = Object.fromEntries(kinds.map((kind) => [kind, percentile(timesUs[kind], 50)])) as Record<
  Kind,
  number
>;
const apartPercent = Math.abs(mediansUs['wrong secret'] / mediansUs['unknown id'] - 1) * 100;
for (const kind of kinds) console.log(`${kind.padEnd(16)} ${mediansUs[kind].toFixed(1)} µs`);
console.log(`wrong secrets and unknown ids are ${apartPercent.toFixed(1)} % apart`);
console.log(JSON.stringify({ checks: CHECKS, mediansUs, apartPercent }));
process.exitCode = apartPercent <= TOLERANCE_PERCENT ? 0 : 1;
