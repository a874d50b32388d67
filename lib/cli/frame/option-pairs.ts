/** Options that say `name=value`, files that are named on the command line. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { JsonObject } from '../../domain/json.ts';
import { CommandError } from './command-error.ts';

/** @throws CommandError naming the option. */
export function pairsOf(option: string, given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandError(`${option} takes NAME=VALUE, got "${pair.slice(0, 40)}".`);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new CommandError(`${option} is given more than once for "${twice.slice(0, 40)}".`);
  return Object.fromEntries(pairs);
}

/** The text of a file, or of the standard input for `-`. @throws CommandError */
export async function readGiven(option: string, file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${option}: the file ${file} cannot be read (${code}).`, 2, { cause: error });
  }
}

/** @throws CommandError when it holds anything but a JSON object. */
export async function readJsonObject(option: string, file: string): Promise<JsonObject> {
  const given = await readGiven(option, file);
  const value = parse(given);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new CommandError(`${option}: expected a JSON object such as {"name":"value"} in ${file}.`);
}

function parse(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}
