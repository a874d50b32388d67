/** What callers see of a run: an allow-list, absent rather than null. */
import { safeFileName } from '../domain/file-name.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { maskParameters } from '../domain/redact.ts';
import type { OutputFile, Run, RunEvent, RunOutput, Verdict } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import { queueOf } from './queue-view.ts';
import { durationView } from './usual-durations.ts';

const ERROR = ['code', 'message', 'details'] as const;
const PAST_ATTEMPT = ['attempt', 'status', 'remoteStatus', 'remoteId', 'startedAt', 'endedAt', 'error'] as const;

/** @param queue where more is known of its place in line than the record tells. */
export function runView(run: Run, executionArn: string, queue = queueOf(run)): JsonObject {
  const self = `/v1/runs/${run.id}`;
  const browser = run.waitingFor?.url ?? run.browserUrl;
  return compact({
    id: run.id,
    flowId: run.flowId,
    connection: run.connection,
    provider: run.provider,
    status: run.status,
    remoteStatus: run.remoteStatus,
    remoteId: run.remoteId,
    progress: only(run.progress, ['percentage', 'message']),
    waitingFor: only(run.waitingFor, ['kind', 'url', 'form', 'answerable']),
    attempt: run.attempt,
    maxAttempts: run.maxAttempts,
    attempts: run.pastAttempts?.map((past) => only(past, PAST_ATTEMPT)),
    trigger: run.trigger,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    updatedAt: run.updatedAt,
    endedAt: run.endedAt,
    deadline: run.deadline,
    queue: only(queue, ['position', 'since', 'expectedStartAt']),
    heldBack: isTerminal(run.status) ? undefined : only(run.heldBack, ['why', 'since']),
    nextLookAt: run.nextLookAt,
    nextLookWhy: run.nextLookWhy,
    expectedEndAt: run.expectedEndAt,
    duration: run.plan?.usual && durationView(run.plan.usual),
    slowSince: run.slowSince,
    looks: run.looks,
    businessKey: run.businessKey,
    tags: run.tags && { ...run.tags },
    parameters: maskParameters(run.input),
    error: only(run.error, ERROR),
    fallout: only(run.fallout, ['reason', 'evidence']),
    cancel: only(run.cancel, ['requestedAt', 'remote']),
    lateVerdict: verdictView(run.lateVerdict),
    orphans: run.orphans,
    output: outputSummary(run.output),
    rerunOf: run.rerunOf,
    links: compact({ self, events: `${self}/events`, output: `${self}/output`, browser, execution: executionArn }),
  });
}

/** One line of the timeline. */
export function eventView(event: RunEvent): JsonObject {
  return only(event, ['seq', 'at', 'type', 'status', 'message', 'data']);
}

function verdictView(verdict: Verdict | undefined): JsonObject | undefined {
  if (verdict === undefined) return undefined;
  const { error, ...rest } = verdict;
  return compact({ ...only(rest, ['status', 'remoteStatus', 'falloutReason']), error: only(error, ERROR) });
}

function outputSummary(output: RunOutput | undefined): JsonObject | undefined {
  if (output === undefined) return undefined;
  const available = output.files.length > 0 || output.value !== undefined || output.valueKey !== undefined;
  return compact({ available, bytes: output.bytes, missing: output.missing });
}

/** Files with a name of their own each, so that equal names have links of their own. */
export function namedFiles(
  files: readonly OutputFile[],
): readonly { readonly linkName: string; readonly file: OutputFile }[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const name = safeFileName(file.name);
    const dot = name.lastIndexOf('.');
    const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let linkName = name;
    for (let count = 2; taken.has(linkName); count += 1) linkName = `${stem}-${count}${ending}`;
    taken.add(linkName);
    return { linkName, file };
  });
}

export function outputView(run: Run, value: Json | undefined): JsonObject {
  return compact({
    value,
    files: namedFiles(run.output?.files ?? []).map(({ linkName, file }) => ({
      name: file.name.toWellFormed(),
      mediaType: file.mediaType,
      bytes: file.bytes,
      sha256: file.sha256,
      href: `/v1/runs/${run.id}/output/files/${encodeURIComponent(linkName)}`,
    })),
    missing: run.output?.missing,
  });
}

/** The named fields, where they are set. */
function only<Source extends object>(source: Source, names: readonly (keyof Source & string)[]): JsonObject;
function only<Source extends object>(
  source: Source | undefined,
  names: readonly (keyof Source & string)[],
): JsonObject | undefined;
function only<Source extends object>(source: Source | undefined, names: readonly (keyof Source & string)[]) {
  return source && compact(Object.fromEntries(names.map((name) => [name, source[name]])));
}

function compact(fields: { readonly [key: string]: unknown }): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
}
