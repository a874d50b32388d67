/** What stands behind a command's name, read strictly: a mistyped option must not be an option left out. */
import { parseArgs } from 'node:util';
import type { ArgDef, ArgsDef } from 'citty';

export interface ReadArgs {
  /** By declared name; options with dashes also in camel case. */
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  /** Each value of an option that may be given repeatedly, in order. */
  readonly all: (name: string) => readonly string[];
}

/** The words do not fit the command; the message says which and why. */
export class ArgsError extends Error {
  override readonly name = 'ArgsError';
}

type Given = Readonly<Record<string, readonly (string | boolean)[] | undefined>>;

/** @throws ArgsError */
export function readArgs(args: ArgsDef, words: readonly string[], repeatable: readonly string[] = []): ReadArgs {
  const options = Object.entries(args).filter(([, { type }]) => type !== 'positional');
  const places = Object.entries(args).filter(([, { type }]) => type === 'positional');
  const { given, positionals } = parse(options, words);
  const extra = positionals[places.length];
  if (extra !== undefined) throw new ArgsError(`"${extra.slice(0, 20)}" is one word too many.`);
  const read = [
    ...places.map(([name, def], index) => [name, placeOf(name, def, positionals[index])] as const),
    ...options.map(([name, def]) => [name, optionOf(name, def, given, repeatable.includes(name))] as const),
  ];
  return {
    values: Object.fromEntries(read.flatMap(([name, value]) => [[name, value] as const, [camelOf(name), value]])),
    all: (name) => (given[name] ?? []).map(String),
  };
}

function parse(options: readonly (readonly [string, ArgDef])[], words: readonly string[]) {
  const known = options.map(([name, def]) => {
    const short = shortOf(def);
    const kind = def.type === 'boolean' ? ('boolean' as const) : ('string' as const);
    return [name, { type: kind, multiple: true, ...(short && { short }) }] as const;
  });
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: Object.fromEntries(known),
      strict: true,
      allowPositionals: true,
    });
    return { given: values as Given, positionals };
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. To specify a positional');
    throw new ArgsError(sentence.replace(/(?<![.])$/, '.'));
  }
}

/** The one-letter name, as in `-o`. */
function shortOf(def: ArgDef): string | undefined {
  return 'alias' in def ? [def.alias ?? []].flat().find(({ length }) => length === 1) : undefined;
}

function placeOf(name: string, { required, default: otherwise }: ArgDef, word: string | undefined) {
  if (word !== undefined) return word;
  if (required !== false && otherwise === undefined) throw new ArgsError(`${name.toUpperCase()} is missing.`);
  return otherwise?.toString();
}

function optionOf(name: string, def: ArgDef, given: Given, isRepeatable: boolean): string | boolean | undefined {
  const [value, ...more] = given[name] ?? [];
  if (more.length > 0 && typeof value === 'string' && !isRepeatable)
    throw new ArgsError(`--${name} is given ${more.length + 1} times and takes one value.`);
  if (value === undefined) {
    if (def.required === true && def.default === undefined) throw new ArgsError(`--${name} is missing.`);
    return typeof def.default === 'boolean' ? def.default : def.default?.toString();
  }
  const choices = def.type === 'enum' ? (def.options ?? []) : [];
  if (choices.length > 0 && !choices.includes(String(value)))
    throw new ArgsError(`--${name} takes ${choices.join(', ')}, got "${value}".`);
  return value;
}

const camelOf = (name: string) => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
