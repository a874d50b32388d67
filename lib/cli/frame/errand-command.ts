/** Commands within commands: found by their names, told what they were given, refused what they do not know. */
import { stripVTControlCharacters } from 'node:util';
import { type ArgsDef, type CommandDef, type ParsedArgs, renderUsage } from 'citty';
import { InvalidInputError } from '../../domain/errors.ts';
import { CommandError } from './command-error.ts';
import { ArgsError, readArgs } from './errand-args.ts';
import { nearestName } from './nearest-name.ts';

export interface Context<Args extends ArgsDef = ArgsDef> {
  readonly rawArgs: readonly string[];
  /** What stands behind `--`, for a command that hands it on. */
  readonly handedOn: readonly string[];
  readonly args: ParsedArgs<Args>;
  /** Each value of an option that is `repeatable`, in order. */
  all(name: keyof Args & string): readonly string[];
}

/** Nothing is 0. */
export type ExitCode = 0 | 1 | 2;

export interface Command<Args extends ArgsDef = ArgsDef> {
  readonly meta: { readonly name: string; readonly description: string };
  readonly args?: Args;
  readonly subCommands?: Readonly<Record<string, Command | (() => Promise<Command>)>>;
  /** Lines that can be typed as they stand, without `errand`, each with what it does. */
  readonly examples?: readonly (readonly [line: string, does: string])[];
  /** Names of options that may be given more than once. */
  readonly repeatable?: readonly (keyof Args & string)[];
  /** Words behind `--` are another program's; `run` finds them in `handedOn`. */
  readonly handsOn?: boolean;
  /** What its exit codes mean, where that is not what they mean everywhere. */
  readonly codes?: string;
  // biome-ignore lint/suspicious/noConfusingVoidType: a command that ends well returns nothing.
  run?(context: Context<Args>): Promise<ExitCode | void>;
}

/** Gives `run` the types of the options; nobody else asks for them. */
export function command<const Args extends ArgsDef>(definition: Command<Args>): Command {
  return definition as unknown as Command;
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
    const options = optionsIn(rest);
    const isHelpWanted = options.includes('--help') || options.includes('-h');
    if (isHelpWanted || found.run === undefined) {
      const text = await helpOf(found, path);
      (isHelpWanted ? console.log : console.error)(text);
      return isHelpWanted ? 0 : 2;
    }
    return (await found.run(contextOf(found, path, rest))) ?? 0;
  } catch (error) {
    return explain(error, optionsIn(words).includes('--json'));
  }
}

/** Behind `--` there are no options, only words. */
function split(words: readonly string[]): readonly [readonly string[], readonly string[]] {
  const end = words.indexOf('--');
  return end === -1 ? [words, []] : [words.slice(0, end), words.slice(end + 1)];
}

const optionsIn = (words: readonly string[]) => split(words)[0];

async function find(root: Command, words: readonly string[]): Promise<Found> {
  let found: Found = { command: root, path: ['errand'], rest: words };
  for (;;) {
    const { path, rest } = found;
    const { subCommands } = found.command;
    const [name, ...others] = rest;
    if (subCommands === undefined || name === undefined || name.startsWith('-')) return found;
    const next = Object.hasOwn(subCommands, name) ? subCommands[name] : undefined;
    if (next === undefined) throw unknownCommand([...path, name], Object.keys(subCommands));
    found = { command: await resolved(next), path: [...path, name], rest: others };
  }
}

function unknownCommand(words: readonly string[], known: readonly string[]): CommandError {
  const [path, name = ''] = [words.slice(0, -1), words.at(-1)];
  const near = nearestName(name, known);
  const question = near === undefined ? '' : `Did you mean "${[...path, near].join(' ')}"? `;
  return new CommandError(`There is no command "${words.join(' ')}". ${question}${hint(path)}`);
}

/** A command that is loaded when it is called. */
export async function resolved(command: Command | (() => Promise<Command>)): Promise<Command> {
  return typeof command === 'function' ? command() : command;
}

function contextOf(found: Command, path: readonly string[], rest: readonly string[]): Context {
  try {
    const [own, handedOn] = found.handsOn === true ? split(rest) : [rest, []];
    const { values, all } = readArgs(found.args ?? {}, own, found.repeatable);
    return { rawArgs: rest, handedOn, args: values as Context['args'], all };
  } catch (error) {
    if (!(error instanceof ArgsError)) throw error;
    throw new CommandError(`${error.message} ${hint(path)}`, 2, { cause: error });
  }
}

const hint = (path: readonly string[]) => `Try "${path.join(' ')} --help".`;

async function helpOf(found: Command, path: readonly string[]): Promise<string> {
  const usage = await renderUsage(found as unknown as CommandDef, { meta: { name: path.slice(0, -1).join(' ') } });
  const examples = (found.examples ?? []).map(([line, does]) => `  errand ${line}\n      ${does}`);
  const shown = examples.length > 0 ? ['EXAMPLES', examples.join('\n')] : [];
  const text = [usage.trimEnd(), ...shown, `Exit codes: ${found.codes ?? CODES}`].join('\n\n');
  const lines = text.replaceAll(/[ \t]+$/gm, '');
  return process.stdout.isTTY ? lines : stripVTControlCharacters(lines);
}

const CODES = '0 done, 1 Errand refused it, 2 it could not be asked.';

function explain(error: unknown, isJson: boolean): ExitCode {
  const exitCode = error instanceof CommandError ? error.exitCode : 2;
  // What people have written wrong is told in its own words; anything else is a fault of ours, told in full.
  const isKnown = error instanceof CommandError || error instanceof InvalidInputError;
  if (isJson) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(JSON.stringify({ error: { message, exitCode } }));
  } else console.error(isKnown ? error.message : error);
  return exitCode;
}
