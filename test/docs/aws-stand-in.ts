/** AWS's command line as far as the pages use it: one operation by the SDK, with parameters by the SDK's own model. */
import { existsSync, readFileSync } from 'node:fs';
import { ONLY_CHECKED } from './stand-ins.ts';

type Values = Record<string, unknown>;

interface Service {
  readonly client: new (options: object) => { send(command: object): Promise<Values> };
  readonly commands: Readonly<Record<string, new (input: Values) => { readonly schema?: readonly unknown[] }>>;
}

type Loaded = Readonly<Record<string, never>>;
const SERVICES: Readonly<Record<string, readonly [client: string, load: () => Promise<object>]>> = {
  stepfunctions: ['SFNClient', () => import('@aws-sdk/client-sfn')],
  sqs: ['SQSClient', () => import('@aws-sdk/client-sqs')],
  secretsmanager: ['SecretsManagerClient', () => import('@aws-sdk/client-secrets-manager')],
  dynamodb: ['DynamoDBClient', () => import('@aws-sdk/client-dynamodb')],
};

/** Options of the program itself, with whether they take a value. */
const GLOBAL: Readonly<Record<string, boolean>> = {
  'endpoint-url': true,
  region: true,
  output: true,
  'no-cli-pager': false,
};
/** As the SDK's models write a boolean, and a list of whatever it is added to. */
const BOOLEAN = 2;
const LIST = 64;

/** @param envFile what to use where the shell has not taken it in. */
export async function callAws(
  [service = '', operation = '', ...words]: readonly string[],
  envFile: string,
): Promise<number> {
  const { client, commands } = await load(service);
  const Command = commands[`${pascal(operation)}Command`];
  if (Command === undefined) throw new Error(`AWS has no operation "${service} ${operation}".`);
  const input = inputOf(words, membersOf(new Command({}).schema));
  if (ONLY_CHECKED.includes(`${service} ${operation}`)) {
    console.log(`(checked: ${service} ${operation} takes ${Object.keys(input).join(', ')})`);
    return 0;
  }
  if (process.env.AWS_ACCESS_KEY_ID === undefined && existsSync(envFile)) takeIn(envFile);
  const reply = await new client({ maxAttempts: 1 }).send(new Command(input));
  const { $metadata: _, ...answer } = reply;
  console.log(JSON.stringify(answer, undefined, 4));
  return 0;
}

async function load(service: string): Promise<Service> {
  const known = Object.hasOwn(SERVICES, service) ? SERVICES[service] : undefined;
  if (known === undefined) throw new Error(`"aws ${service}" is in no list of what the pages may call.`);
  const loaded = (await known[1]()) as Loaded;
  return { client: loaded[known[0]] as never, commands: loaded as never };
}

const pascal = (name: string) =>
  name.replace(/(^|-)([a-z])/g, (_match, _hyphen, letter: string) => letter.toUpperCase());

/** Names of an operation's parameters with their types, from the SDK's schema of it. */
function membersOf(schema: readonly unknown[] | undefined): ReadonlyMap<string, unknown> {
  const input = schema?.[4];
  const [, , , , names, types] = (typeof input === 'function' ? input() : input) as readonly unknown[];
  return new Map((names as readonly string[]).map((name, at) => [name.toLowerCase(), [name, (types as never[])[at]]]));
}

function inputOf(words: readonly string[], members: ReadonlyMap<string, unknown>): Values {
  const input: Values = {};
  for (let at = 0; at < words.length; at += 1) {
    const option = /^--(.+)$/.exec(words[at] ?? '')?.[1] ?? '';
    if (Object.hasOwn(GLOBAL, option)) {
      if (GLOBAL[option]) at += 1;
      continue;
    }
    const member = members.get(option.replaceAll('-', '')) as readonly [string, unknown] | undefined;
    if (member === undefined) throw new Error(`The operation has no parameter "${words[at]}".`);
    const [name, type] = member;
    if (type === BOOLEAN) input[name] = true;
    else {
      at += 1;
      const text = textOf(words[at] ?? '');
      input[name] = isList(type) ? [text] : text;
    }
  }
  return input;
}

function isList(type: unknown): boolean {
  const [plain] = [type].flat();
  return typeof plain === 'number' && plain >= LIST && plain < 2 * LIST;
}

const textOf = (text: string) =>
  text.startsWith('file://') ? readFileSync(text.slice('file://'.length), 'utf8') : text;

function takeIn(file: string): void {
  for (const [, name = '', value] of readFileSync(file, 'utf8').matchAll(/^export (\w+)='([^']*)'$/gm))
    process.env[name] = value;
}
