/** Which Errand a command is about: the one on this machine, one at an address, or a stack in the cloud. */
import { join, resolve } from 'node:path';
import { AWS_ENV_FILE } from '../../local/aws-env.ts';
import { readIfPresent } from '../../local/private-files.ts';
import { CommandError } from '../frame/command-error.ts';

/** Options of every command that speaks to Errand. */
export const targetArgs = {
  data: { type: 'string', valueHint: 'DIR', description: 'data directory of the Errand on this machine (.errand)' },
  url: {
    type: 'string',
    valueHint: 'URL',
    description: 'address of an API, also ERRAND_URL; its key is in ERRAND_KEY',
  },
  stack: { type: 'string', valueHint: 'NAME', description: 'stack in the cloud, with your AWS credentials and region' },
} as const;

export interface TargetOptions {
  readonly data?: string | undefined;
  readonly url?: string | undefined;
  readonly stack?: string | undefined;
}

export interface ApiTarget {
  readonly kind: 'api';
  readonly url: string;
  readonly key: string;
  /** For messages: where the key came from, and what to do when nobody answers. */
  readonly keyFrom: string;
  readonly remedy: string;
}

export type Target = ApiTarget | { readonly kind: 'stack'; readonly name: string };

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_DATA = '.errand';

/** @throws CommandError naming the option or variable that is missing or wrong. */
export function targetOf({ data, url, stack }: TargetOptions, env: Environment): Target {
  if ([data, url, stack].filter((given) => given !== undefined).length > 1)
    throw new CommandError('--data, --url and --stack each say which Errand is meant. Use one of them.');
  if (stack !== undefined) return { kind: 'stack', name: stack };
  const address = url ?? (data === undefined ? env.ERRAND_URL : undefined);
  return address === undefined ? localTarget(data ?? DEFAULT_DATA) : addressTarget(address, env.ERRAND_KEY);
}

/** The same for commands that need the API itself: a stack says where its is. @throws CommandError */
export async function apiTargetOf(options: TargetOptions, env: Environment): Promise<ApiTarget> {
  const target = targetOf(options, env);
  if (target.kind === 'api') return target;
  const { name } = target;
  if (env.ERRAND_KEY === undefined || env.ERRAND_KEY.trim() === '')
    throw new CommandError(
      `Put an API key of the stack "${name}" into the environment variable ERRAND_KEY. "errand keys create --stack ${name} --scopes runs:read,fallout:resolve" makes one.`,
    );
  // AWS's clients are loaded only by whoever means a stack.
  const { stackApiUrl } = await import('./errand-stack.ts');
  return addressTarget(await stackApiUrl(name), env.ERRAND_KEY);
}

function localTarget(data: string): ApiTarget {
  const url = /^export ERRAND_API_URL='([^']+)'$/m.exec(readIfPresent(join(data, AWS_ENV_FILE)) ?? '')?.[1];
  const keyFile = join(data, 'dev-key');
  const key = readIfPresent(keyFile)?.trim();
  const start = data === DEFAULT_DATA ? 'npm start' : `npm start -- --data ${data}`;
  const remedy = `Start it with "${start}", or say which Errand is meant: --data DIR, --url URL or --stack NAME.`;
  if (url === undefined || key === undefined || key === '')
    throw new CommandError(`No Errand runs on the data directory ${resolve(data)}. ${remedy}`);
  return { kind: 'api', url, key, keyFrom: keyFile, remedy };
}

function addressTarget(address: string, key: string | undefined): ApiTarget {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isLoopback = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(url?.hostname ?? '');
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)))
    throw new CommandError(
      `"${address}" is not where a key may be sent: expected https://…, or http:// on this machine.`,
    );
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '')
    throw new CommandError(
      `The address of an API is its host and perhaps a path: leave out what stands there beside (${url.host}${url.pathname}).`,
    );
  if (key === undefined || key.trim() === '')
    throw new CommandError(
      `Put an API key for ${url.origin} into the environment variable ERRAND_KEY. Keys are not taken as arguments, which others on this machine can read.`,
    );
  if (!/^[\x21-\x7e]+$/.test(key.trim()))
    throw new CommandError(
      'What is in the environment variable ERRAND_KEY is no API key: it holds a blank or a character that no key has. Copy it again.',
    );
  const remedy = 'Check the address, or say which Errand is meant: --data DIR, --url URL or --stack NAME.';
  return { kind: 'api', url: url.href, key: key.trim(), keyFrom: 'ERRAND_KEY', remedy };
}
