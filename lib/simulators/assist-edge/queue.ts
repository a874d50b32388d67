import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Jobs } from '../jobs.ts';
import type { DurationOf } from '../script.ts';
import type { AssistEdgeProcess } from './processes.ts';
import { report, type Work, work } from './robot.ts';
import { type AssistEdgeRequest, checkRequest, type RefusalError } from './validation.ts';

/** What differs between installations, or is not published. Read at each request, so a test may turn one mid-way. */
export interface AssistEdgeSwitches {
  /** Default `text`: the bare token. */
  tokenReply?: 'text' | 'json' | 'token' | 'access_token';
  /** Default 30 minutes. */
  tokenLifetimeMs?: number;
  /** The only tenant; then the token endpoint is under it alone. Absent: any, and none. */
  tenant?: string;
  /** HTTP status that goes with a failure in the body. Default 200. */
  failureStatus?: 200 | 400 | 500;
  /** How the robot's report is put into the reply. Default `text`. */
  report?: 'text' | 'object' | 'unreadable';
}

/** A request as the platform remembers it; the inputs are not kept. */
export interface AssistEdgeJob {
  readonly id: string;
  readonly processName?: string;
  readonly profileName?: string;
  readonly sourceId?: string;
  readonly isSync?: boolean;
  readonly acceptedAt: number;
  readonly endsAt: number;
  readonly attempts: number;
  /** Where it ends up. */
  readonly queue: 'success' | 'failure' | 'fallout';
  readonly errors: readonly string[];
}

interface QueueOptions {
  readonly now: () => number;
  readonly scenarios: Readonly<Record<string, AssistEdgeProcess>>;
  readonly switches: AssistEdgeSwitches;
  readonly jobs: Jobs<AssistEdgeJob>;
  readonly userName: string;
  readonly durationMs?: DurationOf | undefined;
}

export interface SubmitReply {
  readonly status: 200 | 400 | 500;
  readonly body: object;
}

/** Takes a request to its end, or to the queue where the caller does not wait. */
export async function submitRequest(body: unknown, options: QueueOptions): Promise<SubmitReply> {
  const { now, scenarios, switches, jobs } = options;
  const status = switches.failureStatus ?? 200;
  const checked = checkRequest(body, scenarios);
  if (checked.kind === 'fallout') return { status, body: refuse(checked.errors, options) };
  const { request } = checked;
  const lastsMs = options.durationMs?.(request.processName, jobs.all().length);
  const process = lastsMs === undefined ? checked.process : { ...checked.process, durationMs: lastsMs };
  const id = randomUUID();
  if (process.failure?.layer === 4) {
    jobs.put(jobOf(id, request, now(), { attempts: 0, totalMs: 0, errors: [] }, 'fallout'));
    const error = { error_code: process.failure.code, error_msg: process.failure.message };
    const head = { ...echo(request, []), transactionId: id, status: 'failure' };
    return { status, body: { ...head, response: { acknowledge: false }, error } };
  }
  const outcome = work(process, request);
  const receivedAt = now();
  const rotation = jobs.all().length;
  jobs.put(jobOf(id, request, receivedAt, outcome));
  const previousRequestIds = Array.from({ length: outcome.attempts - 1 }, () => randomUUID());
  const head = { ...echo(request, previousRequestIds), transactionId: id, status: 'success', error: {} };
  if (!request.isSync) return { status: 200, body: { ...head, response: { acknowledge: true } } };

  // A robot works in real time, whatever the platform's clock says. An open reply does not keep the program alive.
  await sleep(outcome.totalMs, undefined, { ref: false });
  const { userName } = options;
  const told = report({ process, request, outcome, previousRequestIds, receivedAt, rotation, userName });
  const failed = outcome.errors.length > 0 || process.failure?.layer === 3;
  return { status: failed ? status : 200, body: { ...head, response: wrap(told, switches.report) } };
}

function refuse(errors: readonly RefusalError[], { now, jobs }: QueueOptions): object {
  const instance = randomUUID();
  const at = now();
  const codes = errors.map(({ code }) => code);
  jobs.put({ id: instance, acceptedAt: at, endsAt: at, attempts: 0, queue: 'fallout', errors: codes });
  return { timestamp: new Date(at).toISOString(), errors, instance };
}

function jobOf(
  id: string,
  { processName, profileName, sourceId, isSync }: AssistEdgeRequest,
  acceptedAt: number,
  { attempts, totalMs, errors }: Work,
  queue: AssistEdgeJob['queue'] = errors.length === 0 ? 'success' : 'failure',
): AssistEdgeJob {
  const codes = errors.map(({ Code }) => Code);
  const endsAt = acceptedAt + totalMs;
  return { id, processName, profileName, sourceId, isSync, acceptedAt, endsAt, attempts, queue, errors: codes };
}

/** Every reply repeats the request, plain inputs included. */
function echo({ inputs, ...request }: AssistEdgeRequest, previousRequestIds: readonly string[]) {
  return {
    processInput: JSON.stringify(inputs),
    ...request,
    retryConfigurations: {
      noOfTimesRetry: 0,
      retryCoolOffInterval: 0,
      ...request.retryConfigurations,
      previousRequestIds,
    },
  };
}

function wrap(told: Record<string, unknown>, how: AssistEdgeSwitches['report'] = 'text') {
  if (how === 'object') return { response: told };
  const text = JSON.stringify(told);
  return { response: how === 'text' ? text : text.slice(0, text.length / 2) };
}
