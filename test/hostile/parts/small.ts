/** Small doors: keys, schedules and durations, addresses, and what takes secrets out. */
import { keyIdOf } from '../../../lib/api/key-text.ts';
import { checkCron, nextSlot, slotsBetween, toAwsCron } from '../../../lib/domain/cron.ts';
import { MAX_DURATION_MS, parseDuration } from '../../../lib/domain/duration.ts';
import { parseLagBudget } from '../../../lib/domain/lag-budget.ts';
import { createScrubber, tidy } from '../../../lib/domain/redact.ts';
import { isLoopbackHost, refuseAddress } from '../../../lib/http/addresses.ts';
import { createHttpClient } from '../../../lib/http/create-http-client.ts';
import { buildUrl } from '../../../lib/http/url.ts';
import { BASE_URLS, IDS } from '../ssrf-table.ts';
import { otherText, pick, text, whole } from './material.ts';
import { type Part, promise, refusal } from './part.ts';

const NOW = Date.UTC(2026, 2, 1, 12);

/** Made once, of chance, and good in its environment. */
const KEY = ['errand_test_piWduVcWNU3rJHfK', '9Yvexpbz92Qmr8iW5HmnvEJeQljz580KCanP'].join('_');

export const keysPart: Part = {
  name: 'keys',
  share: 0.5,
  make: (random) => (random() < 0.95 ? otherText(random, KEY) : random() < 0.5 ? KEY : text(random)),
  check(input) {
    const id = keyIdOf(input, 'test');
    promise((id !== undefined) === (input === KEY), 'a key is good to the last character, or no key');
    promise(keyIdOf(input, 'other') === undefined, 'a key is good in its environment alone');
  },
};

const TIMES = [
  '0 6 * * MON-FRI',
  '*/5 0-23/2 1,15 JAN *',
  '0 0 L * *',
  '59 23 31 12 *',
  '0 0 29 2 *',
  '1h',
  '364d',
  '5% or 30s',
  '90s',
];
const ZONES = ['UTC', 'Europe/London', 'America/New_York', 'Pacific/Apia'];

export const timesPart: Part = {
  name: 'times',
  share: 0.1,
  make: (random) => (random() < 0.9 ? otherText(random, pick(random, TIMES)) : text(random)),
  check(input) {
    const ms = parseDuration(input);
    promise(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0 && /^\d/.test(input)), 'a duration is a number');
    const { share = 0, ms: budget = 0 } = parseLagBudget(input) ?? {};
    promise(share >= 0 && share < 1 && budget >= 0 && MAX_DURATION_MS > 0, 'a budget is a share or a time');
    if (checkCron(input) !== undefined) return;
    const timezone = ZONES[input.length % ZONES.length] ?? 'UTC';
    const next = nextSlot({ cron: input, timezone }, NOW);
    promise(next === undefined || Date.parse(next) > NOW, 'the next slot is to come');
    const slots = slotsBetween({ cron: input, timezone }, NOW - 86_400_000, NOW, 5);
    promise(slots.length <= 5 && slots.every((slot) => Date.parse(slot) <= NOW), 'slots are past');
    promise(/^cron\(\S+ \S+ \S+ \S+ \S+ \*\)$/.test(toAwsCron(input)), 'a schedule can be written for AWS');
  },
};

const BASE = 'https://host.example/phix/flow';

export const addressesPart: Part = {
  name: 'addresses',
  share: 0.5,
  make(random) {
    const [address] = pick(random, random() < 0.5 ? BASE_URLS : IDS);
    return random() < 0.3 ? address : otherText(random, address);
  },
  check(input) {
    if (refusal(() => createHttpClient({ baseUrl: input }), ['InvalidInputError']) === undefined)
      checkHost(new URL(input));
    let built: URL | undefined;
    refusal(() => {
      built = buildUrl(BASE, ['runs', input]);
    }, ['InvalidInputError']);
    if (built === undefined) return;
    const segments = built.pathname.split('/');
    promise(
      built.origin === 'https://host.example' && segments.length === 5 && built.search === '',
      'it stays below the base',
    );
    promise(decodeURIComponent(segments[4] ?? '') === input, 'it is sent as it is');
  },
};

function checkHost({ protocol, hostname, username, password }: URL): void {
  const literal = hostname.replace(/^\[|\]$/g, '');
  promise(protocol === 'https:' || isLoopbackHost(hostname), 'only this machine is called in plain text');
  promise(username === '' && password === '', 'no key is in an address');
  if (/^[\d.]+$|:/.test(literal))
    promise(refuseAddress(literal, isLoopbackHost(hostname)) === undefined, 'it may be called');
}

/** JSON: a secret, what stands before and behind it, and how it is spelled. */
export const redactionPart: Part = {
  name: 'redaction',
  share: 0.1,
  make(random) {
    const secret = Array.from({ length: 12 + whole(random, 30) }, () =>
      String.fromCharCode(33 + whole(random, 94)),
    ).join('');
    return JSON.stringify([secret, text(random), text(random), whole(random, SPELLINGS.length)]);
  },
  check(input) {
    const [secret, before, after, how]: readonly [string, string, string, number] = JSON.parse(input);
    const spelled = SPELLINGS[how]?.(secret) ?? secret;
    const scrubber = createScrubber([secret]);
    const said = scrubber.text(`${before} ${spelled} ${after}`);
    promise(!said.includes(spelled), `a secret is found, spelled in way ${how}`);
    promise(
      !JSON.stringify(scrubber.json({ a: [{ [spelled]: spelled }] })).includes(JSON.stringify(spelled).slice(1, -1)),
      'in JSON, too',
    );
    promise(tidy(said, 50).length <= 50, 'a text is cut');
  },
};

const SPELLINGS: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => JSON.stringify(secret).slice(1, -1),
  (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  (secret) => encodeURIComponent(secret),
  (secret) => Buffer.from(secret).toString('base64'),
  (secret) => Buffer.from(secret).toString('base64url'),
  (secret) => Buffer.from(secret).toString('hex'),
];
