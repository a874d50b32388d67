/** How records are found in the one table. Keys and index attributes only; `TABLE` in `contract.ts` holds the names. */
import { TABLE } from '../contract.ts';
import type { Run } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { RemoteRun } from '../workflow/ports.ts';

const { partitionKey, sortKey, indexes } = TABLE;

export interface Key {
  readonly [attribute: string]: string;
}

export const CHUNK_PREFIX = 'EVENTS#';
const SEQ_DIGITS = 8;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function runKey(runId: string): Key {
  return { [partitionKey]: `RUN#${runId}`, [sortKey]: 'RUN' };
}

/** Older events of a run, from `firstSeq` on. */
export function chunkKey(runId: string, firstSeq: number): Key {
  const seq = String(firstSeq).padStart(SEQ_DIGITS, '0');
  return { [partitionKey]: `RUN#${runId}`, [sortKey]: `${CHUNK_PREFIX}${seq}` };
}

export function requestKeyKey(id: string): Key {
  return { [partitionKey]: `KEY#${id}`, [sortKey]: 'KEY' };
}

/** People copy GUIDs in capitals, too. */
export function remoteKey({ connection, remoteId }: RemoteRun): Key {
  const id = GUID.test(remoteId) ? remoteId.toLowerCase() : remoteId;
  return { [partitionKey]: `REMOTE#${connection}#${id}`, [sortKey]: 'REMOTE' };
}

export function apiKeyKey(keyId: string): Key {
  return { [partitionKey]: `APIKEY#${keyId}`, [sortKey]: 'APIKEY' };
}

/** Tokens that an API key has left. */
export function bucketKey(keyId: string): Key {
  return { [partitionKey]: `BUCKET#${keyId}`, [sortKey]: 'BUCKET' };
}

/** How long runs of a flow took. */
export function historyKey(key: string): Key {
  return { [partitionKey]: `HISTORY#${key}`, [sortKey]: 'HISTORY' };
}

/** What all runs of a connection share: its state, its request budget, its slots. */
export function connectionKey(connection: string, part: 'STATE' | 'BUDGET' | 'SLOTS'): Key {
  return { [partitionKey]: `CONNECTION#${connection}`, [sortKey]: part };
}

/** A run that waits for a slot; run ids sort by time. */
export function queueKey(connection: string, runId: string): Key {
  return { [partitionKey]: `QUEUE#${connection}`, [sortKey]: runId };
}

export const INDEX_VALUES = {
  flow: (flowId: string) => `FLOW#${flowId}`,
  business: (businessKey: string) => `BUSINESS#${businessKey}`,
  /** Of an ISO 8601 time. */
  month: (at: string) => `MONTH#${at.slice(0, 7)}`,
  open: 'OPEN',
  /** Fallout that the fallout queue has had. */
  fallout: 'FALLOUT',
  newFallout: 'FALLOUT_NEW',
  apiKeys: 'APIKEYS',
} as const;

function stateValue({ status, fallout }: Run): string | undefined {
  if (!isTerminal(status)) return INDEX_VALUES.open;
  if (status !== 'FALLOUT') return undefined;
  return fallout?.publishedAt === undefined ? INDEX_VALUES.newFallout : INDEX_VALUES.fallout;
}

/**
 * Attributes that put a run into the indexes. They change only when a run is made, when it ends and when its fallout is
 * published, so indexes that project keys alone are not written while a run is being looked at; all open runs then fit
 * one partition.
 */
export function indexAttributes(run: Run): Readonly<Record<string, string | undefined>> {
  const { byFlow, byState, byBusinessKey, newest } = indexes;
  return {
    [byFlow.partitionKey]: INDEX_VALUES.flow(run.flowId),
    [byState.partitionKey]: stateValue(run),
    [byBusinessKey.partitionKey]: run.businessKey === undefined ? undefined : INDEX_VALUES.business(run.businessKey),
    [newest.partitionKey]: INDEX_VALUES.month(run.createdAt),
    [newest.sortKey]: run.id,
  };
}
