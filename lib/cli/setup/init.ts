/** What `errand init` does: from options and answers to a file, a secret and the lines to type next. */
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { intro, log } from '@clack/prompts';
import type { JsonObject } from '../../domain/json.ts';
import { checkConfig } from '../../providers/config.ts';
import { providerOf } from '../../providers/registry.ts';
import { DEFAULT_DATA, rememberConfig } from '../config/config-choice.ts';
import { shown, typed } from '../config/typed.ts';
import { CommandError } from '../frame/command-error.ts';
import { prepareDataDir, putSecret, readSecrets } from '../local/local-secrets.ts';
import { configOf, connectionName, type Draft, emptyDraft, issuesOf, optionOf } from './init-draft.ts';
import { configText } from './init-file.ts';
import { fieldsOf, parameterOf, providerNamed } from './init-options.ts';
import { askProvider, completeDraft } from './init-questions.ts';
import { simulatorDraft } from './init-simulator.ts';
import { askYes } from './prompts.ts';
import { askForSecret, readSecretFrom, type SecretUse } from './secret-input.ts';

export interface InitOptions {
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly provider?: string | undefined;
  readonly simulator?: string | undefined;
  readonly url?: string | undefined;
  readonly connection?: string | undefined;
  readonly secret?: string | undefined;
  readonly anonymous: boolean;
  readonly settings: readonly string[];
  readonly flow?: string | undefined;
  readonly target: readonly string[];
  readonly params: readonly string[];
  readonly deadline?: string | undefined;
  readonly keyFromInput: boolean;
  readonly force: boolean;
  /** Whether there is somebody to ask. */
  readonly asks: boolean;
}

export interface Written {
  readonly file: string;
  readonly draft: Draft;
  /** Absent: none is needed, or it is still to be stored. */
  readonly secret?: { readonly name: string; readonly place: string; readonly replaced: boolean };
}

/** @throws CommandError before anything is written. */
export async function init(options: InitOptions): Promise<Written> {
  if (options.asks) intro('A connection to a platform, and a first flow on it', { output: process.stderr });
  const file = await placeOf(options);
  const { draft, secret } = await draftOf(options);
  const issues = issuesOf(draft);
  if (issues.length > 0) throw refusal(draft, issues);
  const value = secret ?? (await secretOf(draft, options));
  const dataDir = resolve(options.data ?? DEFAULT_DATA);
  prepareDataDir(dataDir);
  readSecrets(dataDir);
  writeConfig(file, configText(draft, file));
  const replaced = value === undefined ? undefined : putSecret(dataDir, draft.secret ?? '', value);
  rememberConfig(dataDir, file);
  if (replaced === undefined || draft.secret === undefined) return { file, draft };
  const place = join(options.data ?? DEFAULT_DATA, 'secrets.json');
  return { file, draft, secret: { name: draft.secret, place, replaced } };
}

/** Before the secret is stored: whoever cannot have the one has nothing to clear away. */
function writeConfig(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = `${shown(file)} cannot be written: the system says ${code}. Nothing was stored. Name another file with --config.`;
    throw new CommandError(message, 2, { cause });
  }
}

/** Where it is written; what is there already is replaced only on somebody's word. */
async function placeOf({ config, force, asks }: InitOptions): Promise<string> {
  if (config !== undefined && !['.ts', '.json'].includes(extname(config)))
    throw new CommandError(`--config takes a file that ends with .ts or .json, got "${config}".`);
  // The sample lies under the usual name, and is worth keeping.
  const usual = ['errand.config.ts', 'my.config.ts'].find((name) => !isTaken(name)) ?? 'my.config.ts';
  const file = resolve(config ?? usual);
  if (!isTaken(file) || force) return file;
  if (asks && (await askYes(`${shown(file)} is there already. Replace it?`, false))) return file;
  throw new CommandError(
    `${shown(file)} is there already and stays as it is. Name another file with --config, or replace it with --force.`,
  );
}

/** A link that leads nowhere has its place too: through it, a file would be made where nobody asked for one. */
function isTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Not to be looked at: writing says why.
    return false;
  }
}

interface Drafted {
  readonly draft: Draft;
  /** Known already: a simulator's. */
  readonly secret?: JsonObject;
}

async function draftOf(options: InitOptions): Promise<Drafted> {
  const { simulator, asks } = options;
  if (simulator !== undefined) {
    const drafted = await simulatorDraft(providerNamed(simulator), urlOption(options.url));
    return { ...drafted, draft: toldDraft({ ...options, url: undefined }, drafted.draft) };
  }
  refuseMissing(options);
  const provider = options.provider === undefined ? await askProvider() : providerNamed(options.provider);
  const told = toldDraft(options, emptyDraft(provider));
  if (!asks) return { draft: told };
  return {
    draft: await completeDraft(told, {
      baseUrl: options.url !== undefined,
      connection: options.connection !== undefined,
      flow: options.flow !== undefined,
      parameters: options.params.length > 0,
    }),
  };
}

function urlOption(url: string | undefined): string | undefined {
  if (url === undefined || URL.canParse(url)) return url;
  throw new CommandError(`--url: expected an absolute URL such as http://127.0.0.1:8801, got "${url}".`);
}

/** A script is told everything that is missing at once. */
function refuseMissing({ asks, provider, url, flow }: InitOptions): void {
  const missing = Object.entries({ '--provider': provider, '--url': url, '--flow': flow });
  const names = missing.filter(([, value]) => value === undefined).map(([name]) => name);
  if (asks || names.length === 0) return;
  throw new CommandError(
    `Nothing can be asked here, so ${names.join(', ')} must be given. A first flow on a simulator: ${typed(['init', '--simulator', 'bryter'])}`,
  );
}

/** What options say, over what is known without them. */
function toldDraft(options: InitOptions, base: Draft): Draft {
  const { provider } = base;
  const baseUrl = options.url ?? base.baseUrl;
  const derived = options.url === undefined ? base.connection : connectionName(provider, baseUrl);
  const connection = options.connection ?? derived;
  const isRenamed = connection !== base.connection;
  const secret = options.secret ?? (isRenamed ? `errand/${connection}` : base.secret);
  const { secret: _, ...rest } = base;
  return {
    ...rest,
    baseUrl,
    connection,
    ...(secret === undefined || options.anonymous ? {} : { secret }),
    settings: { ...base.settings, ...fieldsOf('--setting', provider, options.settings) },
    flow: options.flow ?? base.flow,
    target: { ...base.target, ...fieldsOf('--target', provider, options.target) },
    parameters: { ...base.parameters, ...Object.fromEntries(options.params.map(parameterOf)) },
    deadline: options.deadline ?? base.deadline,
  };
}

function refusal(draft: Draft, issues: ReturnType<typeof issuesOf>): CommandError {
  const lines = issues.map(({ path, message }) => `  ${optionOf(draft, path)}: ${message}`);
  return new CommandError(['That cannot be a configuration, so nothing was written:', ...lines].join('\n'));
}

async function secretOf(draft: Draft, { asks, keyFromInput }: InitOptions): Promise<JsonObject | undefined> {
  const { secret, provider, connection } = draft;
  if (secret === undefined) return undefined;
  const checked = checkConfig(configOf(draft)).connections[connection];
  const use: SecretUse = { name: secret, connections: checked === undefined ? [] : [checked] };
  if (keyFromInput) return readSecretFrom(process.stdin, use);
  if (!asks) return undefined;
  const { words, anonymous } = providerOf(provider);
  const none = anonymous === true ? ' Where it asks for none: errand init --anonymous' : '';
  if (words !== undefined)
    log.info(`What it is called with: ${words.keyHint}. It is not shown.${none}`, { output: process.stderr });
  return askForSecret(use);
}
