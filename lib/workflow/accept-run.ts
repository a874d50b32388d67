/** Accepting a request: checked, then durable, then acknowledged; started afterwards, by us or by the sweep. */

import { canonicalJson } from '../domain/canonical-json.ts';
import type { Config, Flow } from '../domain/config.ts';
import { formatDuration } from '../domain/duration.ts';
import { InvalidInputError, type Issue } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { checkParameters } from '../domain/parameters.ts';
import { isoTime, newRecord } from '../domain/record.ts';
import type { Run, Trigger } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { Dependencies, PlainInput, RequestKey } from './ports.ts';
import { startExecution } from './start-execution.ts';

/** Keys are remembered as long as Step Functions remembers the name of an execution. */
export const REQUEST_KEY_MS = 90 * 86_400_000;
/** Sealed values travel in the record, which must stay far below an item's 400 KB. */
export const MAX_SENSITIVE_BYTES = 32_768;

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
  /** Within what the key is unique. @default who asks (or the trigger), and the flow */
  readonly requestKeyScope?: readonly string[];
  /** A key that is unique by itself and says nothing that must be hidden; instead of the two above. */
  readonly requestKeyId?: string;
  /** The run whose parameters these are. */
  readonly rerunOf?: string;
  /** An execution, started by hand, that carries the run itself; without it one is started. */
  readonly executionName?: string;
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
  const now = dependencies.clock.now();
  const key = await requestKeyOf(dependencies, request, now);
  const checked = check(dependencies, request);
  if (!('flow' in checked)) {
    // The configuration may have changed since: what was accepted under this key stays accepted.
    const before = key === undefined ? undefined : await dependencies.store.byRequestKey(key.id);
    if (before?.fingerprint === key?.fingerprint && before !== undefined) return { kind: 'replayed', run: before.run };
    if (checked.kind === 'unknown-flow') return checked;
    throw checked.error;
  }
  const { config, store, ids, log, vault } = dependencies;
  const { flow, input } = checked;
  const id = ids.runId(now);
  const run = newRecord(
    { ...recordOf(config, flow, request, now), id, input: await vault.seal(id, input) },
    { now, writeId: ids.nonce() },
    { type: 'accepted', message: `Accepted (${request.trigger}).` },
  );
  const outcome = await store.create(run, key);
  if (outcome.kind === 'conflict') return { kind: 'key-reused' };
  const isNew = !isTerminal(outcome.run.status) && outcome.run.version === 1;
  if (isNew && outcome.run.executionName === undefined) await startExecution(dependencies, outcome.run);
  if (outcome.kind === 'replayed') return { kind: 'replayed', run: outcome.run };
  log.info('run accepted', { runId: id, provider: run.provider, flow: run.flowId, trigger: request.trigger });
  return { kind: 'accepted', run: outcome.run };
}

type Checked =
  | { readonly flow: Flow; readonly input: PlainInput }
  | { readonly kind: 'unknown-flow' }
  | { readonly kind: 'invalid'; readonly error: InvalidInputError };

function check({ config }: Dependencies, request: RunRequest): Checked {
  const flow = Object.hasOwn(config.flows, request.flowId) ? config.flows[request.flowId] : undefined;
  if (flow === undefined) return { kind: 'unknown-flow' };
  try {
    return { flow, input: checkRequest(flow, request) };
  } catch (error) {
    if (error instanceof InvalidInputError) return { kind: 'invalid', error };
    throw error;
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
    ...(request.rerunOf === undefined ? {} : { rerunOf: request.rerunOf }),
    ...(request.executionName === undefined ? {} : { executionName: request.executionName }),
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
  if (retry?.coolOffMs !== undefined && retry.coolOffMs > flow.deadline)
    issues.push({
      path: 'retry.coolOffMs',
      message: `must not be longer than the flow's deadline, ${formatDuration(flow.deadline)}`,
    });
  if (retry?.maxAttempts !== undefined && retry.maxAttempts > flow.retry.maxAttempts)
    issues.push({ path: 'retry.maxAttempts', message: `this flow allows ${flow.retry.maxAttempts}` });
  return issues;
}

/** Under what a request is remembered: a keyed hash, because callers' keys may say more than they should. */
export function requestKeyId(
  vault: Dependencies['vault'],
  scope: readonly string[],
  requestKey: string,
): Promise<string> {
  return vault.digest('fingerprint', canonicalJson([...scope, requestKey]));
}

async function requestKeyOf(
  { vault }: Dependencies,
  request: RunRequest,
  now: number,
): Promise<RequestKey | undefined> {
  const {
    requestKey,
    requestKeyScope,
    requestKeyId: given,
    requestedBy,
    trigger,
    executionName: _,
    rerunOf,
    ...asked
  } = request;
  // A key with a scope of its own is that of the request, whoever brings it: a repetition asks for the same.
  const content = rerunOf === undefined || requestKeyScope !== undefined ? asked : { ...asked, rerunOf };
  const scope = requestKeyScope ?? [requestedBy ?? trigger, request.flowId];
  const id = given ?? (requestKey === undefined ? undefined : await requestKeyId(vault, scope, requestKey));
  if (id === undefined) return undefined;
  return {
    id,
    fingerprint: await vault.digest('fingerprint', canonicalJson(content as unknown as Json)),
    expiresAt: now + REQUEST_KEY_MS,
  };
}
