/** Commands within commands: found by their names, told what they were given, refused what they do not know. */
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { type ArgsDef, type CommandDef, renderUsage, runCommand } from 'citty';
import { CommandError } from './command-error.ts';

export interface Command<Args extends ArgsDef = ArgsDef> extends CommandDef<Args> {
  /** Lines that can be typed as they stand, without `errand`, each with what it does. */
  readonly examples?: readonly (readonly [line: string, does: string])[];
}

/** Keeps the types of the options for `run`. */
export function command<const Args extends ArgsDef>(definition: Command<Args>): Command<Args> {
  return definition;
}

interface Found {
  readonly command: Command;
  /** As it was called: `errand`, `keys`, `list`. */
  readonly path: readonly string[];
  readonly rest: readonly string[];
}

/** Runs the command that the words name. @returns the exit code; what went wrong is on the standard error. */
export async function runErrand(root: Command, words: readonly string[]): Promise<number> {
  try {
    const { command: found, path, rest } = await find(root, words);
    const isHelpWanted = rest.includes('--help') || rest.includes('-h');
    if (isHelpWanted || found.run === undefined) {
      const text = await helpOf(found, path);
      (isHelpWanted ? console.log : console.error)(text);
      return isHelpWanted ? 0 : 2;
    }
    await refuseUnknown(found, path, rest);
    const { subCommands: _, ...own } = found;
    // It has been found already; behind here, the value of an option would be taken for the name of another.
    await runCommand(own, { rawArgs: [...rest] });
    return 0;
  } catch (error) {
    return explain(error);
  }
}

async function find(root: Command, words: readonly string[]): Promise<Found> {
  let found: Found = { command: root, path: ['errand'], rest: words };
  for (;;) {
    const { path, rest } = found;
    const subCommands = await resolved(found.command.subCommands);
    const [name, ...others] = rest;
    if (subCommands === undefined || name === undefined || name.startsWith('-')) return found;
    const next = Object.hasOwn(subCommands, name) ? await resolved(subCommands[name]) : undefined;
    if (next === undefined) throw new CommandError(`There is no command "${[...path, name].join(' ')}". ${hint(path)}`);
    found = { command: next, path: [...path, name], rest: others };
  }
}

async function resolved<Value>(value: Value | Promise<Value> | (() => Value | Promise<Value>)): Promise<Value> {
  return typeof value === 'function' ? (value as () => Value | Promise<Value>)() : value;
}

/** The parser behind takes anything; a mistyped option must not be an option left out. */
async function refuseUnknown({ args }: Command, path: readonly string[], rest: readonly string[]): Promise<void> {
  const known = Object.entries((await resolved(args)) ?? {});
  const options = known
    .filter(([, { type }]) => type !== 'positional')
    .map(([name, { type }]) => [name, { type: type === 'boolean' ? 'boolean' : 'string' }] as const);
  const places = known.length - options.length;
  try {
    const { positionals } = parseArgs({
      args: [...rest],
      options: Object.fromEntries(options),
      strict: true,
      allowPositionals: true,
    });
    const extra = positionals[places];
    if (extra !== undefined) throw new Error(`"${extra.slice(0, 20)}" is one word too many.`);
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. To specify a positional');
    throw new CommandError(`${sentence.replace(/(?<![.])$/, '.')} ${hint(path)}`);
  }
}

const hint = (path: readonly string[]) => `Try "${path.join(' ')} --help".`;

async function helpOf(found: Command, path: readonly string[]): Promise<string> {
  const usage = await renderUsage(found, { meta: { name: path.slice(0, -1).join(' ') } });
  const examples = (found.examples ?? []).map(([line, does]) => `  errand ${line}\n      ${does}`);
  const text = [usage.trimEnd(), ...(examples.length > 0 ? ['EXAMPLES', examples.join('\n')] : []), CODES].join('\n\n');
  const lines = text.replaceAll(/[ \t]+$/gm, '');
  return process.stdout.isTTY ? lines : stripVTControlCharacters(lines);
}

const CODES = 'Exit codes: 0 done, 1 Errand refused it, 2 it could not be asked.';

function explain(error: unknown): number {
  if (error instanceof CommandError) {
    console.error(error.message);
    return error.exitCode;
  }
  const isUsage = error instanceof Error && error.name === 'CLIError';
  console.error(isUsage ? stripVTControlCharacters(`${error.message}. Try --help.`) : error);
  return 2;
}
