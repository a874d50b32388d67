/** A message that no repetition can make acceptable: kept, sealed, as a run that needs a human. */
import type { InvalidInputError, Issue } from '../domain/errors.ts';
import { isObject } from '../domain/fields.ts';
import type { JsonObject } from '../domain/json.ts';
import { isoTime, newRecord } from '../domain/record.ts';
import { tidy } from '../domain/redact.ts';
import type { Run, RunError } from '../domain/run.ts';
import { REQUEST_KEY_MS, requestKeyId } from './accept-run.ts';
import type { Dependencies } from './ports.ts';
import type { Message } from './take-message.ts';

const REASON = 'POISON_MESSAGE';
const UNKNOWN = 'unknown';
/** Of the configuration's ids. */
const FLOW_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const MAX_ISSUES = 20;
const MAX_ISSUE_LENGTH = 300;

/**
 * Makes a run in FALLOUT of a message, once, however often the message is delivered. The record names fields and what
 * was expected of them; the message itself is sealed.
 * @throws StoreUnavailableError: nothing is parked, ask again.
 */
export async function parkPoison(
  dependencies: Dependencies,
  message: Message,
  refusal: InvalidInputError,
): Promise<Run> {
  const { store, clock, vault, log } = dependencies;
  const now = clock.now();
  const run = await recordOf(dependencies, message, refusal, now);
  const id = await requestKeyId(vault, ['poison', message.messageId], message.body);
  const outcome = await store.create(run, { id, fingerprint: id, expiresAt: now + REQUEST_KEY_MS });
  // Key and fingerprint say the same, so a conflict means that it was parked before and has been forgotten since.
  if (outcome.kind === 'conflict') return run;
  if (outcome.kind === 'created') {
    const { provider, flowId: flow } = run;
    log.warn('message parked', { runId: run.id, provider, flow, messageId: message.messageId, reason: REASON });
    log.count('RunFellOut', { provider, flow });
  }
  return outcome.run;
}

async function recordOf(
  { config, ids, vault }: Dependencies,
  { messageId, body }: Message,
  refusal: InvalidInputError,
  now: number,
): Promise<Run> {
  const id = ids.runId(now);
  const at = isoTime(now);
  const issues = readableIssues(refusal);
  const error = errorOf(issues, refusal.issues.length - issues.length);
  const bytes = new TextEncoder().encode(body).length;
  const evidence: JsonObject = { messageId, bytes, issues: issues.map(({ path, message }) => ({ path, message })) };
  const flowId = flowIdIn(body);
  const flow = Object.hasOwn(config.flows, flowId) ? config.flows[flowId] : undefined;
  const connection = flow?.connection ?? UNKNOWN;
  const record = {
    id,
    flowId,
    connection,
    provider: config.connections[connection]?.provider ?? UNKNOWN,
    status: 'FALLOUT',
    attempt: 1,
    maxAttempts: 1,
    coolOffMs: 0,
    trigger: 'queue',
    input: await vault.seal(id, { parameters: {}, sensitive: [], rawBody: body }),
    error,
    fallout: { reason: REASON, evidence },
    createdAt: at,
    deadline: at,
    startBy: at,
  } as const;
  return newRecord(record, { now, writeId: ids.nonce() }, { type: 'ended', message: error.message });
}

function errorOf(issues: readonly Issue[], more: number): RunError {
  const named = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const rest = more > 0 ? `; and ${more} more` : '';
  const what = `A message in the queue cannot be taken in. ${named}${rest}.`;
  const remedy = 'Send it corrected and close this run, or rerun this run once its flow takes it.';
  return { code: REASON, message: `${what} ${remedy}` };
}

/** Names of fields are the sender's text too: what does not look like a name is not repeated. */
function readableIssues({ issues, message }: InvalidInputError): readonly Issue[] {
  const all = issues.length > 0 ? issues : [{ path: '(message)', message }];
  return all.slice(0, MAX_ISSUES).map((issue) => ({
    path: issue.path
      .split('.')
      .map((name) => (/^([\w-]{1,64}|\(message\))$/.test(name) ? name : '?'))
      .join('.'),
    message: tidy(issue.message, MAX_ISSUE_LENGTH),
  }));
}

/** The flow that a message names, if that can be told, so that whoever looks after the flow finds it. */
function flowIdIn(body: string): string {
  const value = parse(body);
  const parts = isObject(value) ? [value, value.cancel, value.schedule] : [];
  const named = parts.map((part) => (isObject(part) ? part.flowId : undefined)).find((flowId) => flowId !== undefined);
  return typeof named === 'string' && FLOW_ID.test(named) ? named : UNKNOWN;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
