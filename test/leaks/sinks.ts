/** Everywhere that text can get to in a running Errand, read back as anybody could who may look there. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { ClassicLevel } from 'classic-level';
import { ENV } from '../../lib/contract.ts';
import { errand } from '../cli/errand.ts';
import { createRequests } from '../system/requests.ts';
import type { VirtualErrand } from '../system/virtual-errand.ts';
import type { Finding } from './search.ts';
import { DOCUMENT } from './smart-flows-placements.ts';

export interface Scene {
  readonly errand: VirtualErrand;
  readonly runIds: readonly string[];
  /** Answers of the API to what it refused, and texts of what was thrown. */
  readonly refusals: readonly string[];
  readonly thrown: readonly string[];
  readonly cleanUp: (task: () => Promise<void>) => void;
}

export interface Sink {
  readonly name: string;
  read(scene: Scene): Promise<readonly Finding[]>;
}

const one = (name: string, text: string): readonly Finding[] => [{ sink: name, text }];
const logOf = ({ errand: { dataDir } }: Scene) => readFileSync(join(dataDir, 'functions.log'), 'utf8');

async function ask(scene: Scene, path: string): Promise<Finding> {
  const { runtime, key } = scene.errand;
  const reply = await fetch(new URL(path, runtime.apiUrl), { headers: { 'x-api-key': key }, redirect: 'manual' });
  const headers = JSON.stringify([...reply.headers]);
  return { sink: `GET ${path}`, text: `${reply.status} ${headers} ${await reply.text()}` };
}

const RUN_PATHS = ['', '/events', '/output'] as const;
const OTHER_PATHS = [
  '/v1/flows',
  '/v1/connections',
  '/v1/keys',
  '/v1/queue',
  '/openapi.json',
  '/health',
  '/v1/runs?limit=100',
  '/v1/runs?status=FALLOUT&limit=100',
] as const;

async function apiReplies(scene: Scene): Promise<readonly Finding[]> {
  const runs = scene.runIds.flatMap((id) => RUN_PATHS.map((path) => `/v1/runs/${id}${path}`));
  return Promise.all([...OTHER_PATHS, ...runs].map((path) => ask(scene, path)));
}

async function tableItems({ errand: { runtime } }: Scene): Promise<readonly Finding[]> {
  const client = new DynamoDBClient({});
  const found: Finding[] = [];
  for (let start: Record<string, never> | undefined, first = true; first || start !== undefined; first = false) {
    const page = await client.send(
      new ScanCommand({ TableName: runtime.environment[ENV.table], ExclusiveStartKey: start }),
    );
    for (const item of page.Items ?? [])
      found.push({ sink: `item ${item.pk?.S ?? ''} ${item.sk?.S ?? ''}`, text: JSON.stringify(item) });
    start = page.LastEvaluatedKey as Record<string, never> | undefined;
  }
  client.destroy();
  return found;
}

async function histories({ errand: { runtime } }: Scene): Promise<readonly Finding[]> {
  const client = new SFNClient({});
  const found: Finding[] = [];
  const stateMachineArn = runtime.environment[ENV.stateMachine];
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const page = await client.send(new ListExecutionsCommand({ stateMachineArn, nextToken: token }));
    for (const { executionArn } of page.executions ?? []) {
      const described = await client.send(new DescribeExecutionCommand({ executionArn }));
      const history = await client.send(new GetExecutionHistoryCommand({ executionArn, includeExecutionData: true }));
      found.push({ sink: `history ${described.name}`, text: JSON.stringify([described, history]) });
    }
    token = page.nextToken;
  }
  client.destroy();
  return found;
}

/** Ours by right, private to the laptop's user: `README.md` and `design.md` §8 say what lies in each. */
const OWN_FILES = new Set(['secrets.json', 'root-key', 'event-key', 'dev-key', 'access-key', 'aws.env']);

/** Every file, and every entry of every database, because their files are compressed. */
async function dataDirectory({ errand: { dataDir } }: Scene): Promise<readonly Finding[]> {
  const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter(
    (name) => statSync(join(dataDir, name)).isFile() && !OWN_FILES.has(name),
  );
  const databases = new Set(files.filter((name) => name.endsWith('CURRENT')).map((name) => join(dataDir, name, '..')));
  // Files first: opening a database rewrites its own.
  const raw = files
    .map((name) => ({ sink: `file ${name}`, text: readFileSync(join(dataDir, name), 'utf8') }))
    .filter(({ text }) => text !== DOCUMENT);
  const entries = await Promise.all([...databases].map((path) => entriesOf(path, relative(dataDir, path))));
  return [...raw, ...entries.flat()];
}

async function entriesOf(path: string, name: string): Promise<readonly Finding[]> {
  const database = new ClassicLevel(path, { createIfMissing: false });
  const found: Finding[] = [];
  for await (const [key, value] of database.iterator())
    found.push({ sink: `entry ${name} ${key}`, text: `${key}${value}` });
  await database.close();
  return found;
}

const queue = (name: string): Sink => ({
  name: `queue ${name}`,
  async read({ errand: { runtime }, cleanUp }) {
    const bodies = await createRequests(cleanUp, runtime.environment).drain(name);
    return bodies.map((text, index) => ({ sink: `queue ${name} ${index}`, text }));
  },
});

/** Server-sent events from the first one that is kept. */
async function feed({ errand: { runtime, key } }: Scene): Promise<readonly Finding[]> {
  const leave = new AbortController();
  const headers = { 'x-api-key': key, 'last-event-id': 'none-of-them' };
  const reply = await fetch(new URL('/v1/events', runtime.apiUrl), { headers, signal: leave.signal });
  let text = '';
  const idle = () => AbortSignal.timeout(1_500);
  const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const late = new Promise<undefined>((done) => idle().addEventListener('abort', () => done(undefined)));
    const part = await Promise.race([reader?.read(), late]);
    if (part === undefined || part.done) break;
    text += part.value;
  }
  leave.abort();
  return one('events feed', text);
}

const COMMANDS = [['connections', '--json'], ['fallout'], ['runs', '--limit', '100', '--json']] as const;

/** The commands, and `show` for runs whose records hold most. */
async function commands({ errand: { dataDir, configFile }, runIds }: Scene): Promise<readonly Finding[]> {
  const [first = '', last = ''] = [runIds[0], runIds.at(-1)];
  const shown = [
    ['show', first],
    ['show', last, '--json'],
  ];
  const doctor = ['doctor', '--config', configFile, '--json'];
  const all = await Promise.all(
    [...COMMANDS, ...shown, doctor].map(async (words) => {
      const { stdout, stderr } = await errand([...words, '--data', dataDir]);
      return { sink: `errand ${words.join(' ')}`, text: `${stdout}\n${stderr}` };
    }),
  );
  return all;
}

/** Where the documents say that a key goes. */
const KEY_HEADERS = new Set(['authorization', 'x-api-key']);

function sent({ errand: { fleet } }: Scene): readonly Finding[] {
  const { close: _, ...platforms } = fleet;
  return Object.entries(platforms).flatMap(([name, { requests }]) =>
    requests.map(({ method, path, headers }) => {
      const others = Object.entries(headers).filter(([header]) => !KEY_HEADERS.has(header));
      return {
        sink: `request to ${name}: ${method} ${path.slice(0, 60)}`,
        text: `${method} ${path} ${JSON.stringify(others)}`,
      };
    }),
  );
}

/** What is read while it runs. */
export const LIVE_SINKS: readonly Sink[] = [
  { name: 'API replies', read: apiReplies },
  { name: 'API refusals', read: async ({ refusals }) => refusals.map((text) => ({ sink: 'refusal', text })) },
  { name: 'table items', read: tableItems },
  { name: 'execution histories', read: histories },
  queue('errand-fallout'),
  queue('errand-requests-dead'),
  queue('errand-undelivered'),
  { name: 'events feed', read: feed },
  { name: 'commands', read: commands },
  { name: 'requests sent', read: async (scene) => sent(scene) },
  { name: 'functions log', read: async (scene) => one('functions.log', logOf(scene)) },
  {
    name: 'metrics',
    read: async (scene) =>
      one(
        'metrics',
        logOf(scene)
          .split('\n')
          .filter((line) => line.includes('_aws'))
          .join('\n'),
      ),
  },
  { name: 'thrown messages', read: async ({ thrown }) => thrown.map((text) => ({ sink: 'thrown', text })) },
  { name: 'terminal', read: async ({ errand: { printed } }) => one('terminal', printed.join('\n')) },
];

/** What is left when it has ended: logs, events, objects, and every entry of the table, the queues and the executions. */
export const DIRECTORY_SINK: Sink = { name: 'data directory', read: dataDirectory };
