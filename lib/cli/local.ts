/** `npm start`: everything on this machine. Chooses, composes and prints; what happens is decided elsewhere. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ENV } from '../contract.ts';
import { PROVIDER_IDS } from '../domain/config.ts';
import { InvalidInputError } from '../domain/errors.ts';
import { LocalStartError } from '../local/local-start-error.ts';
import { type Runtime, startRuntime } from '../local/runtime.ts';
import { loadConfig } from '../providers/config.ts';
import { type Fleet, SAMPLE_SECRETS, startFleet } from '../simulators/fleet.ts';
import { simulatorVariable } from '../simulators/sample-url.ts';
import { createApiClient } from './api-client.ts';
import { type DemoResult, runDemo } from './demo.ts';
import { devKey } from './dev-key.ts';
import { addSampleSecrets, missingSecrets } from './local-secrets.ts';
import { parseStartOptions, START_HELP, type StartOptions, UsageError } from './options.ts';
import { createReporter, type Reporter } from './report.ts';

const SAMPLE_CONFIG = resolve(import.meta.dirname, '../../errand.config.ts');

interface Started {
  readonly runtime: Runtime;
  readonly fleet: Fleet | undefined;
  readonly key: string;
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
    const results =
      options.demo && started.fleet !== undefined ? await demo(started, started.fleet, reporter, stop) : [];
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

function farewell(open: number): string {
  if (open === 0) return 'Stopped. No run was open.';
  const runs = open === 1 ? 'One open run goes' : `${open} open runs go`;
  return `Stopped. ${runs} on with the next start on this data directory.`;
}

async function start(options: StartOptions, reporter: Reporter): Promise<Started> {
  const dataDir = resolve(options.data);
  const isSample = options.config === undefined;
  const fleet = isSample ? await sampleFleet(dataDir) : undefined;
  try {
    const configFile = options.config ?? SAMPLE_CONFIG;
    const { config } = await loadConfig(configFile);
    const log = (line: string) => reporter.line(line);
    const runtime = await startRuntime({ dataDir, configFile, port: options.port, log });
    if (isSample) addSampleSecrets(dataDir, SAMPLE_SECRETS);
    for (const name of missingSecrets(dataDir, config))
      reporter.line(`The secret "${name}" is not in ${join(dataDir, 'secrets.json')}; runs that need it will say so.`);
    const key = await keyOf(runtime, dataDir);
    if (runtime.resumed > 0) reporter.line(`Carrying on ${runtime.resumed} open runs.`);
    reporter.line(`Errand listens on ${runtime.apiUrl}; everything is kept in ${dataDir}.`);
    return { runtime, fleet, key };
  } catch (error) {
    await fleet?.close();
    throw error;
  }
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
  for (const id of PROVIDER_IDS) process.env[simulatorVariable(id)] = fleet[id].origin;
  return fleet;
}

async function keyOf(runtime: Runtime, dataDir: string): Promise<string> {
  Object.assign(process.env, runtime.environment);
  // The AWS clients read the endpoints from the environment when they are made.
  const { apiDependencies } = await import('../aws/dependencies.ts');
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
  { runtime }: Started,
  options: StartOptions,
  reporter: Reporter,
  stop: AbortSignal,
): Promise<void> {
  const flowId = options.config === undefined ? 'onboard-employee' : 'FLOW';
  const parameters = options.config === undefined ? '{"employeeName":"Jane Roe"}' : '{}';
  reporter.line(`
Start a run of your own:

  curl -s -X POST '${runtime.apiUrl}/v1/flows/${flowId}/runs?await=true' \\
    -H "x-api-key: $(cat ${join(options.data, 'dev-key')})" -H 'content-type: application/json' \\
    -d '{"parameters":${parameters}}'

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

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof UsageError || error instanceof InvalidInputError || error instanceof LocalStartError;
  console.error(known ? error.message : error);
  process.exitCode = 2;
}
