/**
 * What the front door carries with everything on one machine: requests accepted per second, their latency at half of
 * that load, and how the list of runs grows with what is stored. The last line is JSON.
 *
 *   npm run -s bench:api [-- --seconds 15 --stored 100000]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Runtime, startRuntime } from '../lib/local/runtime.ts';
import { SAMPLE_SECRETS } from '../lib/simulators/fleet.ts';
import { timed } from './client.ts';
import { createKeys } from './keys.ts';
import { percentile } from './percentile.ts';
import { startPlatforms } from './platforms.ts';
import { storeRuns } from './store-runs.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '15' }, stored: { type: 'string', default: '100000' } },
});
const SECONDS = Number(values.seconds);
const STORED = Number(values.stored);
const FEW_STORED = 100;

/** Requests on their way at once while the most is asked of it. */
const SENDERS = 16;
/** Jobs that outlast the measurement: what is measured is the door, beside the work of starting what came in. */
const JOB_MS = 600_000;
const FLOW = ['update-forecast', {}] as const;
const LISTS = 300;

interface Door {
  readonly runtime: Runtime;
  /** Milliseconds until the reply was there. */
  accept(): Promise<number>;
  list(): Promise<number>;
}

async function open(dataDir: string): Promise<Door> {
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(SAMPLE_SECRETS), { mode: 0o600 });
  const configFile = resolve(import.meta.dirname, '../errand.config.ts');
  const runtime = await startRuntime({ dataDir, configFile, port: 0, log: (line) => console.error(line) });
  const nextKey = await createKeys(runtime);
  const headers = () => ({ 'x-api-key': nextKey(), 'content-type': 'application/json' });
  const [flowId, parameters] = FLOW;
  const body = JSON.stringify({ parameters });
  return {
    runtime,
    accept: () => timed(`${runtime.apiUrl}/v1/flows/${flowId}/runs`, 202, { method: 'POST', headers: headers(), body }),
    list: () => timed(`${runtime.apiUrl}/v1/runs?limit=50`, 200, { method: 'GET', headers: headers() }),
  };
}

/** As many as it takes, from senders that each wait for their reply. */
async function acceptsPerSecond(door: Door): Promise<number> {
  const until = performance.now() + SECONDS * 1_000;
  let accepted = 0;
  const sender = async () => {
    for (; performance.now() < until; accepted += 1) await door.accept();
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return accepted / ((performance.now() - begin) / 1_000);
}

/** Sends at a fixed rate, whether or not replies come. */
async function latencies(door: Door, perSecond: number): Promise<readonly number[]> {
  const begin = performance.now();
  const pending: Promise<number>[] = [];
  for (let count = 0; count < perSecond * SECONDS; count += 1) {
    const dueMs = begin + (count * 1_000) / perSecond - performance.now();
    if (dueMs > 0) await sleep(dueMs);
    pending.push(door.accept());
  }
  const measured = await Promise.all(pending);
  // The first second finds what came before still under way.
  return measured.slice(Math.ceil(perSecond));
}

async function listMs(door: Door): Promise<number> {
  for (let count = 0; count < 50; count += 1) await door.list();
  const measured: number[] = [];
  for (let count = 0; count < LISTS; count += 1) measured.push(await door.list());
  return percentile(measured, 50);
}

async function withDoor<Result>(use: (door: Door) => Promise<Result>): Promise<Result> {
  const dataDir = mkdtempSync(join(tmpdir(), 'errand-bench-'));
  const door = await open(dataDir);
  try {
    return await use(door);
  } finally {
    await door.runtime.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const platforms = await startPlatforms(JOB_MS);
try {
  const load = await withDoor(async (door) => {
    // Everything loaded, every cache warm.
    for (let count = 0; count < 100; count += 1) await door.accept();
    const perSecond = await acceptsPerSecond(door);
    console.error(`accepted with ${SENDERS} at once: ${perSecond.toFixed(1)}/s`);
    await sleep(10_000);
    return { perSecond, measured: await latencies(door, perSecond / 2) };
  });
  console.error(`latency at ${(load.perSecond / 2).toFixed(0)}/s: ${load.measured.length} requests`);
  const listed = await withDoor(async (door) => {
    await storeRuns(door.runtime.environment, FEW_STORED);
    const few = await listMs(door);
    await storeRuns(door.runtime.environment, STORED - FEW_STORED);
    const many = await listMs(door);
    console.error(`list of 50 with ${FEW_STORED} stored: ${few.toFixed(2)} ms, with ${STORED}: ${many.toFixed(2)} ms`);
    return { few, many };
  });
  console.log(
    JSON.stringify({
      acceptsPerSecond: Number(load.perSecond.toFixed(1)),
      p50Ms: Number(percentile(load.measured, 50).toFixed(1)),
      p99Ms: Number(percentile(load.measured, 99).toFixed(1)),
      listGrowth: Number((listed.many / listed.few).toFixed(2)),
    }),
  );
} finally {
  platforms.kill();
}
