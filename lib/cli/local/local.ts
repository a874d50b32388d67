/** `npm start`: everything on this machine. Chooses, composes and prints; what happens is decided elsewhere. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ENV } from '../../contract.ts';
import { type Config, PROVIDER_IDS } from '../../domain/config.ts';
import { InvalidInputError } from '../../domain/errors.ts';
import { LocalStartError } from '../../local/local-start-error.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { loadConfig } from '../../providers/config.ts';
import { type Fleet, SAMPLE_SECRETS, startFleet } from '../../simulators/fleet.ts';
import { type ChosenConfig, chooseConfig, goneWords, SAMPLE_CONFIG } from '../config/config-choice.ts';
import { exampleRun } from '../config/example-run.ts';
import { tellOrigins } from '../config/simulator-origins.ts';
import { dataWords, shellWord, shown, typed } from '../config/typed.ts';
import { createApiClient } from '../target/api-client.ts';
import { type DemoResult, runDemo } from './demo.ts';
import { DEMO_CASES } from './demo-cases.ts';
import { devKey } from './dev-key.ts';
import { addSampleSecrets, missingSecrets } from './local-secrets.ts';
import { parseStartOptions, START_HELP, type StartOptions, UsageError } from './options.ts';
import { createReporter, type Reporter } from './report.ts';

interface Started {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly fleet: Fleet | undefined;
  readonly key: string;
}

/** Everything on this machine until it is stopped. @returns the exit code; what is in the way is on the standard error. */
export async function runLocal(args: readonly string[]): Promise<number> {
  try {
    return await main(args);
  } catch (error) {
    const known = error instanceof UsageError || error instanceof InvalidInputError || error instanceof LocalStartError;
    console.error(known ? error.message : error);
    return 2;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseStartOptions(args);
  if (options.help) {
    console.log(START_HELP);
    return 0;
  }
  const write = options.json ? console.error : console.log;
  const color = options.json ? process.stderr.isTTY : process.stdout.isTTY;
  const reporter = createReporter((line) => write(line), color ?? false);
  const stop = stopSignal();
  const started = await start(options, reporter);
  try {
    const { fleet, config } = started;
    const results =
      options.demo && fleet !== undefined && isSample(config) ? await demo(started, fleet, reporter, stop) : [];
    if (options.json) console.log(JSON.stringify(summary(results)));
    if (!options.once && !stop.aborted) await stayUp(started, options, reporter, stop);
    return results.every(({ asExpected }) => asExpected) ? 0 : 1;
  } catch (error) {
    if (!stop.aborted) throw error;
    return options.once ? 1 : 0;
  } finally {
    if (stop.aborted) reporter.line(farewell(started.runtime.executions.countRunning()));
    await started.runtime.close();
    await started.fleet?.close();
  }
}

/** The project's own configuration may have been changed into somebody's. */
function isSample({ flows }: Config): boolean {
  return DEMO_CASES.every(({ flowId }) => Object.hasOwn(flows, flowId));
}

function farewell(open: number): string {
  if (open === 0) return 'Stopped. No run was open.';
  const runs = open === 1 ? 'One open run goes' : `${open} open runs go`;
  return `Stopped. ${runs} on with the next start on this data directory.`;
}

async function start(options: StartOptions, reporter: Reporter): Promise<Started> {
  const dataDir = resolve(options.data);
  const chosen = choose(options);
  if (chosen.gone !== undefined) reporter.line(goneWords(chosen.gone, chosen));
  if (chosen.why === 'remembered' || chosen.why === 'here') reporter.line(choiceLine(chosen, options));
  const fleet = chosen.why === 'sample' ? await sampleFleet(dataDir) : undefined;
  try {
    const { config } = await loadConfig(chosen.file);
    const log = (line: string) => reporter.line(line);
    const runtime = await startRuntime({ dataDir, configFile: chosen.file, port: options.port, log });
    if (fleet !== undefined) addSampleSecrets(dataDir, SAMPLE_SECRETS);
    for (const name of missingSecrets(dataDir, config)) reporter.line(missingLine(name, dataDir, options));
    const key = await keyOf(runtime, dataDir);
    if (runtime.resumed > 0) reporter.line(`Carrying on ${runtime.resumed} open runs.`);
    reporter.line(`Errand listens on ${runtime.apiUrl}; everything is kept in ${dataDir}.`);
    return { runtime, fleet, key, config };
  } catch (error) {
    await fleet?.close();
    throw error;
  }
}

/** `--once` is about the sample, whatever else there is. */
function choose(options: StartOptions): ChosenConfig {
  if (options.once || options.sample) return { file: SAMPLE_CONFIG, why: 'sample' };
  return chooseConfig(options, process.cwd());
}

function choiceLine({ file, why }: ChosenConfig, { data }: StartOptions): string {
  const reason = why === 'remembered' ? 'as "errand init" wrote it' : 'because it is in this folder';
  const sample = typed(['local', '--sample', ...dataWords(data)]);
  return `The configuration is ${shown(file)}, ${reason}. The sample instead: ${sample}`;
}

function missingLine(name: string, dataDir: string, { data }: StartOptions): string {
  const set = typed(['secrets', 'set', name, ...dataWords(data)]);
  return `The secret "${name}" is not in ${join(dataDir, 'secrets.json')}; runs that need it will say so. Store it: ${set}`;
}

/** The sample's platforms, on any free ports; the sample configuration reads where from the environment. */
async function sampleFleet(dataDir: string): Promise<Fleet> {
  const dir = join(dataDir, 'simulators');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const message = `The data directory ${dataDir} cannot be used. Make it yours to read and write, or choose another with --data.`;
    throw new LocalStartError(message, { cause });
  }
  const fleet = await startFleet({ dir });
  const origins = PROVIDER_IDS.map((id) => [id, fleet[id].origin]);
  tellOrigins(dataDir, Object.fromEntries(origins));
  return fleet;
}

async function keyOf(runtime: Runtime, dataDir: string): Promise<string> {
  Object.assign(process.env, runtime.environment);
  // The AWS clients read the endpoints from the environment when they are made.
  const { apiDependencies } = await import('../../aws/dependencies.ts');
  return devKey(apiDependencies(), runtime.environment[ENV.environment] ?? 'local', dataDir);
}

async function demo({ runtime, key }: Started, fleet: Fleet, reporter: Reporter, signal: AbortSignal) {
  reporter.line('Running the sample flows on the simulated platforms:\n');
  const api = createApiClient(runtime.apiUrl, key);
  const results = await runDemo({ api, fleet, show: reporter.change, signal });
  reporter.table(results);
  const good = results.filter(({ asExpected }) => asExpected).length;
  reporter.line(`\n${good} of ${results.length} sample runs ended as expected.`);
  return results;
}

function summary(results: readonly DemoResult[]) {
  return {
    runs: results.length,
    asExpected: results.filter(({ asExpected }) => asExpected).length,
    results: results.map(({ run, asExpected }) => ({
      flowId: run.flowId,
      provider: run.provider,
      runId: run.id,
      status: run.status,
      ...(run.fallout === undefined ? {} : { falloutReason: run.fallout.reason }),
      looks: run.looks,
      asExpected,
    })),
  };
}

async function stayUp(
  { runtime, config }: Started,
  options: StartOptions,
  reporter: Reporter,
  stop: AbortSignal,
): Promise<void> {
  const { flowId, parameters, words } = exampleRun(config);
  const keyFile = shellWord(join(options.data, 'dev-key'));
  reporter.line(`
Start a run of your own:

  curl -s -X POST '${runtime.apiUrl}/v1/flows/${flowId}/runs?await=true' \\
    -H "x-api-key: $(cat ${keyFile})" -H 'content-type: application/json' \\
    -d ${shellWord(JSON.stringify({ parameters }))}

or, shorter: ${typed(['run', flowId, ...words, '--wait', ...dataWords(options.data)])}

The console page is ${runtime.apiUrl}/console. It asks for a key: cat ${keyFile}

Ctrl-C stops.`);
  await new Promise((done) => stop.addEventListener('abort', done, { once: true }));
}

/** The first Ctrl-C stops in order, the second at once; nothing is lost either way. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}
