import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import sample from '../../errand.config.ts';
import { startFleet } from '../../lib/simulators/fleet.ts';
import { shareOf } from '../helpers/share.ts';
import { prepareData } from './local-errand.ts';
import type { Mortal } from './mortal-runtime.ts';
import { createRequests, DEAD_REQUESTS, listRuns, type Requests } from './requests.ts';

/** With the life that is spared, no message is received more than five times. */
const KILLS = 4;
const STARTS_TO_LIVE = shareOf(60, 20);
/** Messages at a time: the first are enough for an end, should they be new. */
const BATCH = shareOf(80, 30);
const FLOW = 'archive-documents';
/** The lives are minutes apart, and nobody's run is to be too late for that. */
const FLOWS = { [FLOW]: { ...sample.flows[FLOW], deadline: '1h' } };
const MINUTE = 60_000;

interface Life {
  readonly environment: Readonly<Record<string, string>>;
  readonly requests: Requests;
  readonly ended: Promise<unknown>;
  kill(): Promise<void>;
}

async function live(mortal: Mortal): Promise<Life> {
  const program = join(import.meta.dirname, 'mortal-runtime.ts');
  const child = spawn(process.execPath, [program, JSON.stringify(mortal)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  const ended = once(child, 'close');
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  if (typeof line !== 'string') throw new Error(`it did not start: ${errors.join('')}`);
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const environment = JSON.parse(line);
  return { environment, requests: createRequests(onTestFinished, environment), ended, kill };
}

it(`every message that was taken has its run and its job, although the process died ${KILLS} times between the two`, {
  timeout: 10 * MINUTE,
}, async () => {
  const fleet = await startFleet();
  onTestFinished(() => fleet.close());
  const { dataDir, configFile } = await prepareData(onTestFinished, fleet, { flows: FLOWS });
  let aheadMs = 0;
  /** Each life begins two minutes after the last, and with a sweep. */
  const next = (startsToLive?: number) => {
    aheadMs += 2 * MINUTE;
    return live({ dataDir, configFile, aheadMs, ...(startsToLive !== undefined && { startsToLive }) });
  };
  const sent: string[] = [];
  for (let life = 0; life < KILLS; life += 1) {
    const { requests, ended } = await next(STARTS_TO_LIVE);
    let isAlive = true;
    ended.finally(() => {
      isAlive = false;
    });
    for (let from = 0; isAlive; from += BATCH) {
      const folders = Array.from({ length: BATCH }, (_, index) => `life-${life}-${from + index}`);
      const bodies = folders.map((folder) => ({ flowId: FLOW, requestId: folder, parameters: { folder } }));
      // Of what was on its way at the end, the sender knows nothing.
      await requests.send(...bodies).then(
        () => sent.push(...folders),
        () => {},
      );
      await Promise.race([ended, sleep(3_000)]);
    }
  }
  expect(sent.length).toBeGreaterThanOrEqual(KILLS * STARTS_TO_LIVE);
  const spared = await next();
  await spared.requests.taken(3 * MINUTE);
  expect(await spared.requests.count(DEAD_REQUESTS)).toBe(0);
  await spared.kill();

  const { environment } = await next();
  const key = readFileSync(join(dataDir, 'dev-key'), 'utf8').trim();
  const all = () => listRuns(String(environment.ERRAND_API_URL), key);
  const open = async () => (await all()).filter(({ endedAt }) => endedAt === undefined);
  await expect.poll(open, { timeout: 3 * MINUTE, interval: 250 }).toEqual([]);
  const runs = await all();
  const foldersOf = runs.map(({ parameters }) => String((parameters as Record<string, unknown>).folder));
  expect(new Set(foldersOf).size).toBe(runs.length);
  expect(foldersOf).toEqual(expect.arrayContaining(sent));
  const jobs = fleet['assist-edge'].requests.flatMap(({ body }) => /life-\d+-\d+/.exec(body)?.[0] ?? []);
  expect(new Set(jobs).size).toBe(jobs.length);
  // A call that was cut off by the end of the process is not made again: that is for a person to judge.
  for (const { status, fallout } of runs)
    expect(['HANDED_OFF', 'AMBIGUOUS_START']).toContain((fallout as { reason?: string })?.reason ?? status);
  expect(runs.filter(({ status }) => status === 'HANDED_OFF').length).toBeGreaterThan(
    runs.length - KILLS * STARTS_TO_LIVE,
  );
});
