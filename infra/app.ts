/**
 * Composition root of the template: checks the configuration, bundles the functions, builds the console page, writes the
 * cloud assembly.
 *
 *   node infra/app.ts [--outdir DIR] [--config FILE] [--local] [--allow-loopback]
 *
 * `cdk synth` and `cdk deploy` call it as `cdk.json` says.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CONSOLE, FUNCTIONS } from '../lib/contract.ts';
import type { Config } from '../lib/domain/config.ts';
import { toAwsCron } from '../lib/domain/cron.ts';
import { InvalidInputError } from '../lib/domain/errors.ts';
import { loadConfig } from '../lib/providers/config.ts';
import { bundleFunctions, CONFIG_FILE, functionDir } from './bundle.ts';
import { buildConsole, type PageFile, shipConsole } from './console.ts';
import type { FlowSchedule } from './constructs/schedules.ts';
import { loopbackConnections } from './loopback.ts';

const { values } = parseArgs({
  options: {
    outdir: { type: 'string', default: process.env.CDK_OUTDIR ?? 'cdk.out' },
    config: { type: 'string', default: 'errand.config.ts' },
    /** For this machine: loopback platforms are welcome and nothing is checked against CloudFormation's rules. */
    local: { type: 'boolean', default: false },
    /** Synthesises a configuration with loopback platforms, such as the sample; CloudFormation then refuses to deploy it. */
    'allow-loopback': { type: 'boolean', default: false },
  },
});

try {
  const outdir = resolve(values.outdir);
  const { config } = await loadConfig(values.config);
  const loopback = values.local ? [] : loopbackConnections(config);
  if (loopback.length > 0 && !values['allow-loopback']) throw onlyHttps(loopback);
  // The CDK takes seconds to load: not before there is something to build, and while esbuild and Vite work.
  const [{ createApp }, page] = await Promise.all([
    import('./create-app.ts'),
    buildConsole(),
    bundleFunctions({ outdir }),
  ]);
  await Promise.all([shipConfig(outdir, config), shipConsole(functionDir(outdir, 'api'), [...page, await drawing()])]);
  const props = { outdir, secretNames: secretNames(config), schedules: schedules(config), loopback };
  const app = await createApp({ ...props, validate: !values.local });
  app.synth();
} catch (error) {
  // A mistake in the configuration is explained by its message; a stack would hide it.
  console.error(error instanceof InvalidInputError ? error.message : error);
  process.exitCode = 1;
}

function onlyHttps(connections: readonly string[]): InvalidInputError {
  const message = 'expected https: a function in the cloud cannot reach a platform on this machine';
  const issues = connections.map((id) => ({ path: `connections.${id}.baseUrl`, message }));
  return new InvalidInputError('The configuration cannot be deployed:', issues);
}

/** As it was checked: defaults filled in, durations in milliseconds. */
async function shipConfig(outdir: string, config: Config): Promise<void> {
  const text = JSON.stringify(config);
  await Promise.all(FUNCTIONS.map((name) => writeFile(join(functionDir(outdir, name), CONFIG_FILE), text)));
}

/** The state machine, for the page to show. */
async function drawing(): Promise<PageFile> {
  const [{ workflowGraph }, { workflowStates }] = await Promise.all([
    import('./workflow-graph.ts'),
    import('./workflow-states.ts'),
  ]);
  return { name: CONSOLE.workflow, content: Buffer.from(JSON.stringify(workflowGraph(workflowStates()))) };
}

function secretNames(config: Config): readonly string[] {
  const names = Object.values(config.connections).flatMap(({ secret }) => secret ?? []);
  return [...new Set(names)].sort();
}

function schedules(config: Config): readonly FlowSchedule[] {
  return Object.entries(config.flows).flatMap(([flowId, { schedule }]) =>
    schedule === undefined ? [] : [{ flowId, expression: toAwsCron(schedule.cron), timezone: schedule.timezone }],
  );
}
