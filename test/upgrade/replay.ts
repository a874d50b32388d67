/**
 * Calls the present functions as a recorded version's were called: the same payload, the record as it was then, the
 * same replies of the platforms. Times are moved, so that what was a moment ago then is a moment ago now.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { createApi } from '../../lib/api/app.ts';
import { announce, parseStreamRecords } from '../../lib/aws/announce.ts';
import {
  announceDependencies,
  apiDependencies,
  fetchOutputDependencies,
  intakeDependencies,
  pollDependencies,
  releaseDependencies,
  settleDependencies,
  startDependencies,
  sweepDependencies,
} from '../../lib/aws/dependencies.ts';
import { createInFlight } from '../../lib/aws/dynamodb-in-flight.ts';
import type { Effects } from '../../lib/aws/effects.ts';
import { intake, parseIntakeEvent } from '../../lib/aws/intake.ts';
import { ENV } from '../../lib/contract.ts';
import { PROVIDER_IDS } from '../../lib/domain/config.ts';
import { parseTaskInput } from '../../lib/domain/machine-state.ts';
import { parseSettleEvent } from '../../lib/domain/settle-event.ts';
import { checkConfig } from '../../lib/providers/config.ts';
import { SAMPLE_SECRETS } from '../../lib/simulators/fleet.ts';
import { fetchOutput } from '../../lib/workflow/fetch-output.ts';
import { pollRun } from '../../lib/workflow/poll-run.ts';
import { releaseSlot } from '../../lib/workflow/release-slot.ts';
import { settleRun } from '../../lib/workflow/settle-run.ts';
import { startRun } from '../../lib/workflow/start-run.ts';
import { parseSweepInput, sweep } from '../../lib/workflow/sweep.ts';
import { startTable } from '../helpers/dynalite.ts';
import { startObjectServer } from '../helpers/object-server.ts';
import type { RecordedCall } from './host.ts';
import { type Item, later, putItem } from './put-items.ts';
import type { Recording } from './recording.ts';
import { startReplayedPlatforms } from './replayed-platforms.ts';
import { upgradeConfig } from './wishes.ts';

export interface Replay {
  /** What the present version answers: the state it leads to, or the name of an error. */
  call(call: RecordedCall): Promise<unknown>;
  /** Requests to platforms that the recorded version did not make. */
  readonly unknownRequests: readonly string[];
}

type CleanUp = (task: () => Promise<void>) => void;

/** Of the connection with slots: as many as it has, held by somebody else. */
const ALL_SLOTS = [
  'run_00000000000000000000000001',
  'run_00000000000000000000000002',
  'run_00000000000000000000000003',
];
const LIMITED = 'smart-flows';
const SLOTS = { pk: `CONNECTION#${LIMITED}`, sk: 'SLOTS' };
/** Nearer than any lease that would be taken for a mistake. */
const LEASE_MS = 600_000;

/** Waits are over at once, and the time has passed all the same. */
function leapingClock() {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    async sleep(ms: number) {
      aheadMs += ms;
    },
  };
}

/** A client that answers everything the same. */
const answering = <Client>(reply: (input: Readonly<Record<string, unknown>>) => object) =>
  ({ send: async ({ input }: { readonly input: Readonly<Record<string, unknown>> }) => reply(input) }) as Client;

function secretsOf({ testRootKey }: Recording['release']): SecretsManagerClient {
  const own = { 'errand/root-key': { key: testRootKey }, 'errand/event-key': { eventKey: testRootKey } };
  const all: Readonly<Record<string, object>> = { ...SAMPLE_SECRETS, ...own };
  return answering(({ SecretId }) => ({
    SecretString: JSON.stringify(all[String(SecretId)]),
    VersionId: 'v1',
    VersionStages: ['AWSCURRENT'],
  }));
}

const ENVIRONMENT = {
  [ENV.stateMachine]: 'arn:aws:states:us-east-1:000000000000:stateMachine:errand:live',
  [ENV.rootKeySecret]: 'errand/root-key',
  [ENV.eventKeySecret]: 'errand/event-key',
  [ENV.environment]: 'local',
  [ENV.falloutQueue]: 'http://queue.invalid/fallout',
} as const;

export type ReplayEffects = Required<Pick<Effects, 'env' | 'config' | 'dynamodb'>> & Effects;

/** The present functions' world: a table, a bucket, the recorded secrets; nothing begins an execution. */
export async function openEffects(recording: Recording, origin: string, cleanUp: CleanUp): Promise<ReplayEffects> {
  const [table, objects] = await Promise.all([startTable(), startObjectServer()]);
  cleanUp(() => table.close());
  cleanUp(() => objects.close());
  const origins = Object.fromEntries(PROVIDER_IDS.map((id) => [id, origin]));
  return {
    env: { ...ENVIRONMENT, [ENV.table]: table.table, [ENV.bucket]: objects.bucket },
    config: checkConfig(upgradeConfig(origins as Parameters<typeof upgradeConfig>[0])),
    dynamodb: table.client,
    s3: objects.client as S3Client,
    secretsManager: secretsOf(recording.release),
    stepFunctions: answering<SFNClient>(() => ({ executionArn: 'arn', startDate: new Date() })),
    sqs: answering<SQSClient>(() => ({ MessageId: 'm' })),
    log: { info() {}, warn() {}, error() {}, count() {} } as unknown as NonNullable<Effects['log']>,
  };
}

const signal = new AbortController().signal;

/** What API Gateway gives to the function `api`, as far as it is read. */
interface GatewayEvent {
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly requestContext: { readonly http: { readonly method: string } };
}

function apiOf(effects: Effects): (payload: unknown) => Promise<unknown> {
  const app = createApi(apiDependencies(effects), { environment: 'local' });
  return async (payload) => {
    const { rawPath, rawQueryString = '', headers, body, requestContext } = payload as GatewayEvent;
    const query = rawQueryString === '' ? '' : `?${rawQueryString}`;
    const { method } = requestContext.http;
    const reply = await app.request(rawPath + query, { method, headers, ...(body !== undefined && { body }) });
    await reply.arrayBuffer();
    return { statusCode: reply.status };
  };
}

/** How the handler of each function calls its use case. */
function handlersOf(effects: Effects): Readonly<Record<string, (payload: unknown) => Promise<unknown>>> {
  /** Seen through: everything is built with the machine's clock, and waits by this one. */
  const timed = <Uses extends object>(uses: Uses): Uses =>
    Object.create(uses, { clock: { value: leapingClock(), enumerable: true } }) as Uses;
  const [start, poll, fetched] = [
    startDependencies(effects),
    pollDependencies(effects),
    fetchOutputDependencies(effects),
  ];
  const [released, settled] = [releaseDependencies(effects), settleDependencies(effects)];
  const [taken, swept, announced] = [
    intakeDependencies(effects),
    sweepDependencies(effects),
    announceDependencies(effects),
  ];
  return {
    start: (payload) => startRun(timed(start), parseTaskInput(payload), { signal }),
    poll: (payload) => pollRun(timed(poll), parseTaskInput(payload), { signal }),
    'fetch-output': (payload) => fetchOutput(timed(fetched), parseTaskInput(payload), { signal }),
    release: (payload) => releaseSlot(timed(released), parseTaskInput(payload)),
    settle: (payload) => settleRun(timed(settled), parseSettleEvent(payload)),
    intake: (payload) => intake(taken, parseIntakeEvent(payload), { signal }),
    sweep: (payload) => sweep(timed(swept), parseSweepInput(payload), { signal }),
    announce: (payload) => announce(announced, parseStreamRecords(payload)),
    api: apiOf(effects),
  };
}

/** What matters of an answer: where the machine goes, which messages come again, which events there are, which status. */
export function kindOf(name: string, value: unknown): unknown {
  if (name === 'announce') return (value as readonly { readonly detailType: string }[]).map((one) => one.detailType);
  if (name === 'sweep') return undefined;
  const { next, batchItemFailures, statusCode } = (value ?? {}) as Item;
  return next ?? batchItemFailures ?? statusCode;
}

const PARSERS: Readonly<Record<string, (payload: unknown) => unknown>> = {
  start: parseTaskInput,
  poll: parseTaskInput,
  'fetch-output': parseTaskInput,
  release: parseTaskInput,
  settle: parseSettleEvent,
  intake: parseIntakeEvent,
  sweep: parseSweepInput,
  announce: parseStreamRecords,
  api: (payload) => new URL((payload as GatewayEvent).rawPath, 'http://localhost'),
};

/** @throws InvalidInputError where a payload is no longer understood. */
export const parseCall = ({ name, payload }: RecordedCall): unknown => PARSERS[name]?.(payload);

export interface Difference extends RecordedCall {
  readonly answer: unknown;
  readonly wanted: unknown;
}

/** Tells these calls again; what the present version answers differently. */
export async function replayAll(
  recording: Recording,
  calls: readonly RecordedCall[],
  cleanUp: CleanUp,
): Promise<{ readonly differences: readonly Difference[]; readonly unknownRequests: readonly string[] }> {
  const replay = await openReplay(recording, cleanUp);
  const differences: Difference[] = [];
  for (const call of calls) {
    const answer = await replay.call(call);
    const wanted = call.error ?? kindOf(call.name, call.value);
    if (JSON.stringify(answer) !== JSON.stringify(wanted)) differences.push({ ...call, answer, wanted });
  }
  return { differences, unknownRequests: replay.unknownRequests };
}

export async function openReplay(recording: Recording, cleanUp: CleanUp): Promise<Replay> {
  const platforms = await startReplayedPlatforms(recording.exchanges, cleanUp);
  const effects = await openEffects(recording, platforms.origin, cleanUp);
  const handlers = handlersOf(effects);
  const table = { client: effects.dynamodb, table: String(effects.env[ENV.table]) };
  for (const item of recording.items.filter(({ sk }) => sk === 'APIKEY')) await putItem(table, item);

  const { line, dequeue } = createInFlight(table);

  /** The run's own record as it was, nobody in line, and the slots as the answer shows that they were. */
  async function setScene({ before, value, atMs }: RecordedCall): Promise<void> {
    if (before === undefined) return;
    for (const { runId } of await line(LIMITED, 100)) await dequeue(LIMITED, runId);
    await putItem(table, later(before as Item, Date.now() - atMs));
    const isFull = (value as { readonly next?: string } | undefined)?.next === 'PARK';
    const leaseUntil = Date.now() + LEASE_MS;
    await putItem(table, {
      ...SLOTS,
      holders: Object.fromEntries(isFull ? ALL_SLOTS.map((id) => [id, leaseUntil]) : []),
    });
  }

  return {
    unknownRequests: platforms.unknown,
    async call(call) {
      const handle = handlers[call.name];
      if (handle === undefined) throw new Error(`nobody answers for ${call.name}`);
      await setScene(call);
      platforms.turnTo(call);
      try {
        return kindOf(call.name, await handle(call.payload));
      } catch (error) {
        return (error as Error).name;
      }
    },
  };
}
