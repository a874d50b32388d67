/** A secret as a person or a script gives it: on the standard input or without echo, never as a word of a command. */
import { text as readAll } from 'node:stream/consumers';
import { SecretUnavailableError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import {
  bareKey,
  type Connection,
  credentialsOf,
  fieldMistake,
  fieldSets,
  wantedShape,
} from '../config/credentials.ts';
import { CommandError } from '../frame/command-error.ts';
import { askChoice, askSecret } from './prompts.ts';

export interface SecretUse {
  readonly name: string;
  /** The connections that use it; none: nobody knows what it must look like. */
  readonly connections: readonly Connection[];
}

/** @throws CommandError when it is not what its connections need; says so without repeating it. */
export async function readSecretFrom(input: NodeJS.ReadStream, use: SecretUse): Promise<JsonObject> {
  // What is typed into a plain read is shown.
  if (input.isTTY) throw new CommandError(`The secret would be shown while it is typed. ${wayIn(use)}`);
  // Editors and shells leave a mark at the beginning and line ends behind.
  const given = (await readAll(input)).replace(/^\uFEFF/, '').trimEnd();
  if (given.trim() === '') throw new CommandError(`Nothing came on the standard input. ${wayIn(use)}`);
  const [connection] = use.connections;
  const value = given.trimStart().startsWith('{') ? parsed(given) : bareKey(connection?.provider, given);
  if (value === undefined) {
    const wanted = connection === undefined ? 'a JSON object' : `${wantedShape(connection)} as JSON`;
    throw new CommandError(`What came on the standard input is not ${wanted}. ${wayIn(use)}`);
  }
  refuseUnfit(value, use);
  return value;
}

/** Asks for each field by name. */
export async function askForSecret(use: SecretUse): Promise<JsonObject> {
  const fields = await fieldsOf(use);
  const value: Record<string, string> = {};
  for (const { name, isRequired } of fields) {
    const rest = Object.fromEntries(fields.filter((field) => field.isRequired).map((field) => [field.name, 'x']));
    const validate = (answer: string) => {
      if (answer === '') return isRequired ? `${name} must be given` : undefined;
      const tried = { ...rest, ...value, [name]: answer };
      const [own] = use.connections.flatMap((connection) => fieldMistake(connection, tried, name) ?? []);
      return own ?? mistakeIn(tried, use);
    };
    const answer = await askSecret(`${name}${isRequired ? '' : ' (nothing: none)'} of "${use.name}"`, validate);
    if (answer !== '') value[name] = answer;
  }
  return value;
}

async function fieldsOf({ connections: [connection] }: SecretUse) {
  const sets = connection === undefined ? [[{ name: 'apiKey', isRequired: true }]] : fieldSets(connection.provider);
  const [first = []] = sets;
  if (sets.length === 1) return first;
  const choices = sets.map((fields, index) => ({
    value: String(index),
    label: fields
      .filter(({ isRequired }) => isRequired)
      .map(({ name }) => name)
      .join(' and '),
  }));
  return sets[Number(await askChoice('What kind of credentials?', choices))] ?? first;
}

/** The first complaint of a connection that uses it. */
function mistakeIn(value: JsonObject, { name, connections }: SecretUse): string | undefined {
  try {
    for (const connection of connections) credentialsOf(connection, name, JSON.stringify(value));
    return undefined;
  } catch (error) {
    if (error instanceof SecretUnavailableError) return error.message;
    throw error;
  }
}

function refuseUnfit(value: JsonObject, use: SecretUse): void {
  const mistake = mistakeIn(value, use);
  if (mistake !== undefined) throw new CommandError(`${capital(mistake)}. Nothing was stored.`);
}

function parsed(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    // The parser's own message quotes the text.
    return undefined;
  }
}

const wayIn = ({ name }: SecretUse) =>
  `Hand it over in a file or a pipe, for example: errand secrets set ${name} < key.txt`;
const capital = (sentence: string) => `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`;
