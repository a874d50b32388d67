/**
 * Records what a version leaves to its successors: how its functions are called, what they answer, what the table holds
 * and where its executions are. Run once for each release, before anything is changed.
 *
 *   npm run record-release -- --version 0.1.0 --commit v0.1.0
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ENV } from '../../lib/contract.ts';
import { PROVIDER_IDS, type ProviderId } from '../../lib/domain/config.ts';
import { openDataDir } from '../../lib/local/data-dir.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { createRequests } from '../system/requests.ts';
import { drive } from './drive.ts';
import type { RecordedCall } from './host.ts';
import { type Exchange, startRecordedPlatforms } from './recorded-platforms.ts';
import { type Recording, recordedReleases, writeRecording } from './recording.ts';
import { startHost } from './start-host.ts';
import { NoHistoryError, treeOf } from './tree.ts';
import { upgradeConfig } from './wishes.ts';

const HELP = `Usage: npm run record-release -- --version V --commit C [--times N]

  --version V   name of the version; its folder in test/upgrade/recorded
  --commit C    commit or tag of its sources
  --times N     how often each flow is asked for (default 6)`;

/** Good for nothing but what is recorded with it. */
const TEST_ROOT_KEY = Buffer.from('errand test root key, not secret').toString('base64').padEnd(44, '=');
const DUMP_EVERY_MS = 1_500;
/** Of one item that changes all the time, so many versions say enough. */
const KEPT_VERSIONS = 6;

type Item = Readonly<Record<string, unknown>>;
type CleanUp = (task: () => Promise<void> | void) => void;

interface Dump {
  take(): Promise<void>;
  items(): readonly Item[];
}

function createDump(environment: Readonly<Record<string, string>>, cleanUp: CleanUp): Dump {
  const client = new DynamoDBClient({
    region: String(environment.AWS_REGION),
    endpoint: String(environment.AWS_ENDPOINT_URL_DYNAMODB),
    credentials: {
      accessKeyId: String(environment.AWS_ACCESS_KEY_ID),
      secretAccessKey: String(environment.AWS_SECRET_ACCESS_KEY),
    },
  });
  cleanUp(() => client.destroy());
  /** By key, then by what tells its states apart: the status of a run, else its text. */
  const seen = new Map<string, Map<string, Item>>();
  return {
    async take() {
      for await (const { Items = [] } of paginateScan({ client }, { TableName: String(environment[ENV.table]) }))
        for (const item of Items.map((attributes) => unmarshall(attributes))) {
          const key = `${item.pk} ${item.sk}`;
          const versions = seen.get(key) ?? new Map<string, Item>();
          const state = String(item.status ?? JSON.stringify(item));
          versions.delete(state);
          versions.set(state, item);
          if (versions.size > KEPT_VERSIONS) versions.delete(String(versions.keys().next().value));
          seen.set(key, versions);
        }
    },
    items: () => [...seen.values()].flatMap((versions) => [...versions.values()]),
  };
}

function prepare(origins: Readonly<Record<ProviderId, string>>, cleanUp: CleanUp) {
  const folder = mkdtempSync(join(tmpdir(), 'errand-record-'));
  cleanUp(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const dataDir = mkdtempSync(join(folder, 'data-'));
  writeFileSync(join(dataDir, 'format'), '1\n');
  writeFileSync(join(dataDir, 'root-key'), JSON.stringify({ key: TEST_ROOT_KEY }), { mode: 0o600 });
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(SAMPLE_SECRETS), { mode: 0o600 });
  const configFile = join(folder, 'errand.config.json');
  writeFileSync(configFile, JSON.stringify(upgradeConfig(origins)));
  return { dataDir, configFile, recordTo: join(folder, 'calls.ndjson') };
}

/** Answers of the API are long and made of what the table holds; the status says whether they are still given. */
function shortened(call: RecordedCall): RecordedCall {
  if (call.name !== 'api') return call;
  const { statusCode } = (call.value ?? {}) as { readonly statusCode?: number };
  return { ...call, value: { statusCode } };
}

async function checkpointsIn(dataDir: string): Promise<readonly Item[]> {
  const { database, close } = await openDataDir(dataDir, new Date());
  try {
    const entries: Item[] = [];
    for await (const [key, value] of database.iterator({ gte: 'checkpoint!', lt: 'checkpoint"' }))
      entries.push({ name: key.slice('checkpoint!'.length), ...(JSON.parse(value) as object) });
    return entries;
  } finally {
    await close();
  }
}

async function record(version: string, commit: string, times: number, cleanUp: CleanUp): Promise<Recording> {
  const tree = await treeOf(commit, cleanUp);
  const exchanges: Exchange[] = [];
  const platforms = await startRecordedPlatforms((exchange) => void exchanges.push(exchange), cleanUp);
  const origins = Object.fromEntries(PROVIDER_IDS.map((id) => [id, platforms[id].origin]));
  const setup = prepare(origins as Record<ProviderId, string>, cleanUp);
  const host = await startHost(tree, setup);
  cleanUp(() => host.kill());
  Object.assign(process.env, host.environment);
  const requests = createRequests((task) => cleanUp(task), host.environment);
  const dump = createDump(host.environment, cleanUp);
  const driven = drive({ host, requests, times });
  let isOver = false;
  void driven.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await dump.take();
    await sleep(DUMP_EVERY_MS);
  }
  await driven;
  await dump.take();
  await host.kill();
  const lines = readFileSync(setup.recordTo, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const calls = lines.map((line) => shortened(JSON.parse(line) as RecordedCall)).sort((a, b) => a.atMs - b.atMs);
  const items = dump.items();
  const before = recordedReleases().filter((release) => release.version !== version);
  const own = recordedReleases().find((release) => release.version === version);
  return {
    release: {
      version,
      order: own?.order ?? before.length + 1,
      commit,
      recordedAt: new Date().toISOString(),
      testRootKey: TEST_ROOT_KEY,
      testApiKey: host.key,
      calls: calls.length,
      items: items.length,
    },
    calls,
    items,
    exchanges,
    checkpoints: await checkpointsIn(setup.dataDir),
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      version: { type: 'string' },
      commit: { type: 'string' },
      times: { type: 'string', default: '6' },
      help: { type: 'boolean', default: false },
    },
  });
  const { version, commit, times, help } = values;
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (version === undefined || commit === undefined) throw new Error('--version and --commit are needed; see --help');
  const tasks: (() => Promise<void> | void)[] = [];
  try {
    const recording = await record(version, commit, Number(times), (task) => void tasks.unshift(task));
    const bytes = writeRecording(recording);
    const { release, exchanges, checkpoints } = recording;
    const { calls, items } = release;
    console.log(
      JSON.stringify({ version, calls, items, exchanges: exchanges.length, checkpoints: checkpoints.length, bytes }),
    );
    return 0;
  } finally {
    for (const task of tasks) await task();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof NoHistoryError ? 2 : 1;
}
