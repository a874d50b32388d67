/** Fills a table with days of runs as people would find them: of several flows, with several ends, and what was learnt. */
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { createFlowHistories } from '../lib/aws/dynamodb-flow-histories.ts';
import { toRunItem } from '../lib/aws/run-items.ts';
import { ENV } from '../lib/contract.ts';
import type { LookPlan } from '../lib/domain/look-plan.ts';
import { amend, isoTime, newRecord, type Patch, type Stamp } from '../lib/domain/record.ts';
import type { EventType, Run } from '../lib/domain/run.ts';
import type { TerminalStatus } from '../lib/domain/status.ts';
import { planLooks } from '../lib/polling/plan-looks.ts';
import { FLOWS_OF_OLD, type FlowOfOld } from './flows-of-old.ts';
import { normalQuantile, seeded } from './random.ts';

export interface PastRunsOptions {
  readonly count: number;
  /** Back from now. */
  readonly days: number;
  /** @default 1 */
  readonly seed?: number;
}

interface PastRun {
  readonly flow: FlowOfOld;
  readonly number: number;
  readonly createdMs: number;
  readonly tookMs: number;
  readonly status: TerminalStatus;
}

/** Of one call, by the service's limit. */
const BATCH = 25;
/** What a history holds. */
const REMEMBERED = 64;
const BEFORE_START_MS = 900;

/** Writes them, with the durations that were remembered. */
export async function storePastRuns(
  environment: Readonly<Record<string, string>>,
  { count, days, seed = 1 }: PastRunsOptions,
): Promise<void> {
  const table = environment[ENV.table] ?? '';
  const client = new DynamoDBClient({ endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB ?? '', maxAttempts: 5 });
  const random = seeded(seed);
  const runs = imagine(count, days, random);
  const plans = new Map(FLOWS_OF_OLD.map((flow) => [flow, planOf(flow, runs)]));
  for (let from = 0; from < runs.length; from += BATCH) {
    const items = runs.slice(from, from + BATCH).map((past) => {
      const { news: _news, ...item } = toRunItem(recordOf(past, plans.get(past.flow), random));
      return { PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } };
    });
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: items } }));
  }
  for (const flow of FLOWS_OF_OLD) {
    for (const { createdMs, tookMs } of completedOf(flow, runs).slice(-REMEMBERED)) {
      const clock = { now: () => createdMs + tookMs };
      const histories = createFlowHistories({ client, table, clock, random });
      await histories.remember(`${flow.id}/${flow.connection}`, { fromMs: tookMs, toMs: tookMs });
    }
  }
  client.destroy();
}

/** Oldest first. */
function imagine(count: number, days: number, random: () => number): readonly PastRun[] {
  const endMs = Date.now() - 600_000;
  const moments = Array.from({ length: count }, () => endMs - random() * days * 86_400_000).sort((a, b) => a - b);
  return moments.map((createdMs, number) => {
    const flow = pick(FLOWS_OF_OLD, ({ weight }) => weight, random);
    const spread = 1 + flow.spread * normalQuantile(0.02 + 0.96 * random());
    const [status] = pick(flow.ends, ([, weight]) => weight, random);
    return { flow, number, createdMs: Math.round(createdMs), tookMs: Math.round(flow.usualMs * spread), status };
  });
}

function pick<Item>(items: readonly Item[], weightOf: (item: Item) => number, random: () => number): Item {
  let left = random() * items.reduce((sum, item) => sum + weightOf(item), 0);
  const found = items.find((item) => {
    left -= weightOf(item);
    return left < 0;
  });
  return found ?? (items[0] as Item);
}

function completedOf(flow: FlowOfOld, runs: readonly PastRun[]): readonly PastRun[] {
  return runs.filter((run) => run.flow === flow && /^(SUCCEEDED|FAILED)/.test(run.status));
}

/** As if all had been planned by the last. */
function planOf(flow: FlowOfOld, runs: readonly PastRun[]): LookPlan | undefined {
  const durationsMs = completedOf(flow, runs)
    .slice(-REMEMBERED)
    .map(({ tookMs }) => tookMs);
  return planLooks({ durationsMs, recentMs: [], recentAt: [] });
}

/** The record with its timeline, made by the steps that a real one goes through. */
function recordOf(past: PastRun, plan: LookPlan | undefined, random: () => number): Run {
  const { flow, createdMs, tookMs } = past;
  const startedMs = createdMs + BEFORE_START_MS;
  const atSeconds = (plan?.atSeconds ?? [2, 5, 15, 40, 90, 180, 300]).filter((at) => at * 1_000 < tookMs);
  let run = accepted(past, random);
  const step = (at: number, patch: Patch, type: EventType, message: string) => {
    run = amend(run, stampAt(at, random), patch, { type, message });
  };
  if (past.status === 'FALLOUT') return fallenOut(run, past, random);
  step(createdMs + 300, { status: 'STARTING' }, 'intent', 'About to start attempt 1.');
  const remoteId = `${flow.remotePrefix}${Math.floor(random() * 1e9).toString(36)}`;
  const begun = { remoteId, startedAt: isoTime(startedMs), attemptStartedAt: isoTime(startedMs) };
  step(
    startedMs,
    { status: 'RUNNING', ...begun, ...(plan && { plan }) },
    'started',
    `The platform has accepted it as ${remoteId}.`,
  );
  atSeconds.forEach((at, index) => {
    step(startedMs + at * 1_000, { looks: index + 1 }, 'look', 'The platform says "running".');
  });
  const { message, patch } = endOf(past);
  step(startedMs + tookMs + 400, { ...patch, status: past.status, looks: atSeconds.length + 1 }, 'ended', message);
  return run;
}

function accepted({ flow, number, createdMs }: PastRun, random: () => number): Run {
  return newRecord(
    {
      id: `run_${ulid(createdMs, random)}`,
      flowId: flow.id,
      connection: flow.connection,
      provider: flow.provider,
      status: 'ACCEPTED',
      attempt: 1,
      maxAttempts: 1,
      coolOffMs: 20_000,
      trigger: flow.trigger,
      input: { parameters: flow.parameters(number), sensitive: flow.sensitive ?? [] },
      ...(flow.businessKey && { businessKey: `${flow.businessKey}-${10_400 + number}` }),
      createdAt: isoTime(createdMs),
      deadline: isoTime(createdMs + 3_600_000),
      startBy: isoTime(createdMs + 3_600_000),
    },
    stampAt(createdMs, random),
    { type: 'accepted', message: `Accepted (${flow.trigger}).` },
  );
}

function endOf({ status, flow }: PastRun): { readonly message: string; readonly patch: Patch } {
  if (status === 'FAILED') {
    const error = { code: 'PROVIDER_FAILED', message: flow.failure ?? 'The platform reports that the job failed.' };
    return { message: error.message, patch: { error, remoteStatus: 'Failed' } };
  }
  if (status === 'CANCELED') return { message: 'Canceled on request.', patch: { remoteStatus: 'Canceled' } };
  if (status === 'TIMED_OUT') {
    const error = { code: 'DEADLINE', message: 'It had not ended when its time was up.' };
    return { message: error.message, patch: { error } };
  }
  const output = flow.output && { value: flow.output, files: [], bytes: JSON.stringify(flow.output).length };
  return { message: `The run has ended: ${status}.`, patch: { remoteStatus: 'Done', ...(output && { output }) } };
}

function fallenOut(run: Run, { createdMs }: PastRun, random: () => number): Run {
  const calledMs = createdMs + 300;
  const starting = amend(
    run,
    stampAt(calledMs, random),
    { status: 'STARTING' },
    {
      type: 'intent',
      message: 'About to start attempt 1.',
    },
  );
  const message = 'The answer to the start was lost; whether the platform took it cannot be found out.';
  const evidence = { attempt: 1, calledAt: isoTime(calledMs), fenceUntil: isoTime(calledMs + 20_000) };
  const error = { code: 'AMBIGUOUS_START', message };
  const patch = { status: 'FALLOUT', error, fallout: { reason: 'AMBIGUOUS_START', evidence } } as const;
  return amend(starting, stampAt(calledMs + 21_000, random), patch, { type: 'ended', message });
}

function stampAt(now: number, random: () => number): Stamp {
  return { now, writeId: Math.floor(random() * 2 ** 52).toString(16) };
}
