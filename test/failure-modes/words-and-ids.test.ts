import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpClient } from '../../lib/http/http-client.ts';
import type { Look, ProviderSession } from '../../lib/providers/provider.ts';
import { openWorld, startRequest, unhurried } from '../contracts/provider/world.ts';
import { seed } from '../helpers/random.ts';
import { serveHttp } from '../http/servers.ts';
import { goodWordOf, POLLED, type PolledVariant, polledWorld, wordReply } from './polled-platforms.ts';

const WORDS = 10_000;
const ID = 'V6c-8e2PTnKq1sX0bWm4Dg';

/** A session whose platform answers every look with this word. */
function sessionThatHears({ definition, settings, target, polling }: PolledVariant, word: () => string) {
  const send: HttpClient['send'] = async () => ({
    status: 200,
    header: () => undefined,
    text: JSON.stringify(polling.body(word(), ID)),
  });
  const http: HttpClient = { send, download: async () => Promise.reject(new Error('nothing is downloaded')) };
  return definition.connect({
    settings: definition.settings.parse(settings ?? {}),
    target: definition.target.parse(target),
    baseUrl: 'https://platform.example.com',
    http,
  });
}

/** As a person would compare two words: case, blanks, hyphens and underscores are of no account, everything else is. */
const bare = (word: string) => word.replaceAll(/[\s_-]/g, '').toLowerCase();

/** Known words written in other ways, words that resemble them, and anything at all. */
function anyWord(known: readonly string[]): fc.Arbitrary<string> {
  const word = fc.constantFrom(...known);
  const place = fc.nat({ max: 20 });
  const piece = fc.oneof(
    fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }),
    fc.constantFrom('un', 'not ', 'in', '.', '!', 'ed', '\u200b', '\u0301', '\u00ad', '\0', '\u212a', '\u0131'),
  );
  const spliced = fc
    .tuple(word, place, piece, fc.nat({ max: 2 }))
    .map(([text, at, more, less]) => text.slice(0, at) + more + text.slice(at + less));
  const respelled = fc
    .tuple(
      word,
      fc.array(fc.constantFrom(' ', '_', '-', '\t', '\n', ''), { minLength: 20, maxLength: 20 }),
      fc.boolean(),
    )
    .map(([text, gaps, upper]) => {
      const apart = Array.from(text, (letter, index) => `${gaps[index % gaps.length]}${letter}`).join('');
      return upper ? apart.toUpperCase() : apart;
    });
  const full = word.map((text) =>
    text.replaceAll(/[a-z]/gi, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  );
  const twice = fc.tuple(word, word).map(([one, two]) => one + two);
  const others = fc.constantFrom(
    ...['constructor', '__proto__', 'toString', 'ok', 'OK', 'done', 'finished', 'true', '200', 'null', 'success!'],
    ...['\u017fuccess', 'ſucceeded', 'compIeted', 'сompleted', 'success\u00a0ful', 'FAİLED', 'faıled'],
  );
  return fc.oneof(spliced, respelled, full, twice, others, fc.string({ unit: 'binary', maxLength: 40 }), word);
}

describe('a word that nobody has documented', () => {
  it.each(POLLED)(`ends nothing, out of ${WORDS} (seed ${seed}): $name`, async (variant) => {
    let word = '';
    const session = sessionThatHears(variant, () => word);
    const handle = variant.definition.handleOf?.(ID, variant.definition.target.parse(variant.target) as object) ?? ID;
    const meanings = new Map(Object.entries(variant.polling.words).map(([known, meaning]) => [bare(known), meaning]));
    const wrong: string[] = [];
    let ends = 0;
    const words = fc.sample(anyWord(Object.keys(variant.polling.words)), { numRuns: WORDS, seed });
    for (word of words) {
      const look = await lookOf(session, handle);
      const meaning = meanings.get(bare(word));
      if (look?.kind === 'ended') ends += 1;
      if (!agrees(look, word, meaning)) wrong.push(word);
    }
    expect(wrong).toEqual([]);
    expect(ends).toBeGreaterThan(WORDS / 100);
  });

  it.each(POLLED)('is told of, as it is, while the run goes on: $name', async (variant) => {
    const { world, simulator, finish } = await polledWorld(variant);
    simulator.faults.add({ method: 'GET', times: 3, fault: wordReply(variant, 'Defrosting') });
    const run = await finish();
    expect(run.status).toBe('SUCCEEDED');
    const told = (await world.store.events(run.id)).filter(({ message }) => message.includes('Defrosting'));
    expect(told.map(({ message }) => message)).toEqual(
      Array.from({ length: 3 }, () => 'The platform says "Defrosting", a word it does not document.'),
    );
  });
});

/** Undefined where the reply was refused: an empty word says nothing. */
async function lookOf(session: ProviderSession, handle: Parameters<NonNullable<ProviderSession['poll']>>[0]) {
  return session.poll?.(handle, unhurried).catch((error: Error) => {
    if (error.name === 'ProviderProtocolError') return undefined;
    throw error;
  });
}

function agrees(look: Look | undefined, word: string, meaning: string | undefined): boolean {
  if (look === undefined) return word.trim() === '';
  if (look.kind === 'ended') return look.verdict.status === meaning && look.verdict.remoteStatus === word;
  if (look.remoteStatus !== word) return false;
  if (meaning === undefined) return look.kind === 'going' && look.unknownWord === true && look.status === 'RUNNING';
  return look.kind === meaning;
}

/** More digits than a number has, without the zeros that no id begins with. */
const hugeNumber = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 15, maxLength: 60 }))
  .map(([first, rest]) => `${first}${rest.join('')}`);

describe('an id that is a number beyond 2^53', () => {
  it.each(POLLED)(
    `is the same in every digit all the way round, 200 of them (seed ${seed}): $name`,
    async (variant) => {
      const marker = 'the-id-of-the-run';
      // Smart Flows documents texts, and nothing else is taken for one.
      const quote = variant.name === 'smart-flows' ? '"' : '';
      const withNumber = (body: unknown, id: string) =>
        JSON.stringify(body).replaceAll(`"${marker}"`, `${quote}${id}${quote}`);
      const paths: string[] = [];
      let id = '0';
      await using server = await serveHttp((request, response) => {
        const isStart = request.method === 'POST';
        if (!isStart) paths.push(request.url ?? '');
        const good = variant.polling.body(goodWordOf(variant), marker);
        response.end(withNumber(isStart ? variant.startReply?.body(marker) : good, id));
      });
      await using platform = await openWorld(variant);
      const session = platform.open({ origin: server.origin });
      for (id of fc.sample(hugeNumber, { numRuns: 200, seed })) {
        const started = await session.start(startRequest(variant), unhurried);
        if (started.kind !== 'accepted') throw new Error('the start has ended the run');
        expect(started.remoteId).toBe(id);
        // As the store keeps it.
        const handle = JSON.parse(JSON.stringify(started.handle));
        expect(await session.poll?.(handle, unhurried)).toMatchObject({ kind: 'ended' });
        expect(paths.at(-1)?.split(/[/?&=]/)).toContain(id);
      }
    },
  );
});
