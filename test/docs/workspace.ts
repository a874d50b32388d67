/** A copy of the repository in which the commands of the pages are typed, with programs of its own on the path. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import { SIMULATOR_PORT, simulatorVariable } from '../../lib/simulators/sample-url.ts';
import { startCloud } from '../cli/cloud.ts';
import { temporaryDir } from '../system/instance.ts';
import type { Outcome } from './outcome.ts';
import { type Block, ROOT } from './pages.ts';
import { PLAIN, REPLACED } from './stand-ins.ts';
import { addressesIn, stop } from './started.ts';

const COPIED = [
  'lib',
  'functions',
  'infra',
  'bin',
  'bench',
  'package.json',
  'package-lock.json',
  'cdk.json',
  'tsconfig.json',
  'errand.config.ts',
];
const STAND_IN = join(ROOT, 'test/docs/stand-in.ts');
/** Most commands are called as they are, without a process in between. */
const NPX = `case "$1 $2" in
"errand local" | "errand simulate") ;;
"errand "*) shift; exec '${process.execPath}' bin/errand.js "$@" ;;
esac
exec '${process.execPath}' '${STAND_IN}' npx "$@"`;
const TIMEOUT_MS = 150_000;

export interface Workspace {
  readonly path: string;
  /** Types the block into a shell that still has the variables of the blocks before it. */
  type(block: Block): Promise<Outcome>;
}

export async function openWorkspace(cleanUp: (task: () => Promise<void>) => void): Promise<Workspace> {
  const path = temporaryDir(cleanUp);
  for (const name of COPIED) cpSync(join(ROOT, name), join(path, name), { recursive: true });
  linkPackages(path);
  writeFileSync(join(path, 'key.txt'), 'the-key-of-a-platform\n');
  const bin = preparePrograms(path);
  cleanUp(() => stop(path));
  const outputs: Record<string, string> = {};
  const cloud = await startCloud((task) => cleanUp(async () => task()), {}, outputs);
  const env = {
    PATH: bin,
    HOME: join(path, '.home'),
    LANG: 'C.UTF-8',
    AWS_EC2_METADATA_DISABLED: 'true',
    ERRAND_DOCS_WORKSPACE: path,
  };
  return {
    path,
    async type(block) {
      const aws = block.text.includes('--stack') ? stackEnvironment(path, cloud.env, outputs) : {};
      return run(path, withAddresses(path, block.text), { ...env, ...simulatorsOf(path), ...aws });
    },
  };
}

/** Each by itself, so that the CDK, which would look for an account, can be another. */
function linkPackages(path: string): void {
  const packages = join(path, 'node_modules');
  mkdirSync(join(packages, 'aws-cdk/bin'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== 'aws-cdk') symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
  writeFileSync(join(packages, 'aws-cdk/package.json'), '{"type":"module"}');
  const call = `process.argv.splice(2, 0, 'cdk'); await import('${STAND_IN}');\n`;
  writeFileSync(join(packages, 'aws-cdk/bin/cdk'), call);
}

/** Only what stands here can be called, so that a command that nobody thought of fails. */
function preparePrograms(path: string): string {
  const bin = join(path, '.programs');
  mkdirSync(bin);
  mkdirSync(join(path, '.home'));
  const write = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  write('node', `exec '${process.execPath}' "$@"`);
  for (const name of Object.keys(REPLACED)) write(name, `exec '${process.execPath}' '${STAND_IN}' ${name} "$@"`);
  write('npx', NPX);
  for (const name of PLAIN) symlinkSync(programOf(name), join(bin, name));
  return bin;
}

function programOf(name: string): string {
  const folder = (process.env.PATH ?? '').split(delimiter).find((one) => existsSync(join(one, name)));
  if (folder === undefined) throw new Error(`The pages use ${name}, which this machine lacks.`);
  return join(folder, name);
}

/** Ports of the pages are fixed; here they are whatever was free. */
function withAddresses(path: string, script: string): string {
  return Object.entries(addressesIn(path)).reduce((rest, [told, real]) => rest.replaceAll(told, real), script);
}

/** Where commands look for simulators that have no port of their own choosing. */
function simulatorsOf(path: string): Readonly<Record<string, string>> {
  const addresses = addressesIn(path);
  const origins = PROVIDER_IDS.map((id, index) => [id, addresses[`127.0.0.1:${SIMULATOR_PORT + index}`]] as const);
  return Object.fromEntries(origins.flatMap(([id, real]) => (real ? [[simulatorVariable(id), `http://${real}`]] : [])));
}

/** The stack "Errand" of the pages is the Errand on this machine. */
function stackEnvironment(path: string, cloud: Readonly<Record<string, string>>, outputs: Record<string, string>) {
  const file = readFileSync(join(path, '.errand/aws.env'), 'utf8');
  const values = Object.fromEntries(
    [...file.matchAll(/^export (\w+)='([^']*)'$/gm)].map(([, name, value]) => [name, value]),
  );
  Object.assign(outputs, {
    ApiUrl: values.ERRAND_API_URL,
    TableName: values.ERRAND_TABLE,
    RootKeySecret: values.ERRAND_ROOT_KEY_SECRET,
    Environment: values.ERRAND_ENVIRONMENT,
    StateMachineArn: values.ERRAND_STATE_MACHINE_ARN,
  });
  const aws = Object.entries(values).filter(([name]) => name?.startsWith('AWS_'));
  return { ...(Object.fromEntries(aws) as Record<string, string>), ...cloud };
}

async function run(path: string, script: string, env: Readonly<Record<string, string>>): Promise<Outcome> {
  const memory = join(path, '.variables');
  const lines = [
    'set -eo pipefail',
    `[ -e '${memory}' ] && . '${memory}' 2>/dev/null || true`,
    // What was true of an earlier block may have changed since.
    ...Object.entries(env).map(([name, value]) => `export ${name}='${value}'`),
    `trap '{ export -p; declare -f; } > ${memory}' EXIT`,
    'set -a',
    script,
  ];
  const child = spawn('/bin/bash', ['-c', lines.join('\n')], {
    cwd: path,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // With all that it has called, which holds its output open.
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), TIMEOUT_MS);
  const ended = new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  clearTimeout(timer);
  return { code, output: `${stdout}${stderr}` };
}
