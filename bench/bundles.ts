/**
 * How large the functions are and how long they take to load, next to a plain handler with the same SDK clients, bundled
 * as esbuild does it without being told anything. Fresh processes, in turn, so that a busy machine slows both alike.
 *
 * The ratio is of what happens before the first event. Ours then loads the rest as it needs it (S3, the platform that is
 * asked, the tracer): `allMs` is the time for the function and every such part, more than any one invocation loads.
 *
 *   node bench/bundles.ts [name ...]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundleFunctions, functionDir } from '../infra/bundle.ts';
import { ENV, FUNCTIONS, type FunctionName } from '../lib/contract.ts';

const RUNS = 15;
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const DYNAMODB = 'DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb"';
const QUERIES = 'QueryCommand, BatchGetItemCommand } from "@aws-sdk/client-dynamodb"';
const SECRETS = 'SecretsManagerClient, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager"';
const READ_S3 = 'S3Client, GetObjectCommand } from "@aws-sdk/client-s3"';
const WRITE_S3 = 'PutObjectCommand, CopyObjectCommand } from "@aws-sdk/client-s3"';
const UPLOAD = 'Upload } from "@aws-sdk/lib-storage"';
const PRESIGN = 'getSignedUrl } from "@aws-sdk/s3-request-presigner"';
const STATES = 'SFNClient, StartExecutionCommand, DescribeExecutionCommand } from "@aws-sdk/client-sfn"';
const SEND = 'SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs"';

/** What each function uses of the SDK. */
const USES: Readonly<Record<FunctionName, readonly string[]>> = {
  start: [DYNAMODB, SECRETS, READ_S3],
  poll: [DYNAMODB, SECRETS],
  'fetch-output': [DYNAMODB, SECRETS, READ_S3, WRITE_S3, UPLOAD],
  release: [DYNAMODB, STATES],
  settle: [DYNAMODB, STATES],
  api: [DYNAMODB, QUERIES, SECRETS, READ_S3, WRITE_S3, PRESIGN, STATES],
  intake: [DYNAMODB, SECRETS, READ_S3, WRITE_S3, STATES],
  sweep: [DYNAMODB, QUERIES, SECRETS, READ_S3, WRITE_S3, STATES, SEND],
  announce: [SECRETS],
};

/** Enough of Lambda's environment for a function to load. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  NODE_OPTIONS: '--disable-proto=delete',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  [ENV.config]: 'errand.config.json',
  [ENV.table]: 'bench',
  [ENV.bucket]: 'bench',
  [ENV.rootKeySecret]: 'bench',
  [ENV.environment]: 'bench',
  [ENV.falloutQueue]: 'https://sqs.eu-west-1.amazonaws.com/000000000000/bench',
  [ENV.eventKeySecret]: 'bench',
  [ENV.requestsPerSecond]: '100',
  [ENV.stateMachine]: 'arn:aws:states:eu-west-1:000000000000:stateMachine:bench:live',
};

const LOAD = `
const start = performance.now();
for (const file of process.argv.slice(1)) await import(file);
console.log(JSON.stringify(performance.now() - start));
`;

const run = promisify(execFile);

async function loadMs(file: string, others: readonly string[] = []): Promise<number> {
  const args = ['--input-type=module', '--eval', LOAD, file, ...others];
  const { stdout } = await run(process.execPath, args, { cwd: dirname(file), env: ENVIRONMENT });
  return Number(stdout.trim().split('\n').at(-1));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function bundlePlain(name: FunctionName, outfile: string): Promise<void> {
  const imports = USES[name].map((use) => `import { ${use};`);
  const used = USES[name].flatMap((use) => use.split(' }')[0]?.split(', ') ?? []);
  const clients = used.filter((word) => word.endsWith('Client'));
  const contents = [
    ...imports,
    ...clients.map((client) => `const ${client.toLowerCase()} = new ${client}({});`),
    `export const handler = async (event) => [${[...used, ...clients.map((client) => client.toLowerCase())].join(', ')}].map((part) => part.name ?? event);`,
  ].join('\n');
  await build({ stdin: { contents, resolveDir: ROOT }, bundle: true, platform: 'node', outfile });
}

async function measure(name: FunctionName, dir: string) {
  const ours = join(functionDir(dir, name), 'index.mjs');
  const plain = join(dir, 'plain', name, 'index.cjs');
  await bundlePlain(name, plain);
  const parts = (await readdir(dirname(ours))).map((part) => join(dirname(ours), part)).filter((part) => part !== ours);
  const oursMs: number[] = [];
  const allMs: number[] = [];
  const plainMs: number[] = [];
  for (let i = 0; i < RUNS; i += 1) {
    oursMs.push(await loadMs(ours));
    plainMs.push(await loadMs(plain));
    allMs.push(await loadMs(ours, parts));
  }
  const result = {
    kb: await sizeKb(dirname(ours)),
    loadMs: round(median(oursMs)),
    plainKb: await sizeKb(dirname(plain)),
    plainMs: round(median(plainMs)),
    ratio: round(median(oursMs) / median(plainMs)),
    allMs: round(median(allMs)),
  };
  console.log(
    `${name.padEnd(14)}${result.kb} KB in ${result.loadMs} ms; plain: ${result.plainKb} KB in ${result.plainMs} ms; ratio ${result.ratio}; with all parts ${result.allMs} ms`,
  );
  return [name, result] as const;
}

/** Of everything that is shipped. */
async function sizeKb(dir: string): Promise<number> {
  const sizes = await Promise.all((await readdir(dir)).map(async (file) => (await stat(join(dir, file))).size));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1_024);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const wanted = process.argv.slice(2);
const names = FUNCTIONS.filter((name) => wanted.length === 0 || wanted.includes(name));
const dir = await mkdtemp(join(tmpdir(), 'errand-bundles-'));
try {
  await bundleFunctions({ outdir: dir });
  const results: (readonly [string, unknown])[] = [];
  for (const name of names) results.push(await measure(name, dir));
  console.log(JSON.stringify({ node: process.version, runs: RUNS, functions: Object.fromEntries(results) }));
} finally {
  await rm(dir, { recursive: true, force: true });
}
