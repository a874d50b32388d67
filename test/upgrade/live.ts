/** Live runs through an upgrade, a roll-back and an upgrade again, each by a kill: the directory and the platforms live on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROVIDER_IDS, type ProviderId } from '../../lib/domain/config.ts';
import { type Fleet, SAMPLE_SECRETS, startFleet } from '../../lib/simulators/fleet.ts';
import { type Listed, listRuns } from '../system/requests.ts';
import type { HostSetup } from './host.ts';
import { type Host, startHost } from './start-host.ts';
import { ROOT, treeOf } from './tree.ts';
import { parametersOf, upgradeConfig } from './wishes.ts';

export interface LiveOptions {
  /** Commit or tag of the version before. */
  readonly from: string;
  readonly runs: number;
  /** How long each version is up at least before it is killed; longer where nothing has ended under it yet. */
  readonly stayMs: number;
  /** How long the runs may take to end at last. */
  readonly drainMs: number;
  readonly log: (line: string) => void;
}

export interface LiveResult {
  readonly runs: number;
  /** How many had ended when each version was killed. */
  readonly endedBefore: readonly number[];
  readonly lost: number;
  readonly doubleStarts: number;
  readonly open: number;
  /** Ended as no run of its flow should. */
  readonly wrong: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly findings: readonly string[];
}

/** How each flow ends, where no kill left its start in doubt. */
const ENDS: Readonly<Record<string, string>> = {
  onboard: 'SUCCEEDED',
  calculate: 'FAILED',
  offer: 'SUCCEEDED',
  invoice: 'FAILED',
  newsletter: 'SUCCEEDED_WITH_WARNINGS',
  order: 'SUCCEEDED',
  import: 'SUCCEEDED',
  post: 'SUCCEEDED',
  file: 'HANDED_OFF',
  forecast: 'SUCCEEDED',
  actuals: 'FAILED',
};
const FLOWS = Object.keys(ENDS);
/** So long that jobs outlive the versions that started them. */
const JOB_MS = { least: 2_000, most: 40_000 } as const;
const SLOTS = 60;
const SOME = 10;
const STAY_MOST_MS = 120_000;
const LOOK_EVERY_MS = 2_000;

type CleanUp = (task: () => Promise<void> | void) => void;

function platformsOf(): NonNullable<Parameters<typeof startFleet>[0]>['platforms'] {
  // Spread evenly, so that some end in each version.
  const durationMs = (_flow: string, nth: number) => JOB_MS.least + ((nth * 7_919) % (JOB_MS.most - JOB_MS.least));
  const long = { durationMs };
  // The robot is waited for, and its call has a limit.
  return { bryter: long, 'smart-flows': long, phixflow: {}, invision: long };
}

function prepare(fleet: Fleet, cleanUp: CleanUp): HostSetup {
  const folder = mkdtempSync(join(tmpdir(), 'errand-upgrade-'));
  cleanUp(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const dataDir = mkdtempSync(join(folder, 'data-'));
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(SAMPLE_SECRETS), { mode: 0o600 });
  const origins = Object.fromEntries(PROVIDER_IDS.map((id) => [id, fleet[id].origin]));
  const config = upgradeConfig(origins as Record<ProviderId, string>);
  const connections = { ...config.connections };
  const limited = connections['smart-flows'];
  if (limited) connections['smart-flows'] = { ...limited, limits: { inFlight: SLOTS } };
  const flows = Object.fromEntries(Object.entries(config.flows).filter(([id]) => FLOWS.includes(id)));
  const configFile = join(folder, 'errand.config.json');
  writeFileSync(configFile, JSON.stringify({ connections, flows }));
  return { dataDir, configFile };
}

async function accept({ apiUrl, key }: Host, runs: number): Promise<ReadonlyMap<string, string>> {
  const accepted = new Map<string, string>();
  const one = async (nth: number) => {
    const flowId = FLOWS[nth % FLOWS.length] ?? '';
    const tag = `up-${nth}`;
    const body = JSON.stringify({ parameters: parametersOf(flowId, tag), businessKey: tag });
    const headers = { 'x-api-key': key, 'content-type': 'application/json', 'idempotency-key': tag };
    const reply = await fetch(new URL(`/v1/flows/${flowId}/runs`, apiUrl), { method: 'POST', headers, body });
    if (reply.status === 202) accepted.set(tag, ((await reply.json()) as { readonly id: string }).id);
  };
  const every = 10;
  for (let from = 0; from < runs; from += every)
    await Promise.all(Array.from({ length: Math.min(every, runs - from) }, (_, nth) => one(from + nth)));
  return accepted;
}

const endedOf = (runs: readonly Listed[]) => runs.filter(({ endedAt }) => endedAt !== undefined);

/** Waits until more have ended than before, so that each version has ended some. */
async function someEnded({ apiUrl, key }: Host, before: number): Promise<number> {
  for (const until = Date.now() + STAY_MOST_MS; ; await sleep(LOOK_EVERY_MS)) {
    const ended = endedOf(await listRuns(apiUrl, key).catch((): readonly Listed[] => [])).length;
    if (ended >= before + SOME || Date.now() > until) return ended;
  }
}

async function drained({ apiUrl, key }: Host, count: number, withinMs: number): Promise<readonly Listed[]> {
  for (const until = Date.now() + withinMs; ; await sleep(LOOK_EVERY_MS)) {
    const runs = await listRuns(apiUrl, key).catch((): readonly Listed[] => []);
    if ((runs.length >= count && endedOf(runs).length === runs.length) || Date.now() > until) return runs;
  }
}

async function jobsOf(fleet: Fleet): Promise<readonly string[]> {
  const lists = await Promise.all(
    PROVIDER_IDS.map(
      async (id) => (await (await fetch(`${fleet[id].origin}/_simulator/jobs`)).json()) as readonly object[],
    ),
  );
  return lists.flat().map((job) => JSON.stringify(job));
}

function judge(accepted: ReadonlyMap<string, string>, runs: readonly Listed[], jobs: readonly string[]) {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const isInDoubt = ({ status, fallout }: Listed) =>
    status === 'FALLOUT' && (fallout as { readonly reason?: string }).reason === 'AMBIGUOUS_START';
  const lost = [...accepted]
    .filter(([, id]) => !byId.has(id))
    .map(([tag, id]) => `${tag}: ${id} is not there any more`);
  const doubles = runs.flatMap(({ id, businessKey, attempt }) => {
    const own = jobs.filter((job) => new RegExp(`${businessKey}(?!\\d)`).test(job)).length;
    return own > Number(attempt) ? [`${id}: ${own} jobs for ${attempt} attempts`] : [];
  });
  const attempts = runs.reduce((sum, { attempt }) => sum + Number(attempt), 0);
  // Where the platform keeps no parameters: in all, no more than were meant.
  const more = Array.from({ length: Math.max(0, jobs.length - attempts) }, () => 'more jobs than attempts');
  const open = runs.filter(({ endedAt }) => endedAt === undefined).map(({ id, status }) => `${id} is ${status}`);
  const wrong = endedOf(runs)
    .filter((run) => run.status !== ENDS[run.flowId] && !isInDoubt(run))
    .map(({ id, flowId, status, error }) => `${id} (${flowId}) ended ${status}: ${JSON.stringify(error)}`);
  const doubleStarts = [...doubles, ...more];
  return { lost, doubleStarts, open, wrong, findings: [...lost, ...doubleStarts, ...open, ...wrong] };
}

/** @throws NoHistoryError where the version before cannot be built. */
export async function upgradeLive(
  { from, runs, stayMs, drainMs, log }: LiveOptions,
  cleanUp: CleanUp,
): Promise<LiveResult> {
  const tree = await treeOf(from, cleanUp);
  const fleet = await startFleet({ platforms: platformsOf() ?? {} });
  cleanUp(() => fleet.close());
  const setup = prepare(fleet, cleanUp);
  let host = await startHost(tree, setup);
  cleanUp(() => host.kill());
  const accepted = await accept(host, runs);
  log(`${from}: ${accepted.size} runs accepted`);
  const endedBefore: number[] = [];
  for (const [name, next] of [
    ['the present', ROOT],
    [from, tree],
    ['the present', ROOT],
  ] as const) {
    await sleep(stayMs);
    endedBefore.push(await someEnded(host, endedBefore.at(-1) ?? 0));
    await host.kill();
    host = await startHost(next, setup);
    log(`${endedBefore.at(-1)} have ended; killed, and on with ${name}`);
  }
  const all = await drained(host, accepted.size, drainMs);
  const { findings, ...judged } = judge(accepted, all, await jobsOf(fleet));
  const statuses = Map.groupBy(all, ({ status }) => status);
  return {
    runs: all.length,
    endedBefore,
    lost: judged.lost.length,
    doubleStarts: judged.doubleStarts.length,
    open: judged.open.length,
    wrong: judged.wrong.length,
    statuses: Object.fromEntries([...statuses].map(([status, own]) => [status, own.length])),
    findings,
  };
}
