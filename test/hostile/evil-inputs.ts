/**
 * Inputs that make a regular expression work for nothing: the shortest way to each of its repetitions, then what it
 * repeats as often as fits, then what it cannot go on with.
 */

type Node =
  | { readonly kind: 'one'; readonly samples: readonly string[] }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number };

const LAST = ['', '\u0001', '!', ' x', '~', '/\n', 'a'];
const MANY = 8;
const CHARACTERS = [
  ...'aZ0 _-./\\:;,=~!?#%&*+\'"<>{}[]()@$^|`',
  '\t',
  '\n',
  '\r',
  '\0',
  '\x7f',
  'é',
  '字',
  '\u2028',
  '\ufffd',
];

/** Each is `length` characters long, more or less. */
export function* evilInputs(source: string, flags: string, length: number): Generator<string> {
  const seen = new Set<string>();
  for (const { before, pump } of pumps(parse(source, flags), '')) {
    for (const last of LAST) {
      const key = JSON.stringify([before, pump, last]);
      if (pump === '' || seen.has(key)) continue;
      seen.add(key);
      yield before + pump.repeat(Math.ceil(length / pump.length)) + last;
    }
  }
}

interface Pump {
  readonly before: string;
  readonly pump: string;
}

function* pumps(node: Node, before: string): Generator<Pump> {
  if (node.kind === 'choice') for (const item of node.items) yield* pumps(item, before);
  if (node.kind === 'sequence') {
    let way = before;
    for (const item of node.items) {
      yield* pumps(item, way);
      way += sampleOf(item);
    }
  }
  if (node.kind !== 'repeat') return;
  if (node.max > MANY)
    for (const pump of samplesOf(node.item)) {
      yield { before, pump };
      // An expression without an anchor begins anew at every place where it could.
      yield { before: '', pump };
      yield { before: '', pump: before + pump };
    }
  yield* pumps(node.item, before);
}

function sampleOf(node: Node): string {
  if (node.kind === 'one') return node.samples[0] ?? '';
  if (node.kind === 'choice') return node.items[0] === undefined ? '' : sampleOf(node.items[0]);
  if (node.kind === 'sequence') return node.items.map(sampleOf).join('');
  return sampleOf(node.item).repeat(Math.min(node.min, 40));
}

/** A few texts that fit, as different as can be. */
function samplesOf(node: Node): readonly string[] {
  if (node.kind === 'one') return node.samples;
  if (node.kind === 'choice') return node.items.flatMap(samplesOf);
  if (node.kind === 'repeat') return samplesOf(node.item).flatMap((one) => (node.min === 0 ? [one, ''] : [one]));
  const whole = node.items.map(sampleOf).join('');
  const filled = node.items.map((item) => samplesOf(item)[0] ?? '').join('');
  return [whole, filled, ...node.items.flatMap((item) => samplesOf(item).slice(0, 2))];
}

function parse(source: string, flags: string): Node {
  const unicode = /[uv]/.test(flags) ? 'u' : '';
  const insensitive = flags.includes('i') ? 'i' : '';
  let at = 0;

  const choice = (): Node => {
    const items = [sequence()];
    while (source[at] === '|') {
      at += 1;
      items.push(sequence());
    }
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'choice', items };
  };
  const sequence = (): Node => {
    const items: Node[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') items.push(repeated(atom()));
    return { kind: 'sequence', items };
  };
  const repeated = (item: Node): Node => {
    const [text, min, comma, max] = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at)) ?? [];
    if (text === undefined) return item;
    at += text.length;
    if (min === undefined)
      return { kind: 'repeat', item, min: text[0] === '+' ? 1 : 0, max: text[0] === '?' ? 1 : Infinity };
    return { kind: 'repeat', item, min: Number(min), max: comma === '' ? Number(min) : Number(max || Infinity) };
  };
  const atom = (): Node => (source[at] === '(' ? group() : single());
  const group = (): Node => {
    const [open = '(', look] = /^\((?:\?(?::|<?[=!]|<\w+>))?/.exec(source.slice(at))?.map((part) => part) ?? [];
    at += open.length;
    const inner = choice();
    at += 1;
    // What lies ahead is not passed, but pumped all the same.
    return look === undefined && /^\(\?<?[=!]/.test(open) ? { kind: 'repeat', item: inner, min: 0, max: 1 } : inner;
  };
  const single = (): Node => {
    const [text = source[at] ?? ''] =
      /^(?:\[(?:\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[\da-f]{4}|\\x[\da-f]{2}|\\.|[\s\S])/iu.exec(
        source.slice(at),
      ) ?? [];
    at += text.length;
    if (text === '^' || text === '$' || text === '\\b' || text === '\\B') return { kind: 'one', samples: [''] };
    const fits = new RegExp(`^(?:${text})$`, `${unicode}${insensitive}`);
    const own = text.replace(/^\\(?=\W)/, '');
    const samples = [...(fits.test(own) ? [own] : []), ...CHARACTERS.filter((character) => fits.test(character))];
    return { kind: 'one', samples: spread([...new Set(samples)]) };
  };
  return choice();
}

/** The first, the last and some between. */
function spread(samples: readonly string[]): readonly string[] {
  return [0, 0.2, 0.4, 0.6, 0.8, 1]
    .map((part) => samples[Math.floor(part * (samples.length - 1))] ?? '')
    .filter((sample, index, all) => sample !== '' && all.indexOf(sample) === index);
}
