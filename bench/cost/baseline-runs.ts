/** The usual sample on the same runtime: start, wait 30 s, poll, choose, record. It asks every 30 s, whatever it asks. */
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ENV } from '../../lib/contract.ts';
import { adjustableClock } from '../../lib/local/adjustable-clock.ts';
import type { Build } from '../../lib/local/build.ts';
import { type Definition, functionArn, type State } from '../../lib/local/definition.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { createInvisionPlatform } from '../../lib/simulators/invision.ts';
import { serveSimulator } from '../../lib/simulators/simulator.ts';
import { durationsOf } from './durations.ts';
import { figuresOf, type Measured, type Seen, type Task } from './measured.ts';
import type { Memory } from './tally.ts';
import { createTally } from './tally.ts';
import { startVirtualRuntime, type VirtualRuntime } from './virtual-runtime.ts';

const INTERVAL_SECONDS = 30;
/** Lambda's default. */
const MEMORY: Memory = { start: 128, poll: 128, 'fetch-output': 128 };
const API_KEY = String(SAMPLE_SECRETS['errand/sample-invision']?.apiKey);

const task = (name: 'start' | 'poll' | 'fetch-output', Next: string): State => ({
  Type: 'Task',
  Resource: functionArn(name),
  Retry: [{ ErrorEquals: ['States.ALL'] }],
  Next,
});

const DEFINITION: Definition = {
  StartAt: 'Start job',
  States: {
    'Start job': task('start', 'Wait 30 seconds'),
    'Wait 30 seconds': { Type: 'Wait', Seconds: INTERVAL_SECONDS, Next: 'Get job status' },
    'Get job status': task('poll', 'Job complete?'),
    'Job complete?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.status', StringEquals: 'Succeeded', Next: 'Record result' }],
      Default: 'Wait 30 seconds',
    },
    'Record result': task('fetch-output', 'Done'),
    Done: { Type: 'Succeed' },
  },
};

const BUILD: Build = {
  functionsDir: join(import.meta.dirname, 'baseline'),
  template: { definition: DEFINITION, environments: {}, memory: MEMORY },
};

const flowIdOf = (job: number) => `job-${job}`;

/** Every job has a data flow of its own, so that many may run at once. */
function openPlatform(durations: readonly number[], now: () => number) {
  const jobs = durations.map((forMs, job) => {
    const script = [{ state: 'Running', forMs } as const, { state: 'Succeeded' } as const];
    return [flowIdOf(job), { description: 'as long as it is told', script }] as const;
  });
  const platform = createInvisionPlatform({ apiKey: API_KEY, now, scenarios: Object.fromEntries(jobs) });
  return serveSimulator(platform).then((simulator) => ({ simulator, platform }));
}

async function endedAt({ runtime: { environment } }: VirtualRuntime, jobs: number): Promise<readonly number[]> {
  Object.assign(process.env, environment);
  const client = new DynamoDBClient({});
  const ends: number[] = [];
  for (let job = 0; job < jobs; job += 1) {
    const Key = { pk: { S: `JOB#${job}` }, sk: { S: 'JOB' } };
    const { Item } = await client.send(new GetItemCommand({ TableName: environment[ENV.table] ?? '', Key }));
    ends.push(Number(Item?.endedAt?.N));
  }
  client.destroy();
  return ends;
}

export async function measureBaseline(given: Task, progress: (line: string) => void): Promise<Measured> {
  const clock = adjustableClock();
  const durations = durationsOf(given.kind, given.seed, given.learn + given.count).slice(given.learn);
  const warmUp = durations.length;
  const { simulator, platform } = await openPlatform([...durations, 1_000], clock.now);
  let tally = createTally(MEMORY);
  const own = { PLATFORM_URL: `${simulator.origin}/invision`, PLATFORM_KEY: API_KEY };
  const virtual = await startVirtualRuntime({
    clock,
    config: { connections: {}, flows: {} },
    build: BUILD,
    functionEnvironment: (environment) => ({ ...environment, ...own }),
    // The runtime's own repairs are none of the sample's.
    meter: (use) => (use.kind === 'invocation' && !(use.name in MEMORY) ? undefined : tally.add(use)),
  });
  const start = (job: number) =>
    virtual.runtime.executions.start(`job-${job}`, JSON.stringify({ jobId: String(job), dataFlowId: flowIdOf(job) }));

  await start(warmUp);
  await virtual.untilEnded();
  tally = createTally(MEMORY);
  for (let job = 0; job < durations.length; job += 1) {
    await start(job);
    await virtual.runtime.idle();
    // Not all at the same moment, so that each has the machine for itself.
    clock.advance((INTERVAL_SECONDS * 1_000) / durations.length);
  }
  progress(`${durations.length} started`);
  await virtual.untilEnded();
  const counted = tally;
  tally = createTally(MEMORY);
  const ends = await endedAt(virtual, durations.length);
  const jobs = platform.jobs() as readonly { readonly dataFlowId: string; readonly startedAt: number }[];
  const begun = new Map(jobs.map(({ dataFlowId, startedAt }) => [dataFlowId, startedAt]));
  const polls = simulator.requests.filter(({ method }) => method === 'GET');
  const looksOf = (job: number) => polls.filter(({ path }) => path.includes(`/${flowIdOf(job)}/`)).length;
  const seen: Seen[] = durations.map((durationMs, job) => ({
    lagMs: (ends[job] ?? Number.NaN) - (begun.get(flowIdOf(job)) ?? Number.NaN) - durationMs,
    looks: looksOf(job),
  }));
  await virtual.close();
  await simulator.close();
  return { ...figuresOf(counted, seen), lines: counted.lines() };
}
