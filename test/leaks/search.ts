/** Looks for canaries in all spellings in what a sink gave. */
import { ENCODINGS, type Encoding, encode } from './encodings.ts';

/** Somewhere that text can get to, read back. */
export interface Finding {
  readonly sink: string;
  readonly text: string;
}

/** Texts lie in JSON, and that in JSON: the depths of a history event's `input`, and of a message in a queue. In addresses they are escaped. */
const DEPTH = 3;
const escapeJson = (text: string) => JSON.stringify(text).slice(1, -1);

/** Base64 of a value in a longer text: what is the same for all that is around it. */
function insideBase64(value: string): readonly string[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.from(`${'\0'.repeat(shift)}${value}`).toString('base64');
    const inner = text.slice(shift === 0 ? 0 : 4, -4);
    return inner.length < 8 ? [] : [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function needlesOf(value: string, encoding: Encoding): readonly string[] {
  const spelled = encoding.startsWith('base64') ? insideBase64(value) : encode(value, encoding);
  // What we make of a line break in a text for people.
  const all = spelled.flatMap((text) => [text, text.replace(/\p{Cc}+/gu, ' ')]);
  const nested = all.flatMap((text) => {
    const deep = [text];
    for (let depth = 0; depth < DEPTH; depth += 1) deep.push(escapeJson(deep.at(-1) ?? ''));
    return [...deep, encodeURIComponent(text.toWellFormed())];
  });
  return [...new Set(nested)];
}

export interface Hunt {
  /** `canary as encoding in sink` for each leak. */
  leaks(findings: readonly Finding[]): readonly string[];
}

export function createHunt(canaries: Readonly<Record<string, string>>): Hunt {
  const needles = Object.entries(canaries).flatMap(([canary, value]) =>
    ENCODINGS.map((encoding) => {
      const isExact = encoding.startsWith('base64');
      const texts = needlesOf(value, encoding);
      return {
        canary,
        encoding,
        isExact,
        texts: isExact ? texts : [...new Set(texts.map((text) => text.toLowerCase()))],
      };
    }),
  );
  return {
    leaks: (findings) =>
      findings.flatMap(({ sink, text }) => {
        const lower = text.toLowerCase();
        return needles
          .filter(({ isExact, texts }) => texts.some((needle) => (isExact ? text : lower).includes(needle)))
          .map(({ canary, encoding }) => `${canary} as ${encoding} in ${sink}`);
      }),
  };
}
