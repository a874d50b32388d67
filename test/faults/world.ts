/** A whole Errand in one thread: the real functions and state machine, on services and platforms that a seed disturbs. */
import { createHash } from 'node:crypto';
import { MemoryLevel } from 'memory-level';
import type { Effects } from '../../lib/aws/effects.ts';
import { ENV } from '../../lib/contract.ts';
import type { Config, ProviderId } from '../../lib/domain/config.ts';
import type { Json } from '../../lib/domain/json.ts';
import type { LocalClock } from '../../lib/local/clock.ts';
import type { Database } from '../../lib/local/data-dir.ts';
import type { Definition } from '../../lib/local/definition.ts';
import { openEventSource } from '../../lib/local/event-source.ts';
import { STATE_MACHINE_ARN } from '../../lib/local/execution-names.ts';
import { createExecutions, type Executions } from '../../lib/local/executions.ts';
import { QUEUE_DEFINITIONS, QUEUES } from '../../lib/local/messaging.ts';
import type { Queues } from '../../lib/local/queue-types.ts';
import { openQueues } from '../../lib/local/queues.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import type { Dated, Fact } from './facts.ts';
import { createFunctionsWorld, type FunctionsWorld } from './functions.ts';
import { createKeys, type PlatformKeys } from './platform-keys.ts';
import { createPlatforms, type Platforms } from './platforms.ts';
import { createRecords, type Records } from './records.ts';
import { withCopies } from './scenarios.ts';
import { bucketClient, machineClient, type Objects, queueClient, secretsClient, type Vault } from './services/aws.ts';
import { createMemoryExecutions, type MemoryExecutions } from './services/memory-executions.ts';
import { type MemoryTable, openMemoryTable, TABLE_NAME } from './services/table.ts';
import { createStage, type Invocation, type Stage } from './stage.ts';
import type { Strikes } from './strikes.ts';
import type { VirtualThread } from './virtual-thread.ts';
import { type Answer, createWire } from './wire.ts';

export interface AcceptedStart {
  readonly provider: ProviderId;
  readonly nth: number;
  readonly runId: string;
}

export interface World {
  readonly thread: VirtualThread;
  readonly stage: Stage;
  readonly config: Config;
  readonly effects: Effects;
  readonly functions: FunctionsWorld;
  readonly executions: Executions;
  readonly executionStore: MemoryExecutions;
  /** Step Functions serves nobody before this. */
  readonly machine: { downUntilMs: number };
  readonly queues: Queues;
  readonly table: MemoryTable;
  readonly platforms: Platforms;
  readonly keys: PlatformKeys;
  readonly objects: Objects;
  /** SHA-256 of the replies that came whole, by the run that fetched them. */
  readonly served: ReadonlyMap<string, ReadonlySet<string>>;
  readonly records: Records;
  readonly accepted: readonly AcceptedStart[];
  /** Deploys another configuration, or the first one again. */
  changeTargets(): void;
  tell(fact: Fact): void;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly thread: VirtualThread;
  readonly strikes: Strikes;
  readonly config: Config;
  readonly definition: Definition;
  readonly see: (fact: Dated) => void;
  /** How far the clocks of the platforms are from ours. */
  readonly platformsAheadMs: number;
}

const ROOT_KEY = 'errand/root-key';
const ENVIRONMENT = {
  [ENV.table]: TABLE_NAME,
  [ENV.bucket]: 'errand-files',
  [ENV.stateMachine]: STATE_MACHINE_ARN,
  [ENV.rootKeySecret]: ROOT_KEY,
  [ENV.falloutQueue]: `https://sqs.example.com/${QUEUES.fallout}`,
  [ENV.environment]: 'test',
  [ENV.requestsPerSecond]: '10000',
} as const;
const QUEUE_OPTIONS = { batchSize: 5, maxConcurrency: 5 } as const;

export async function openWorld(options: WorldOptions): Promise<World> {
  const { thread, strikes, config, definition, see, platformsAheadMs } = options;
  const stage = createStage(thread, strikes);
  const tell = (fact: Fact) => see({ ...fact, atMs: thread.now() });
  const clock: LocalClock = {
    now: thread.now,
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
  };
  const vault: Vault = new Map([
    ...Object.entries(SAMPLE_SECRETS).map(([name, value]) => [name, [JSON.stringify(value)]] as const),
    [ROOT_KEY, [JSON.stringify({ key: Buffer.alloc(32, 7).toString('base64') })]] as const,
  ]);
  const keys = createKeys(vault);
  const objects: Objects = new Map();
  const served = new Map<string, Set<string>>();
  const table = await openMemoryTable(stage);
  const executionStore = createMemoryExecutions();
  const log = (line: string) => tell({ type: 'text', sink: 'the log', text: line });
  const database = new MemoryLevel() as unknown as Database;
  const queues = await openQueues({ database, definitions: QUEUE_DEFINITIONS, clock });
  const machine = { downUntilMs: 0 };
  const records = createRecords(thread.now, tell);
  const accepted: AcceptedStart[] = [];
  const lasting = createDurations(thread);
  const configs = [config, withCopies(config)] as const;
  let deployed = 0;
  const platformNow = () => thread.now() + platformsAheadMs;
  const platforms = createPlatforms({
    now: platformNow,
    onAccepted(provider, nth) {
      const runId = stage.current.getStore()?.runId ?? 'nobody';
      accepted.push({ provider, nth, runId });
      const lastsMs = lasting(provider);
      const endsAtMs = thread.now() + lastsMs;
      tell({ type: 'accepted', provider, nth, runId, attempt: records.runs.get(runId)?.attempt ?? 0, endsAtMs });
      return lastsMs;
    },
  });

  const line = (message: string, fields: Json) => log(`${message} ${JSON.stringify(fields)}`);
  const effects: Effects = {
    env: ENVIRONMENT,
    get config() {
      return configs[deployed % 2] ?? config;
    },
    log: { info: line, warn: line, error: line, count: () => {} },
    dynamodb: table.client,
    secretsManager: secretsClient(stage, vault),
    stepFunctions: machineClient(stage, {
      executions: () => executions,
      store: executionStore,
      isDown: () => thread.now() < machine.downUntilMs,
      onAsked: (name, input) => tell({ type: 'execution', name, input }),
    }),
    sqs: queueClient(stage, queues),
    s3: bucketClient(stage, objects),
    openReply: createWire({
      stage,
      platformAt: platforms.at,
      platformNow,
      translate: keys.translate,
      onSent({ kind }) {
        const invocation = stage.current.getStore();
        if (invocation !== undefined) tell({ type: 'sent', call: kind, invocation });
      },
      onAnswered(answer) {
        const invocation = stage.current.getStore();
        if (invocation?.name === 'fetch-output') serve(invocation, answer);
        const seconds = Number(answer.headers['retry-after']);
        const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
        if (invocation !== undefined) tell({ type: 'answered', invocation, status: answer.status, retryAfterMs });
      },
    }),
  };
  function serve({ runId = '' }: Invocation, { status, body, cutAfter }: Answer): void {
    if (status !== 200 || cutAfter !== undefined) return;
    const known = served.get(runId) ?? new Set();
    served.set(runId, known.add(createHash('sha256').update(body).digest('hex')));
  }
  const functions = createFunctionsWorld(stage, strikes, effects);
  functions.onAnswer = (invocation, answer) => {
    const text = JSON.stringify(answer);
    tell({ type: 'output', invocation, bytes: Buffer.byteLength(text) });
    tell({ type: 'text', sink: `what ${invocation.name} answers`, text });
  };
  table.onWritten = records.read;
  const executions = createExecutions({
    definition,
    store: executionStore,
    functions: { invoke: functions.invoke, close: async () => {} },
    clock,
    log,
    onFailed: (execution, status) =>
      void functions.invoke('settle', { execution, failure: { Error: 'ExecutionStopped', Cause: status } }),
  });
  const source = openEventSource({
    queues,
    queue: QUEUES.requests,
    invoke: (payload) => functions.invoke('intake', payload),
    ...QUEUE_OPTIONS,
    clock,
    log,
  });
  return {
    thread,
    stage,
    config,
    effects,
    functions,
    executions,
    executionStore,
    machine,
    queues,
    table,
    platforms,
    keys,
    objects,
    served,
    records,
    accepted,
    changeTargets() {
      deployed += 1;
      functions.deploy();
    },
    tell,
    async close() {
      void source.close();
      void executions.close();
    },
  };
}

/** Platforms that answer when the job has ended give it only so long. */
const LONGEST_MS: Readonly<Partial<Record<ProviderId, number>>> = { phixflow: 15_000, 'assist-edge': 8_000 };

/** Most jobs take seconds, some a minute. */
function createDurations({ random }: VirtualThread): (provider: ProviderId) => number {
  return (provider) => Math.round(500 + (LONGEST_MS[provider] ?? 60_000) * random() ** 4);
}
