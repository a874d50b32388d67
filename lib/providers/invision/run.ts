/** Reads InVision's run object, the same in every reply. */
import { z } from 'zod';
import type { Verdict } from '../../domain/run.ts';
import type { RemoteStatus } from '../../domain/status.ts';
import type { HttpReply } from '../../http/http-client.ts';
import { readJson } from '../../http/reply.ts';
import { meaningOf, providerFailed, type StatusMap } from '../provider.ts';

/** The documents print bare names and spell one of them in two ways, so names are read whatever their case. */
function lowerCaseNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]));
}

const runId = z.union([z.string(), z.number().transform(String)]).nullish();

const runSchema = z.preprocess(lowerCaseNames, z.object({ runid: runId, status: z.string().min(1) }));
/** Whoever has the id can look again, so an odd status must not hide it. */
const startedRunSchema = z.preprocess(
  lowerCaseNames,
  z.object({ runid: runId, status: z.string().optional().catch(undefined) }),
);

const GOING: StatusMap<Extract<RemoteStatus, 'QUEUED' | 'RUNNING'>> = { pending: 'QUEUED', running: 'RUNNING' };

const ENDED: StatusMap<Verdict> = {
  succeeded: { status: 'SUCCEEDED' },
  failed: { status: 'FAILED', error: providerFailed('InVision reports the data flow as failed and gives no reason.') },
};

export interface InvisionRun {
  readonly runId: string | undefined;
  /** Present when the run has ended. */
  readonly verdict?: Verdict;
  /** How a run that has not ended stands; an unknown word is `RUNNING`. */
  readonly status: Extract<RemoteStatus, 'QUEUED' | 'RUNNING'>;
  readonly unknownWord: boolean;
}

/** What a look sees. @throws ReplyLostError or ProviderProtocolError when the reply is no run object. */
export function readRun(reply: HttpReply, what: string): InvisionRun & { readonly remoteStatus: string } {
  const { runid, status } = readJson(reply, runSchema, { operation: 'read', what });
  return { ...toRun(runid, status), remoteStatus: status };
}

/** What a start gives back. @throws ReplyLostError or ProviderProtocolError when the reply is no run object. */
export function readStartedRun(reply: HttpReply, what: string): InvisionRun & { readonly remoteStatus?: string } {
  const { runid, status } = readJson(reply, startedRunSchema, { operation: 'start', what });
  return { ...toRun(runid, status ?? 'Pending'), ...(status === undefined ? {} : { remoteStatus: status }) };
}

function toRun(runid: string | null | undefined, remoteStatus: string): InvisionRun {
  const verdict = meaningOf(ENDED, remoteStatus);
  const status = meaningOf(GOING, remoteStatus);
  return {
    runId: runid ?? undefined,
    ...(verdict === undefined ? {} : { verdict: { ...verdict, remoteStatus } }),
    status: status ?? 'RUNNING',
    unknownWord: verdict === undefined && status === undefined,
  };
}
