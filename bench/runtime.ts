/**
 * How much the runtime on one machine carries: runs completed per second with many in flight, processor time of a run,
 * memory of a waiting run, latency of an accepted request. The last line is JSON.
 *
 *   npm run -s bench:runtime [-- --in-flight 1000 --waiting 10000 --seconds 30]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Runtime, startRuntime } from '../lib/local/runtime.ts';
import { SAMPLE_SECRETS } from '../lib/simulators/fleet.ts';
import { timed } from './client.ts';
import { createKeys } from './keys.ts';
import { percentile } from './percentile.ts';
import { startPlatforms } from './platforms.ts';

const { values } = parseArgs({
  options: {
    'in-flight': { type: 'string', default: '1000' },
    waiting: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '30' },
  },
});
const IN_FLIGHT = Number(values['in-flight']);
const WAITING = Number(values.waiting);
const SECONDS = Number(values.seconds);
const ACCEPTS_PER_SECOND = 50;
const SENDERS = 16;

/** So long that a thousand in flight end at more than the target rate: seen at the third look, 13.5 s after the start. */
const JOB_MS = 12_500;

/** The same share of four platforms; AssistEdge takes a job and tells no more, so that nothing is in flight there. */
const FLOWS = [
  ['onboard-employee', { employeeName: 'Jane Roe', email: 'jane.roe@example.com' }],
  ['write-offer', { customer: 'Acme' }],
  ['import-orders', { region: 'EU' }],
  ['update-forecast', {}],
] as const;
const WAITING_FLOW = ['approve-contract', { title: 'Lease' }] as const;

setFlagsFromString('--expose_gc');
const collectGarbage: () => void = runInNewContext('gc');

interface Bench {
  readonly runtime: Runtime;
  post(flow: readonly [string, object]): Promise<number>;
}

async function open(dataDir: string): Promise<Bench> {
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(SAMPLE_SECRETS), { mode: 0o600 });
  const configFile = resolve(import.meta.dirname, '../errand.config.ts');
  const runtime = await startRuntime({ dataDir, configFile, port: 0, log: (line) => console.error(line) });
  const nextKey = await createKeys(runtime);
  return {
    runtime,
    async post([flowId, parameters]) {
      const headers = { 'x-api-key': nextKey(), 'content-type': 'application/json' };
      const body = JSON.stringify({ parameters });
      return timed(`${runtime.apiUrl}/v1/flows/${flowId}/runs`, 202, { method: 'POST', headers, body });
    },
  };
}

interface Throughput {
  readonly perSecond: number;
  /** Of the runtime and of the bench's own requests, which share a process; the platforms are another. */
  readonly cpuMsPerRun: number;
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** Keeps the number of open executions up and counts those that end. */
async function throughput({ runtime, post }: Bench): Promise<Throughput> {
  let started = 0;
  let busy = true;
  async function sender(): Promise<void> {
    while (busy) {
      if (runtime.executions.countRunning() >= IN_FLIGHT) await sleep(20);
      else await post(FLOWS[started++ % FLOWS.length] ?? FLOWS[0]);
    }
  }
  const senders = Array.from({ length: SENDERS }, sender);
  const completed = () => started - runtime.executions.countRunning();
  // The first wave comes all at once; what follows is steady.
  await sleep(30_000);
  const [before, begin, cpuBefore] = [completed(), performance.now(), cpuMs()];
  const inFlight: number[] = [];
  for (let second = 0; second < SECONDS; second += 1) {
    await sleep(1_000);
    inFlight.push(runtime.executions.countRunning());
  }
  const runs = completed() - before;
  const measured = {
    perSecond: runs / ((performance.now() - begin) / 1_000),
    cpuMsPerRun: (cpuMs() - cpuBefore) / runs,
  };
  console.error(`in flight while measured: ${Math.min(...inFlight)} to ${Math.max(...inFlight)}`);
  busy = false;
  await Promise.all(senders);
  await drained(runtime, 0);
  return measured;
}

async function drained(runtime: Runtime, open: number): Promise<void> {
  while (runtime.executions.countRunning() > open) await sleep(250);
}

/** Latency seen by a client that sends at a fixed rate, whether or not answers come. */
async function acceptLatency({ runtime, post }: Bench): Promise<readonly number[]> {
  const pending: Promise<number>[] = [];
  for (let count = 0; count < ACCEPTS_PER_SECOND * 20; count += 1) {
    pending.push(post(FLOWS[count % FLOWS.length] ?? FLOWS[0]));
    await sleep(1_000 / ACCEPTS_PER_SECOND);
  }
  const latencies = await Promise.all(pending);
  await drained(runtime, 0);
  // The first second finds every cache cold.
  return latencies.slice(ACCEPTS_PER_SECOND);
}

async function heapPerWaitingRunKb({ runtime, post }: Bench): Promise<number> {
  const heap = async () => {
    await sleep(1_000);
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await heap();
  let left = WAITING;
  const sender = async () => {
    while (left-- > 0) await post(WAITING_FLOW);
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  // Until each has been looked at and waits for a person.
  await sleep(30_000);
  const open = runtime.executions.countRunning();
  return ((await heap()) - before) / open / 1_024;
}

const platforms = await startPlatforms(JOB_MS);
const dataDir = mkdtempSync(join(tmpdir(), 'errand-bench-'));
try {
  const bench = await open(dataDir);
  // First, so that the latency is that of a process that has been at work for a while.
  const { perSecond, cpuMsPerRun } = await throughput(bench);
  console.error(
    `throughput with ${IN_FLIGHT} in flight: ${perSecond.toFixed(1)}/s, ${cpuMsPerRun.toFixed(1)} ms of processor time a run`,
  );
  const latencies = await acceptLatency(bench);
  console.error(`accept latency at ${ACCEPTS_PER_SECOND}/s: ${latencies.length} requests`);
  const heapKb = WAITING > 0 ? await heapPerWaitingRunKb(bench) : 0;
  await bench.runtime.close();
  console.log(
    JSON.stringify({
      completedPerSecond: Number(perSecond.toFixed(1)),
      heapPerWaitingRunKb: Number(heapKb.toFixed(1)),
      acceptP50Ms: Number(percentile(latencies, 50).toFixed(1)),
      acceptP99Ms: Number(percentile(latencies, 99).toFixed(1)),
    }),
  );
} finally {
  platforms.kill();
  rmSync(dataDir, { recursive: true, force: true });
}
