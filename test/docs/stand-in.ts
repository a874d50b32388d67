/** Does what `stand-ins.ts` says in the place of a program: `stand-in.ts PROGRAM WORDS…`, called by the shell of a page. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseStartOptions } from '../../lib/cli/local/options.ts';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import { SIMULATOR_PORT } from '../../lib/simulators/sample-url.ts';
import { callAws } from './aws-stand-in.ts';
import { ROOT } from './pages.ts';
import { startBeside, stop } from './started.ts';

const WORKSPACE = process.env.ERRAND_DOCS_WORKSPACE ?? '';
const NODE = process.execPath;

/** Runs it to its end, as if it had been called itself. */
function pass(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((done, fail) => child.once('error', fail).once('close', (code) => done(code ?? 1)));
}

function scriptOf(name: string): readonly string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const script = scripts[name];
  if (script === undefined) throw new Error(`package.json has no script "${name}".`);
  return script.split(' ');
}

function npm(words: readonly string[]): Promise<number> | number {
  const [verb = '', ...rest] = words.filter((word) => word !== '-s' && word !== '--');
  if (verb === 'ci' || verb === 'test') return 0;
  const [name = '', ...args] = verb === 'run' ? rest : [verb, ...rest];
  const [program, ...given] = scriptOf(name);
  const [file = '', ...own] = given.filter((word) => !word.startsWith('--'));
  if (program !== 'node') throw new Error(`The script "${name}" is not tried: it is no program of ours.`);
  if (name.startsWith('bench:') || name === 'faults') return existsSync(join(ROOT, file)) ? 0 : 1;
  if (name === 'start') return start([file, ...own], args);
  if (name === 'simulators') return simulate([file, ...own], args);
  return pass(NODE, [file, ...own, ...args]);
}

/** One that would stay up does so beside the shell, in place of the one before on the same data directory. */
async function start(program: readonly string[], args: readonly string[]): Promise<number> {
  const options = parseStartOptions(args);
  const others = args.filter((word, index) => word !== '--port' && args[index - 1] !== '--port');
  const call = [...program, ...others, '--port', '0'];
  if (options.once || options.help) return pass(NODE, call);
  const name = resolve(options.data);
  await stop(WORKSPACE, name);
  const printed = await startBeside({
    workspace: WORKSPACE,
    name,
    program: NODE,
    args: call,
    ready(text) {
      const real = /listens on http:\/\/(127\.0\.0\.1:\d+)/.exec(text)?.[1];
      return real === undefined ? undefined : { [`127.0.0.1:${options.port}`]: real };
    },
  });
  process.stdout.write(printed);
  return 0;
}

async function simulate(program: readonly string[], args: readonly string[]): Promise<number> {
  if (args.includes('--help')) return pass(NODE, [...program, ...args]);
  await stop(WORKSPACE, 'simulators');
  const given = args.indexOf('--port');
  const first = given < 0 ? SIMULATOR_PORT : Number(args[given + 1]);
  const others = args.filter((_, index) => given < 0 || (index !== given && index !== given + 1));
  const printed = await startBeside({
    workspace: WORKSPACE,
    name: 'simulators',
    program: NODE,
    args: [...program, ...others, '--port', '0'],
    ready(text) {
      if (!text.includes('Ctrl-C')) return undefined;
      const real = [...text.matchAll(/http:\/\/(127\.0\.0\.1:\d+)/g)].map(([, address = '']) => address);
      return Object.fromEntries(
        real.slice(0, PROVIDER_IDS.length).map((address, index) => [`127.0.0.1:${first + index}`, address]),
      );
    },
  });
  process.stdout.write(printed);
  return 0;
}

const ERRAND = 'bin/errand.js';
const STAYS_UP: Readonly<Record<string, (program: readonly string[], args: readonly string[]) => Promise<number>>> = {
  local: start,
  simulate,
};

function npx([program, ...words]: readonly string[]): Promise<number> | number {
  const [verb = '', ...rest] = words;
  if (program === 'errand') {
    const stayUp = Object.hasOwn(STAYS_UP, verb) ? STAYS_UP[verb] : undefined;
    return stayUp === undefined ? pass(NODE, [ERRAND, ...words]) : stayUp([ERRAND, verb], rest);
  }
  if (program === 'vitest') return vitest(words);
  if (program !== 'cdk') throw new Error(`"npx ${program}" is in no list of what the pages may call.`);
  return cdk(words);
}

/** The template is made as for a deployment, once for the same words. */
async function cdk([action = '', ...words]: readonly string[]): Promise<number> {
  if (!['deploy', 'diff', 'synth'].includes(action)) throw new Error(`"cdk ${action}" is in no list.`);
  const args = ['synth', '--quiet', ...words.filter((word) => word !== '--quiet')];
  const done = join(WORKSPACE, `.synth-${createHash('sha256').update(args.join('\0')).digest('hex')}`);
  if (existsSync(done)) return 0;
  // The checks of the template are another test's, and take seconds.
  const code = await pass(NODE, [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args], { CDK_VALIDATION: 'false' });
  if (code === 0) writeFileSync(done, '');
  return code;
}

function vitest(words: readonly string[]): number {
  const files = words.filter((word) => word.endsWith('.test.ts'));
  const missing = files.filter((file) => !existsSync(join(ROOT, file)));
  if (files.length > 0 && missing.length === 0) return 0;
  throw new Error(`There is no test ${missing.join(', ')}.`);
}

const PROGRAMS: Readonly<Record<string, (words: readonly string[]) => Promise<number> | number>> = {
  npm,
  npx,
  cdk,
  aws: (words) => callAws(words, resolve('.errand/aws.env')),
};

const [program = '', ...words] = process.argv.slice(2);
try {
  process.exitCode = await PROGRAMS[program]?.(words);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 127;
}
