/** Runs of one flow, one after the other, through the API, the synthesised machine and the bundled functions. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type AdjustableClock, adjustableClock } from '../../lib/local/adjustable-clock.ts';
import { buildStack } from '../../lib/local/build.ts';
import { BRYTER_MODULES, type BryterScenario, createBryterPlatform } from '../../lib/simulators/bryter.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { createInvisionPlatform, INVISION_FLOWS } from '../../lib/simulators/invision.ts';
import { type Simulator, serveSimulator } from '../../lib/simulators/simulator.ts';
import { createKeys } from '../keys.ts';
import { durationsOf, KINDS } from './durations.ts';
import { figuresOf, type Measured, type Seen, type Task } from './measured.ts';
import { createTally } from './tally.ts';
import { startVirtualRuntime } from './virtual-runtime.ts';

/** A flow is planned from its fifth run on. */
const COLD_RUNS = 5;
/** What the table's thread tells may come a moment after the answer. */
const SETTLE_MS = 20;
const SWEEPS_A_MONTH = 60 * 24 * 30;

interface Platform {
  readonly simulator: Simulator;
  /** Of the sample's connections. */
  readonly connection: object;
  readonly target: object;
  /** How long the next job takes. */
  setDuration(ms: number): void;
}

const keyOf = (name: string) => String(SAMPLE_SECRETS[`errand/sample-${name}`]?.apiKey);

type Open = (clock: AdjustableClock, durationMs: () => number) => Promise<Omit<Platform, 'setDuration'>>;

const openInvision: Open = async ({ now }, durationMs) => {
  const platform = createInvisionPlatform({ apiKey: keyOf('invision'), now, durationMs });
  const simulator = await serveSimulator(platform, { now });
  const connection = {
    provider: 'invision',
    baseUrl: `${simulator.origin}/invision`,
    secret: 'errand/sample-invision',
  };
  return { simulator, connection, target: { dataFlowId: INVISION_FLOWS.forecast } };
};

/** Nearly all of its time it waits for a person. */
const HUMAN: BryterScenario = {
  description: 'waits for a person',
  script: [
    { state: 'created', forMs: 1 },
    { state: 'running', forMs: 1 },
    { state: 'waiting_for_input', forMs: 10_000 },
    { state: 'running', forMs: 1 },
    { state: 'completed' },
  ],
};

const openBryter: Open = async ({ now }, durationMs) => {
  const publishedModuleId = BRYTER_MODULES.approval;
  const scenarios = { [publishedModuleId]: HUMAN };
  const platform = createBryterPlatform({ apiKey: keyOf('bryter'), now, scenarios, durationMs });
  const simulator = await serveSimulator(platform, { now });
  const connection = { provider: 'bryter', baseUrl: simulator.origin, secret: 'errand/sample-bryter' };
  return { simulator, connection, target: { publishedModuleId } };
};

async function openPlatform(task: Task, clock: AdjustableClock): Promise<Platform> {
  let nextMs = 0;
  const opened = await (KINDS[task.kind].isHuman ? openBryter : openInvision)(clock, () => nextMs);
  return {
    ...opened,
    setDuration(ms) {
      nextMs = ms;
    },
  };
}

const runSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  looks: z.number(),
});
const jobsSchema = z.array(z.looseObject({ startedAt: z.number() }));

async function startedAtPlatform({ origin }: Simulator): Promise<number> {
  const jobs = jobsSchema.parse(await (await fetch(`${origin}/_simulator/jobs`)).json());
  return jobs.at(-1)?.startedAt ?? Number.NaN;
}

export async function measureErrand(task: Task, progress: (line: string) => void): Promise<Measured> {
  const clock = adjustableClock();
  const platform = await openPlatform(task, clock);
  const flow = { connection: 'platform', target: platform.target, deadline: '10d' };
  const config = { connections: { platform: platform.connection }, flows: { job: flow } };
  const build = await buildStack('errand.config.ts', progress, new Date());
  let tally = createTally(build.template.memory);
  const meter = (use: Parameters<typeof tally.add>[0]) => tally.add(use);
  const { runtime, untilEnded, close } = await startVirtualRuntime({ clock, config, build, meter });
  const nextKey = await createKeys(runtime);

  async function call(path: string, init: RequestInit = {}) {
    const headers = { 'x-api-key': nextKey(), 'content-type': 'application/json' };
    const reply = await fetch(new URL(path, runtime.apiUrl), { ...init, headers });
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
    return runSchema.parse(await reply.json());
  }

  /** Away from the tally: what an onlooker asks is not the run's. */
  async function look(id: string) {
    const counted = tally;
    tally = createTally({});
    const run = await call(`/v1/runs/${id}`);
    await sleep(SETTLE_MS);
    tally = counted;
    return run;
  }

  async function letRun(durationMs: number): Promise<string> {
    platform.setDuration(durationMs);
    const { id } = await call('/v1/flows/job/runs', { method: 'POST', body: '{"parameters":{}}' });
    await untilEnded();
    return id;
  }

  async function oneRun(durationMs: number): Promise<Seen> {
    const id = await letRun(durationMs);
    await sleep(SETTLE_MS);
    const run = await look(id);
    if (run.status !== 'SUCCEEDED') throw new Error(`${id} ended ${run.status}: ${JSON.stringify(run)}`);
    const endMs = (await startedAtPlatform(platform.simulator)) + durationMs;
    return { lagMs: Date.parse(run.endedAt ?? '') - endMs, looks: run.looks };
  }

  async function series(name: string, durations: readonly number[]) {
    tally = createTally(build.template.memory);
    const seen: Seen[] = [];
    for (const durationMs of durations) {
      seen.push(await oneRun(durationMs));
      if (seen.length % 20 === 0) progress(`${name}: ${seen.length} of ${durations.length}`);
    }
    return { figures: figuresOf(tally, seen), lines: tally.lines() };
  }

  const durations = durationsOf(task.kind, task.seed, task.learn + task.count);
  // Secrets, connections and modules are as warm as with a steady stream of runs.
  await letRun(1_000 * 60);
  const coldRuns = Math.min(COLD_RUNS - 1, task.learn);
  const cold = await series('cold', durations.slice(0, coldRuns));
  for (const durationMs of durations.slice(coldRuns, task.learn)) await letRun(durationMs);
  progress(`learnt from ${task.learn}`);
  const { figures, lines } = await series('counted', durations.slice(task.learn));
  tally = createTally(build.template.memory);
  await runtime.invoke('sweep', {});
  await sleep(SETTLE_MS);
  const sweepUsdPerMonth = Number((tally.totals().dollars * SWEEPS_A_MONTH).toFixed(4));
  await close();
  await platform.simulator.close();
  return { ...figures, cold: cold.figures, sweepUsdPerMonth, lines };
}
