import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonReply } from './bodies.ts';
import type { Polling, ProviderVariant } from './variant.ts';
import { openWorld, read, remoteIdOf, startRequest, unhurried, type World } from './world.ts';

interface Seen {
  readonly kind: string;
  readonly status?: string;
  readonly remoteStatus?: string;
  readonly unknownWord?: boolean;
  readonly verdict?: { readonly status: string; readonly remoteStatus?: string };
}

const WORDS_OF_OTHERS = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'Complete',
  'done',
  'ok',
  'not failed',
];

/** What every platform's words owe the run: a known one counts however it is written, an unknown one decides nothing. */
export function describeWords(variant: ProviderVariant, polling: Polling): void {
  it('takes none of 500 words that are not in the documents for an end', async () => {
    await using world = await openWorld(variant);
    const look = await looker(variant, polling, world);
    const known = Object.keys(polling.words).map(plain);
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), mixedUp(Object.keys(polling.words)));
    const unknown = text.filter((word) => word.trim() !== '' && !known.includes(plain(word)));
    const property = fc.asyncProperty(unknown, async (word) => {
      expect(await look(word)).toMatchObject({
        kind: 'going',
        status: 'RUNNING',
        remoteStatus: word,
        unknownWord: true,
      });
    });
    const examples = WORDS_OF_OTHERS.filter((word) => !known.includes(plain(word)));
    await fc.assert(property, { numRuns: 500, examples: examples.map((word): [string] => [word]) });
  });

  it('takes none of 100 such words in the reply to a start for an end', async () => {
    await using world = await openWorld(variant);
    const known = Object.keys(polling.words).map(plain);
    const unknown = fc.string({ minLength: 1 }).filter((word) => word.trim() !== '' && !known.includes(plain(word)));
    const property = fc.asyncProperty(unknown, async (word) => {
      world.simulator.faults.clear();
      world.breakStarts(jsonReply(variant.startReply?.body('run-7', word)));
      const started = await world.session.start(startRequest(variant), unhurried);
      expect(started).toMatchObject({ kind: 'accepted', remoteId: 'run-7', status: 'RUNNING' });
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it.each(Object.entries(polling.words))(
    'reads %s as documented, whatever its case and spaces',
    async (word, meaning) => {
      await using world = await openWorld(variant);
      const look = await looker(variant, polling, world);
      const spellings = [word, word.toUpperCase(), word.toLowerCase(), `  ${word}\n`, spaced(word)];
      for (const spelling of spellings) {
        const { kind, remoteStatus, unknownWord, verdict } = await look(spelling);
        expect(kind === 'ended' ? verdict?.status : kind).toBe(meaning);
        // Kept as the platform wrote it, for whoever has to compare.
        expect(verdict?.remoteStatus ?? remoteStatus).toBe(spelling);
        expect(unknownWord).toBeUndefined();
      }
    },
  );
}

async function looker(variant: ProviderVariant, polling: Polling, world: World) {
  const [handle, remoteId] = await remoteIdOf(variant, world.session);
  return async (word: string): Promise<Seen> => {
    world.simulator.faults.clear();
    world.breakEverything(jsonReply(polling.body(word, remoteId)));
    return (await read(variant, world.session, 'poll', { handle, intentAt: world.intentAt() })) as Seen;
  };
}

/** Known words with something before, after or cut off. */
function mixedUp(words: readonly string[]): fc.Arbitrary<string> {
  const noise = fc.string({ minLength: 1, maxLength: 4 });
  return fc
    .tuple(fc.constantFrom(...words), noise, fc.constantFrom('before', 'after', 'cut', 'within'))
    .map(([word, more, where]) => {
      if (where === 'before') return more + word;
      if (where === 'after') return word + more;
      return where === 'cut' ? word.slice(0, -1) : word.slice(0, 2) + more + word.slice(2);
    });
}

function plain(word: string): string {
  return word.replaceAll(/[\s_-]/g, '').toLowerCase();
}

/** `UserInput` as `User Input`, `waiting_for_input` as `waiting for input`. */
function spaced(word: string): string {
  return word.replaceAll('_', ' ').replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
}
