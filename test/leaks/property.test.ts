import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createScrubber } from '../../lib/domain/redact.ts';
import { seed } from '../helpers/random.ts';
import { ENCODINGS, encode } from './encodings.ts';
import { createHunt } from './search.ts';

/** Of what keys and people's texts are made. */
const secrets = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ABCDEFGHabcdefgh0123456789-_.~'), minLength: 12, maxLength: 60 }),
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 12,
    maxLength: 60,
  }),
  fc.string({ unit: fc.constantFrom(...'abcXYZ019 äöß"\\/&<>\n\t😀+%'), minLength: 14, maxLength: 40 }),
);
/** A value that says little can be spelled by others, and what is left of the text may be one of them. */
const telling = secrets.filter((value) => new Set(value.replace(/[\s+%\\&]/g, '')).size >= 8);
const SAFE = ' .,:;()[]{}|#§\n"';
const surroundings = fc.tuple(
  fc.string({ unit: fc.constantFrom(...SAFE) }),
  fc.string({ unit: fc.constantFrom(...SAFE) }),
);

for (const encoding of ENCODINGS)
  it(`leaves nothing of a secret that is spelled in ${encoding}, whatever stands around it (seed ${seed})`, () => {
    const property = fc.property(telling, surroundings, (value, [before, after]) => {
      const { text, json } = createScrubber([value]);
      const hunt = createHunt({ value });
      for (const spelled of encode(value, encoding)) {
        const found = `${before} ${spelled} ${after}`;
        const scrubbed = [text(found), JSON.stringify(json({ [spelled]: [spelled, { in: found }] }))];
        for (const rest of scrubbed) expect(hunt.leaks([{ sink: 'text', text: rest }]), found).toEqual([]);
        expect(text(found)).toContain('***');
      }
    });
    fc.assert(property, { numRuns: 60, seed });
  });

it(`leaves no beginning of nine characters where a text was cut within a secret (seed ${seed})`, () => {
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  const property = fc.property(telling, fc.constantFrom(...ENCODINGS), part, (value, encoding, share) => {
    const least = /^(?:[\s+]*[^\s+]){9}/u.exec(value)?.[0] ?? '';
    // One that looks escaped by itself has fewer characters than it seems to have.
    fc.pre(least !== '' && encoding !== 'reversed' && !/[%\\&]/.test(least));
    const [spelled = ''] = encode(value, encoding);
    const from = encode(least, encoding)[0]?.length ?? 0;
    const kept = spelled.slice(0, from + Math.floor(share * (spelled.length - from)));
    expect(createScrubber([value]).text(`It said: ${kept}`)).not.toContain(kept.slice(0, 8));
  });
  fc.assert(property, { numRuns: 200, seed });
});

it('leaves all of a text that holds no secret as it is, in each of its characters', () => {
  const property = fc.property(telling, fc.string({ maxLength: 300, unit: 'grapheme' }), (value, text) => {
    fc.pre(text.length < 8 || createHunt({ value }).leaks([{ sink: 'text', text }]).length === 0);
    const scrubbed = createScrubber([value]).text(text);
    if (!scrubbed.includes('***')) expect(scrubbed).toBe(text);
    else expect(text).toContain('***');
  });
  fc.assert(property, { numRuns: 300, seed });
});
