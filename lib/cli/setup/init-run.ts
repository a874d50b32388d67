/** `errand init` from its options to what it says in the end. */
import { resolve } from 'node:path';
import { LocalStartError } from '../../local/local-start-error.ts';
import { checkConfig } from '../../providers/config.ts';
import { DEFAULT_DATA } from '../config/config-choice.ts';
import { exampleRun } from '../config/example-run.ts';
import { dataWords, shown, typed } from '../config/typed.ts';
import { CommandError } from '../frame/command-error.ts';
import { runningAt } from '../target/errand-health.ts';
import { type InitOptions, init, type Written } from './init.ts';
import { configOf } from './init-draft.ts';
import { isOnTerminal } from './prompts.ts';

type Texts = Pick<
  InitOptions,
  'config' | 'data' | 'provider' | 'simulator' | 'url' | 'connection' | 'secret' | 'flow' | 'deadline'
>;
type Flags = Readonly<Partial<Record<'key-stdin' | 'anonymous' | 'force' | 'yes' | 'json', boolean | undefined>>>;

/** @throws CommandError before anything is written. */
export async function runInit(
  args: Texts & Flags,
  all: (name: 'setting' | 'target' | 'param') => readonly string[],
): Promise<void> {
  const isTalking = isOnTerminal() && !args.yes && !args.json && args.simulator === undefined;
  const written = await init({
    ...args,
    settings: all('setting'),
    target: all('target'),
    params: all('param'),
    keyFromInput: args['key-stdin'] === true,
    anonymous: args.anonymous === true,
    force: args.force === true,
    asks: isTalking && args['key-stdin'] !== true,
  }).catch((error: unknown) => {
    if (error instanceof LocalStartError) throw new CommandError(error.message, 2, { cause: error });
    throw error;
  });
  const lines = nextLines(written, args.data);
  if (args.json) console.log(JSON.stringify(summaryOf(written, lines)));
  else console.log(await report(written, lines, args.data));
}

interface NextLines {
  readonly before: readonly string[];
  readonly run: string;
}

function nextLines({ draft, secret }: Written, data: string | undefined): NextLines {
  const place = dataWords(data);
  const { flowId, words } = exampleRun(checkConfig(configOf(draft)), draft.flow);
  const isOpen = draft.secret !== undefined && secret === undefined;
  return {
    before: [
      ...(isOpen ? [typed(['secrets', 'set', draft.secret ?? '', ...place])] : []),
      typed(['doctor', ...place]),
      typed(['local', ...place]),
    ],
    run: typed(['run', flowId, ...words, '--wait', ...place]),
  };
}

async function report(
  { file, secret }: Written,
  { before, run }: NextLines,
  data: string | undefined,
): Promise<string> {
  const url = await runningAt(resolve(data ?? DEFAULT_DATA));
  const stop =
    url === undefined ? [] : [`An Errand runs at ${url} with what it was started with: stop it first (Ctrl-C).`, ''];
  return [
    `Written: ${shown(file)}`,
    ...(secret === undefined
      ? []
      : [`${secret.replaced ? 'Replaced' : 'Stored'}: the secret "${secret.name}" in ${secret.place}`]),
    '',
    ...stop,
    'Check it, then start Errand with it:',
    '',
    ...before.map((line) => `  ${line}`),
    '',
    'The first run, from another shell:',
    '',
    `  ${run}`,
  ].join('\n');
}

function summaryOf({ file, draft, secret }: Written, { before, run }: NextLines) {
  const { connection, flow } = draft;
  return { config: file, connection, flow, ...(secret && { secret }), next: [...before, run] };
}
