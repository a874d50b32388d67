/** The embedded runtime at steady load with faults on, and whether everything is as it was once the load is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PROVIDER_IDS, type ProviderId } from '../../lib/domain/config.ts';
import { isTerminal, OPEN_STATUSES } from '../../lib/domain/status.ts';
import { DEAD_REQUESTS, listRuns } from '../system/requests.ts';
import { readTable, runOfNotice } from './evidence.ts';
import { beginFaults, type FaultName } from './faults.ts';
import { secretName } from './flows.ts';
import { type Evidence, judge, type Verdict } from './judge.ts';
import { type Reading, warmUpMs } from './memory.ts';
import type { Memory } from './process-memory.ts';
import type { Sample } from './runtime-process.ts';
import { type WatchOptions, watch } from './watch.ts';
import { type CleanUp, openWorld, type World } from './world.ts';

export interface SoakOptions extends WatchOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Requests a second. */
  readonly rate: number;
  readonly faults: readonly FaultName[];
  /** Nothing happens to starts at the platforms, so that nothing is in doubt for as long as its fence. */
  readonly onlyLooks?: boolean;
  /** How long the runs may take to end once the load and the faults are over. */
  readonly drainMs: number;
  /** Ends the load early; all is checked as ever. */
  readonly signal?: AbortSignal;
}

export interface SoakResult {
  readonly loadMs: number;
  readonly requests: number;
  readonly acknowledged: number;
  readonly runs: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly verdict: Verdict;
  /** How each run came about that a finding names. */
  readonly stories: readonly string[];
  readonly readings: readonly Reading[];
  readonly socketsLeaked: number;
  readonly handlesLeaked: Readonly<Record<string, number>>;
  /** How many more promises the main thread keeps at the end than before the load. */
  readonly promisesMore: number;
  /** At the end. */
  readonly memory: Memory;
  readonly faults: Readonly<Record<string, number>>;
}

/** Idle connections are kept for half a minute by some, and every minute a sweep opens new ones. */
const SETTLE_MS = 75_000;
const MINUTE_MS = 60_000;
const OPEN_QUERY = OPEN_STATUSES.map((status) => `&status=${status}`).join('');

/** A run is marked at its end before its execution is over, and the schedule begins one each minute. */
const REST_MS = 30_000;

/** Waits until something holds, for so long at most. */
async function settled(isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await isSo().catch(() => false)) && performance.now() < until) await sleep(500);
}

/** Only kinds that hold something; timers and threads come and go with the minute and with each function's first call. */
const HELD = /^(TCP|Pipe|FSReq|FSEvent|Process|TTY|UDP)/;

function leakedHandles(before: Sample, after: Sample): Readonly<Record<string, number>> {
  const more = Object.entries(after.handles).map(([kind, held]) => [kind, held - (before.handles[kind] ?? 0)] as const);
  return Object.fromEntries(more.filter(([kind, leaked]) => HELD.test(kind) && leaked > 0));
}

/** `promisesMore` that are no leak: of functions that were called, and of whatever the schedule begins just then. */
export const PROMISES_ALLOWED = 20;

interface Held {
  readonly sample: Sample;
  readonly promises: number;
}

async function readHeld({ child }: World): Promise<Held> {
  return { sample: await child.sample(), promises: await child.promises() };
}

/** As it is once idle connections are closed and nothing goes on for a moment, or after a while. */
async function letGo(world: World, before: Held): Promise<Held> {
  await world.requests.close();
  let now = await readHeld(world);
  await settled(async () => {
    now = await readHeld(world);
    const isIdle = Object.keys(leakedHandles(before.sample, now.sample)).length === 0;
    return isIdle && now.sample.sockets <= before.sample.sockets && now.promises <= before.promises + PROMISES_ALLOWED;
  }, SETTLE_MS);
  return now;
}

async function isDrained({ child, key, requests }: World): Promise<boolean> {
  if ((await requests.count()) > 0) return false;
  return (await listRuns(child.apiUrl, key, OPEN_QUERY)).length === 0;
}

/** How all stands at a moment when nothing goes on; whatever never comes to an end is there after a while as well. */
async function readAtRest({
  child,
  platforms,
}: World): Promise<Pick<Evidence, 'runs' | 'slotHolders' | 'running' | 'jobs'>> {
  // The jobs first: a run that the schedule begins meanwhile has its record before its job.
  const read = async () => ({
    jobs: Object.fromEntries(PROVIDER_IDS.map((id) => [id, platforms[id].jobs()])) as Evidence['jobs'],
    running: (await child.sample()).running,
    ...(await readTable(child.environment)),
  });
  let last = await read();
  await settled(async () => {
    if (last.running === 0 && last.runs.every(({ status }) => isTerminal(status))) return true;
    last = await read();
    return false;
  }, REST_MS);
  return last;
}

async function gather(world: World, loadMs: number): Promise<Evidence> {
  const { requests, load } = world;
  const atRest = await readAtRest(world);
  const notices = await requests.drain('errand-fallout');
  const minutes = Math.floor(loadMs / MINUTE_MS);
  return {
    wishes: load.wishes,
    ...atRest,
    toldFallout: notices.map(runOfNotice),
    leftInQueues: (await requests.count()) + (await requests.count(DEAD_REQUESTS)),
    // While the rest drains, minutes begin as well.
    slots: { least: minutes, most: Number.POSITIVE_INFINITY },
  };
}

function tally(runs: Evidence['runs']): Readonly<Record<string, number>> {
  const groups = Map.groupBy(runs, ({ status, fallout }) => (fallout ? `${status} ${fallout.reason}` : status));
  return Object.fromEntries([...groups].map(([status, own]) => [status, own.length]).sort());
}

function storiesOf({ runs, jobs }: Evidence, { findings }: Verdict): readonly string[] {
  const named = runs.filter(({ id }) => findings.some((finding) => finding.includes(id)));
  return named.flatMap(({ id, businessKey, remoteId, events }) => [
    `${id} (${businessKey}) as ${remoteId}`,
    ...events.map(({ at, type, message }) => `  ${at} ${type}: ${message}`),
    ...Object.values(jobs)
      .flat()
      .filter((job) => JSON.stringify(job).includes(`"${businessKey}"`))
      .map((job) => `  the platform has ${JSON.stringify(job)}`),
  ]);
}

/**
 * Meant to be the busiest minute: the system's allocator keeps the room that its busiest moment took, and a later
 * one that took more would look like growth. The warm-up leaves as much time again to calm down.
 */
const PEAK = { afterMs: 30_000, forMs: MINUTE_MS, timesRate: 3 } as const;

async function peak({ load }: World, { minutes, rate }: SoakOptions, over: AbortSignal): Promise<void> {
  if (warmUpMs(minutes * MINUTE_MS) < 2 * (PEAK.afterMs + PEAK.forMs)) return;
  await sleep(PEAK.afterMs, undefined, { signal: over }).catch(() => {});
  await load.run(rate * (PEAK.timesRate - 1), AbortSignal.any([over, AbortSignal.timeout(PEAK.forMs)]));
}

/** The load with all faults, until its time is up or somebody ends it. */
async function underLoad(world: World, options: SoakOptions) {
  const { child, secrets, load, doors } = world;
  const { minutes, rate, signal } = options;
  const over = AbortSignal.any([AbortSignal.timeout(minutes * MINUTE_MS), ...(signal ? [signal] : [])]);
  doors.setTrouble(true);
  const putSecret = async (id: ProviderId, secret: object) => {
    await secrets.send(new PutSecretValueCommand({ SecretId: secretName(id), SecretString: JSON.stringify(secret) }));
  };
  const { faults, onlyLooks = false } = options;
  const plan = beginFaults({ ...world, crash: child.crash, putSecret, onlyLooks }, faults, rate);
  const begun = performance.now();
  try {
    const [readings] = await Promise.all([
      watch(world, options, over),
      load.run(rate, over),
      peak(world, options, over),
    ]);
    return { readings, loadMs: performance.now() - begun };
  } finally {
    plan.stop();
    doors.setTrouble(false);
  }
}

async function soakIn(cleanUp: CleanUp, options: SoakOptions): Promise<SoakResult> {
  const { log, drainMs } = options;
  const world = await openWorld(cleanUp, options);
  const { child, load } = world;
  const before = await readHeld(world);
  const attending = new AbortController();
  const attended = load.attend(attending.signal);
  const { readings, loadMs } = await underLoad(world, options);
  log('The load is over, and so are the faults; waiting for the runs to end');
  await settled(() => isDrained(world), drainMs);
  attending.abort();
  await attended;
  const falloutTold = async () => {
    const { runs } = await readTable(child.environment);
    return runs.every(({ status, fallout }) => status !== 'FALLOUT' || fallout?.publishedAt !== undefined);
  };
  await child.sweep();
  await settled(falloutTold, 2 * MINUTE_MS);
  const evidence = await gather(world, loadMs);
  const after = await letGo(world, before);
  const verdict = judge(evidence);
  return {
    loadMs,
    requests: load.wishes.length,
    acknowledged: load.wishes.filter(({ acknowledged }) => acknowledged).length,
    runs: evidence.runs.length,
    statuses: tally(evidence.runs),
    verdict,
    stories: storiesOf(evidence, verdict),
    readings,
    socketsLeaked: Math.max(0, after.sample.sockets - before.sample.sockets),
    handlesLeaked: leakedHandles(before.sample, after.sample),
    promisesMore: after.promises - before.promises,
    memory: await child.memory(),
    faults: world.faults,
  };
}

/** Runs it; whatever it began has ended when this resolves. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const tasks: (() => Promise<void> | void)[] = [];
  try {
    return await soakIn((task) => void tasks.unshift(task), options);
  } finally {
    for (const task of tasks) await task();
  }
}
