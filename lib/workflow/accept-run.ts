/** Accepting a request: checked, then durable, then acknowledged; started afterwards, by us or by the sweep. */
import type { Config, Flow } from '../domain/config.ts';
import { formatDuration } from '../domain/duration.ts';
import { InvalidInputError, type Issue } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { checkParameters } from '../domain/parameters.ts';
import { isoTime, newRecord } from '../domain/record.ts';
import type { Run, Trigger } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { Dependencies, PlainInput, RequestKey } from './ports.ts';

/** Keys are remembered as long as Step Functions remembers the name of an execution. */
const REQUEST_KEY_MS = 90 * 86_400_000;
/** Sealed values travel in the record, which must stay far below an item's 400 KB. */
const MAX_SENSITIVE_BYTES = 32_768;

export interface RunRequest {
  readonly flowId: string;
  readonly parameters?: JsonObject;
  /** The platform's native body; only for flows that take one. */
  readonly body?: string;
  readonly businessKey?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** A shorter deadline than the flow's. */
  readonly timeoutMs?: number;
  /** Fewer attempts or another pause than the flow's. */
  readonly retry?: { readonly maxAttempts?: number; readonly coolOffMs?: number };
  readonly trigger: Trigger;
  /** Who asks; with `requestKey` the scope of the idempotency key. */
  readonly requestedBy?: string;
  /** The caller's idempotency key. */
  readonly requestKey?: string;
}

export type Accepted =
  | { readonly kind: 'accepted' | 'replayed'; readonly run: Run }
  | { readonly kind: 'unknown-flow' }
  /** The idempotency key was used for another request. */
  | { readonly kind: 'key-reused' };

/**
 * Makes at most one run per idempotency key.
 * @throws InvalidInputError naming each field; nothing is stored then. StoreUnavailableError: ask again.
 */
export async function acceptRun(dependencies: Dependencies, request: RunRequest): Promise<Accepted> {
  const { config, store, clock, ids, log } = dependencies;
  const flow = Object.hasOwn(config.flows, request.flowId) ? config.flows[request.flowId] : undefined;
  if (flow === undefined) return { kind: 'unknown-flow' };
  const input = checkRequest(flow, request);
  const now = clock.now();
  const id = ids.runId(now);
  const run = newRecord(
    { ...recordOf(config, flow, request, now), id, input: await dependencies.vault.seal(id, input) },
    { now, writeId: ids.nonce() },
    { type: 'accepted', message: `Accepted (${request.trigger}).` },
  );
  const key = await requestKeyOf(dependencies, request, now);
  const outcome = await store.create(run, key);
  if (outcome.kind === 'conflict') return { kind: 'key-reused' };
  if (!isTerminal(outcome.run.status) && outcome.run.version === 1) await startExecution(dependencies, outcome.run);
  if (outcome.kind === 'replayed') return { kind: 'replayed', run: outcome.run };
  log.info('run accepted', { runId: id, provider: run.provider, flow: run.flowId, trigger: request.trigger });
  return { kind: 'accepted', run: outcome.run };
}

/** The record stands, so a failure here loses nothing: the sweep starts what has no execution. */
async function startExecution({ executions, log }: Dependencies, run: Run): Promise<void> {
  try {
    await executions.start(run.id, run.generation);
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    log.warn('execution not started; the sweep will', { runId: run.id, error: why });
  }
}

function recordOf(config: Config, flow: Flow, request: RunRequest, now: number) {
  const deadlineMs = Math.min(request.timeoutMs ?? flow.deadline, flow.deadline);
  const startByMs = Math.min(flow.startBy ?? flow.deadline, deadlineMs);
  return {
    flowId: request.flowId,
    connection: flow.connection,
    provider: config.connections[flow.connection]?.provider ?? 'unknown',
    status: 'ACCEPTED',
    attempt: 1,
    maxAttempts: Math.min(request.retry?.maxAttempts ?? flow.retry.maxAttempts, flow.retry.maxAttempts),
    coolOffMs: request.retry?.coolOffMs ?? flow.retry.coolOff,
    trigger: request.trigger,
    createdAt: isoTime(now),
    deadline: isoTime(now + deadlineMs),
    startBy: isoTime(now + startByMs),
    ...(request.businessKey === undefined ? {} : { businessKey: request.businessKey }),
    ...(request.tags === undefined ? {} : { tags: request.tags }),
    ...(request.requestedBy === undefined ? {} : { requestedBy: request.requestedBy }),
  } as const;
}

function checkRequest(flow: Flow, request: RunRequest): PlainInput {
  const { values, issues } = checkParameters(flow.parameters, request.parameters ?? {});
  const all: Issue[] = [...issues, ...bodyIssues(flow, request), ...boundIssues(flow, request)];
  const sensitive = Object.keys(values).filter((name) => flow.parameters[name]?.sensitive);
  const bytes = sensitive.reduce((sum, name) => sum + new TextEncoder().encode(JSON.stringify(values[name])).length, 0);
  if (bytes > MAX_SENSITIVE_BYTES)
    all.push({
      path: 'parameters',
      message: `sensitive values may take ${MAX_SENSITIVE_BYTES} bytes in all, got ${bytes}`,
    });
  if (all.length > 0) throw new InvalidInputError('The request cannot be run as it is.', all);
  return { parameters: values, sensitive, ...(request.body === undefined ? {} : { rawBody: request.body }) };
}

function bodyIssues(flow: Flow, { body }: RunRequest): readonly Issue[] {
  if (flow.rawBody && body === undefined) return [{ path: 'body', message: 'required: this flow takes a raw body' }];
  if (!flow.rawBody && body !== undefined)
    return [{ path: 'body', message: 'this flow takes parameters, not a raw body' }];
  return [];
}

function boundIssues(flow: Flow, { timeoutMs, retry }: RunRequest): readonly Issue[] {
  const issues: Issue[] = [];
  if (timeoutMs !== undefined && timeoutMs > flow.deadline)
    issues.push({
      path: 'timeoutMs',
      message: `must not be longer than the flow's deadline, ${formatDuration(flow.deadline)}`,
    });
  if (retry?.maxAttempts !== undefined && retry.maxAttempts > flow.retry.maxAttempts)
    issues.push({ path: 'retry.maxAttempts', message: `this flow allows ${flow.retry.maxAttempts}` });
  return issues;
}

async function requestKeyOf(
  { vault }: Dependencies,
  request: RunRequest,
  now: number,
): Promise<RequestKey | undefined> {
  if (request.requestKey === undefined) return undefined;
  const { requestKey, requestedBy, trigger, ...content } = request;
  const scope = requestedBy ?? trigger;
  return {
    id: await vault.digest('fingerprint', canonical([scope, request.flowId, requestKey])),
    fingerprint: await vault.digest('fingerprint', canonical(content as unknown as Json)),
    expiresAt: now + REQUEST_KEY_MS,
  };
}

/** JSON with sorted keys, so that equal requests have equal fingerprints. */
function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}
