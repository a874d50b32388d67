/** `errand secrets set` from its options to what it says in the end. */
import { join, resolve } from 'node:path';
import { InvalidInputError } from '../../domain/errors.ts';
import { LocalStartError } from '../../local/local-start-error.ts';
import { loadConfig } from '../../providers/config.ts';
import { chooseConfig, DEFAULT_DATA } from '../config/config-choice.ts';
import { shown } from '../config/typed.ts';
import { CommandError } from '../frame/command-error.ts';
import { putSecret } from '../local/local-secrets.ts';
import { runningAt } from '../target/errand-health.ts';
import { isOnTerminal } from './prompts.ts';
import { askForSecret, readSecretFrom, type SecretUse } from './secret-input.ts';

const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

export interface SetArgs extends Where {
  readonly name: string;
  /** Where nobody should have put it. */
  readonly value?: string | undefined;
  readonly json?: boolean | undefined;
}

/** @throws CommandError that does not repeat what was given. */
export async function setSecret(args: SetArgs): Promise<void> {
  const { name, data, stack } = args;
  if (args.value !== undefined) throw onCommandLine(name);
  if (!SECRET_NAME.test(name))
    throw new CommandError(`"${name}" is no name of a secret: letters, digits and / _ + = . @ - are.`);
  if (data !== undefined && stack !== undefined)
    throw new CommandError('--data and --stack each say where the secret is kept. Use one of them.');
  const use = await usageOf(name, args);
  const value = isOnTerminal() ? await askForSecret(use) : await readSecretFrom(process.stdin, use);
  const replaced = await store(name, value, args);
  const place = stack === undefined ? join(data ?? DEFAULT_DATA, 'secrets.json') : 'Secrets Manager';
  if (args.json) console.log(JSON.stringify({ name, place, replaced }));
  else console.log(`The secret "${name}" is ${replaced ? 'replaced' : 'stored'} in ${place}.`);
  const url = stack === undefined && !args.json ? await runningAt(resolve(data ?? DEFAULT_DATA)) : undefined;
  if (url !== undefined)
    console.log(`The Errand at ${url} takes it up within five minutes, or at once when it is started anew.`);
}

interface Where {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly stack?: string | undefined;
}

/** A configuration with mistakes still lets a secret be stored, unless it was named. */
async function usageOf(name: string, where: Where): Promise<SecretUse> {
  const { file } = chooseConfig(where, process.cwd());
  try {
    const { connections } = (await loadConfig(file)).config;
    const users = Object.values(connections).filter(({ secret }) => secret === name);
    if (users.length === 0)
      console.error(`No connection in ${shown(file)} has a secret of that name, so its shape is not checked.`);
    return { name, connections: users };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    if (where.config !== undefined) throw new CommandError(error.message, 2, { cause: error });
    console.error(
      `${shown(file)} has mistakes, so the shape of the secret is not checked. "errand doctor" shows them.`,
    );
    return { name, connections: [] };
  }
}

async function store(name: string, value: object, { data, stack }: Where): Promise<boolean> {
  try {
    if (stack === undefined) return putSecret(resolve(data ?? DEFAULT_DATA), name, { ...value });
    // AWS's clients are loaded only by whoever means the cloud.
    return await (await import('./secrets-of-cloud.ts')).putCloudSecret(name, JSON.stringify(value));
  } catch (error) {
    if (error instanceof LocalStartError) throw new CommandError(error.message, 2, { cause: error });
    throw error;
  }
}

/** Arguments are seen by others on the machine and kept by shells; so it is not repeated either. */
function onCommandLine(name: string): CommandError {
  return new CommandError(
    `Give the secret on the standard input, not as a word: errand secrets set ${name} < key.txt. Nothing was stored. Now that it was on a command line, have it replaced.`,
  );
}
