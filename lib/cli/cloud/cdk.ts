/** The CDK's own command with the right application and context; what it says is said by itself. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../domain/config.ts';
import { InvalidInputError } from '../../domain/errors.ts';
import { loadConfig } from '../../providers/config.ts';
import { type ChosenConfig, chooseConfig, goneWords, PROJECT } from '../config/config-choice.ts';
import { shown, typed } from '../config/typed.ts';
import { CommandError } from '../frame/command-error.ts';

export type CdkAction = 'deploy' | 'diff' | 'synth';

export interface CdkOptions {
  readonly config?: string | undefined;
  readonly stack?: string | undefined;
  readonly environment?: string | undefined;
  readonly 'alarm-topic'?: string | undefined;
}

const CDK = join(PROJECT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
const APP = join(PROJECT, 'infra', 'app.ts');

/** Context values by the option that gives them. */
const CONTEXT = { stack: 'stackName', environment: 'environment', 'alarm-topic': 'alarmTopicArn' } as const;

/** @returns 0 when the CDK is content, else 2. @throws CommandError before anything is called */
export async function runCdk(action: CdkAction, options: CdkOptions, handedOn: readonly string[]): Promise<0 | 2> {
  const chosen = chooseConfig(options, process.cwd());
  if (chosen.gone !== undefined) console.error(goneWords(chosen.gone, chosen));
  await requireDeployable(action, chosen);
  if (!existsSync(CDK)) throw new CommandError('The CDK is not installed. Install the packages again: npm ci');
  console.error(`The configuration is ${shown(chosen.file)}.`);
  const code = await toEnd(cdkWords(action, options, chosen.file, handedOn));
  if (code === 0 && action === 'synth') console.error(`The template is ${shown(join(PROJECT, 'cdk.out'))}.`);
  return code === 0 ? 0 : 2;
}

/** What the CDK is called with. */
export function cdkWords(
  action: CdkAction,
  options: Omit<CdkOptions, 'config'>,
  file: string,
  handedOn: readonly string[],
): readonly string[] {
  return [action, '--app', appLine(action, file), ...contextWords(options), ...extraOf(action), ...handedOn];
}

/** A shell of the system's takes this line apart; before that the CDK takes away quotes that are first and last in it. */
function appLine(action: CdkAction, file: string): string {
  const end = action === 'synth' ? '--allow-loopback' : '--';
  return `${quoted(process.execPath)} ${quoted(APP)} --config ${quoted(file)} ${end}`;
}

/** Within double quotes a shell of Unix still runs what a name of a file says. */
const quoted = (word: string) => (process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`);

function contextWords(options: Omit<CdkOptions, 'config'>): readonly string[] {
  return Object.entries(CONTEXT).flatMap(([option, name]) => {
    const value = options[option as keyof typeof CONTEXT];
    return value === undefined ? [] : ['--context', `${name}=${value}`];
  });
}

/** A template of thousands of lines is for files. */
const extraOf = (action: CdkAction) => (action === 'synth' ? ['--quiet'] : []);

/** A platform on this machine cannot be reached from the cloud, so nothing is even tried. */
async function requireDeployable(action: CdkAction, { file, why }: ChosenConfig): Promise<void> {
  const config = await configIn(file);
  const loopback = Object.entries(config.connections).filter(([, { baseUrl }]) => baseUrl.startsWith('http:'));
  if (action === 'synth' || loopback.length === 0) return;
  const lines = loopback.map(
    ([id]) => `  connections.${id}.baseUrl: expected https, because the cloud cannot reach this machine`,
  );
  const which = why === 'sample' ? 'That is the sample. ' : '';
  throw new CommandError(
    [
      `${shown(file)} cannot be deployed:`,
      ...lines,
      `${which}Name your own with --config, or write one: ${typed(['init'])}`,
    ].join('\n'),
  );
}

async function configIn(file: string): Promise<Config> {
  try {
    return (await loadConfig(file)).config;
  } catch (error) {
    if (error instanceof InvalidInputError) throw new CommandError(error.message, 2, { cause: error });
    throw error;
  }
}

/** In the project's folder, where `cdk.json` is. */
function toEnd(words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [CDK, ...words], { cwd: PROJECT, stdio: 'inherit' });
  // Ctrl-C reaches both; the CDK decides what becomes of a deployment that has begun.
  const wait = () => {};
  process.on('SIGINT', wait);
  return new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  }).finally(() => process.off('SIGINT', wait));
}
