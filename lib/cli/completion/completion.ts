/** What a shell may offer for the word that is being typed. */
import { RootCommand } from '@bomb.sh/tab';
import type { ArgDef } from 'citty';
import { type Command, resolved } from '../frame/errand-command.ts';
import { type ApiTarget, targetOf } from '../target/errand-target.ts';
import { type Ask, askOf, type Offer, offersFor } from './completion-values.ts';

interface Place {
  readonly command: Command;
  /** Without `errand`. */
  readonly path: readonly string[];
}

/** Prints offers in the way that the scripts read, and nothing else whatever happens. @param words behind `errand` */
export async function complete(root: Command, words: readonly string[]): Promise<0> {
  const typed = words.slice(0, -1);
  const tree = new RootCommand();
  const { command, path } = await placeOf(root, typed);
  await addNames(tree, command, path, words.at(-1) ?? '');
  await addWords(tree, { command, path }, words, askOf(quietTarget(typed), patienceMs()));
  // The library takes a last empty word for one that is only begun.
  tree.parse([...words]);
  return 0;
}

async function placeOf(root: Command, words: readonly string[]): Promise<Place> {
  let place: Place = { command: root, path: [] };
  for (const word of words) {
    const { subCommands = {} } = place.command;
    const next = Object.hasOwn(subCommands, word) ? subCommands[word] : undefined;
    if (next === undefined) break;
    place = { command: await resolved(next), path: [...place.path, word] };
  }
  return place;
}

/** The commands below, each with what it does; only those are loaded that the begun word may become. */
async function addNames(tree: RootCommand, { subCommands = {} }: Command, path: readonly string[], begun: string) {
  const names = Object.entries(subCommands).filter(([name]) => name.startsWith(begun));
  const found = await Promise.all(names.map(async ([name, command]) => [name, await resolved(command)] as const));
  for (const [name, { meta }] of found) tree.command([...path, name].join(' '), meta.description);
}

async function addWords(
  tree: RootCommand,
  { command, path }: Place,
  words: readonly string[],
  ask: Ask,
): Promise<void> {
  if (path.length === 0) return;
  // The library finds a command only below one that it knows.
  for (let depth = 1; depth < path.length; depth += 1) tree.command(path.slice(0, depth).join(' '), '');
  const own = tree.command(path.join(' '), command.meta.description);
  const entries: readonly (readonly [string, ArgDef])[] = Object.entries(command.args ?? {});
  const wanted = wantedNames(entries, words.slice(path.length));
  const known = await Promise.all(wanted.map(async (name) => [name, await offersFor(name, ask, words)] as const));
  const offers = new Map<string, readonly Offer[]>(known);
  for (const [name, def] of entries) {
    const offer = (add: (value: string, does: string) => void) => {
      for (const { value, does } of offers.get(name) ?? []) add(value, does);
    };
    if (def.type === 'positional') own.argument(name, offer);
    else if (def.type === 'boolean') own.option(name, def.description ?? '');
    else own.option(name, def.description ?? '', offer);
  }
  own.option('help', 'what it does, with examples');
}

/** Names whose values may be wanted now: that of the option in the word or before it, else the places. */
function wantedNames(entries: readonly (readonly [string, ArgDef])[], words: readonly string[]): readonly string[] {
  const begun = /^(--[^=]+)=/.exec(words.at(-1) ?? '')?.[1] ?? words.at(-2) ?? '';
  const option = entries.find(
    ([name, { type }]) => type !== 'positional' && type !== 'boolean' && begun === `--${name}`,
  );
  if (option !== undefined) return [option[0]];
  return entries.filter(([, { type }]) => type === 'positional').map(([name]) => name);
}

/** `ERRAND_COMPLETION_MS`: for an Errand that is far away, or a machine that is busy. */
function patienceMs(): number | undefined {
  const given = Number(process.env.ERRAND_COMPLETION_MS);
  return given > 0 ? given : undefined;
}

/** The Errand that the words, the environment or this folder mean; undefined where that is none. */
function quietTarget(words: readonly string[]): ApiTarget | undefined {
  const optionOf = (option: string) => words[words.indexOf(option) + 1 || words.length];
  try {
    const target = targetOf({ data: optionOf('--data'), url: optionOf('--url') }, process.env);
    return target.kind === 'api' ? target : undefined;
  } catch {
    return undefined;
  }
}
