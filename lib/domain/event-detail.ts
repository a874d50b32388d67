/**
 * What an event says: a list of allowed fields, so that nothing gets out because somebody added it to the record. Never
 * parameters, answers, forms, evidence or outputs. Pure.
 */
import { NEWS, type News } from '../contract.ts';
import type { Usual } from './look-plan.ts';
import { tidy } from './redact.ts';
import type { Run, RunOutput, Trigger } from './run.ts';
import type { FalloutReason, Status } from './status.ts';

/** Goes up when a field changes its meaning or goes away; new fields may come at any time. */
export const EVENT_SCHEMA_VERSION = 1;

/** A pipe puts up to ten events with one call, which may take 256 KB in all. */
export const MAX_DETAIL_BYTES = 24_000;
const MAX_MESSAGE = 1_000;
const MAX_REMOTE_ID = 512;
const MAX_URL = 2_048;

export const RUN_NEWS = [NEWS.accepted, NEWS.started, NEWS.waiting, NEWS.slow, NEWS.ended, NEWS.fellOut] as const;
export const SLOT_NEWS = [NEWS.slotMissed, NEWS.slotSkipped] as const;
export type RunNews = (typeof RUN_NEWS)[number];
export type SlotNews = (typeof SLOT_NEWS)[number];

interface EventHead<Type extends News> {
  readonly schemaVersion: typeof EVENT_SCHEMA_VERSION;
  /** Again the detail type, because the signature covers the detail alone. */
  readonly type: Type;
  /** The same whenever this event is delivered again. */
  readonly eventId: string;
  readonly flowId: string;
  /** ISO 8601, as all times. */
  readonly occurredAt: string;
}

export interface RunEventDetail extends EventHead<RunNews> {
  readonly runId: string;
  /** Of the record: of two events of a run, the one with the higher version is the newer. */
  readonly version: number;
  readonly connection: string;
  readonly provider: string;
  readonly status: Status;
  readonly remoteStatus?: string;
  readonly remoteId?: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly trigger: Trigger;
  readonly businessKey?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Present when there are tags that would have made the event too large. */
  readonly tagsOmitted?: true;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly deadline: string;
  readonly expectedEndAt?: string;
  readonly nextLookAt?: string;
  /** How long runs of its flow took when this one was planned. */
  readonly usual?: Usual;
  readonly error?: { readonly code: string; readonly message: string };
  readonly fallout?: { readonly reason: FalloutReason };
  readonly waitingFor?: { readonly kind: 'input' | 'event'; readonly url?: string };
  readonly cancel?: { readonly requestedAt: string; readonly remote?: 'confirmed' | 'unconfirmed' | 'unsupported' };
  readonly output?: { readonly available: boolean; readonly files: number; readonly bytes: number };
  readonly rerunOf?: string;
}

export interface SlotEventDetail extends EventHead<SlotNews> {
  /** The instant of the slot. */
  readonly slot: string;
  readonly outcome: 'missed' | 'skipped';
  readonly reason?: string;
}

export type EventDetail = RunEventDetail | SlotEventDetail;

/** What became of a slot of a schedule, as far as an event tells it. */
export interface AnnouncedSlot {
  readonly flowId: string;
  readonly slot: string;
  readonly at: string;
  readonly reason?: string | undefined;
}

type Loose<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | undefined };

/** Absent rather than undefined, as on the wire. */
function present<Fields extends object>(fields: Loose<Fields>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

function upTo(maxLength: number, text: string | undefined): string | undefined {
  return text === undefined || text.length > maxLength ? undefined : text;
}

function usualOf({ p50Ms, p95Ms, p99Ms, runs }: Usual): Usual {
  return { p50Ms, p95Ms, p99Ms, runs };
}

function outputOf({ files, bytes, missing }: RunOutput): RunEventDetail['output'] {
  return { available: missing === undefined, files: files.length, bytes };
}

function withinLimit(detail: RunEventDetail): RunEventDetail {
  const { tags, ...rest } = detail;
  const bytes = new TextEncoder().encode(JSON.stringify(detail)).length;
  return tags === undefined || bytes <= MAX_DETAIL_BYTES ? detail : { ...rest, tagsOmitted: true };
}

/** The detail of an event about a run, at the version that the event tells of. */
export function runEventDetail(type: RunNews, run: Run): RunEventDetail {
  const { error, fallout, waitingFor, cancel, output, plan } = run;
  const detail = present<Required<RunEventDetail>>({
    schemaVersion: EVENT_SCHEMA_VERSION,
    type,
    eventId: `${run.id}-${run.version}`,
    runId: run.id,
    version: run.version,
    flowId: run.flowId,
    connection: run.connection,
    provider: run.provider,
    status: run.status,
    remoteStatus: run.remoteStatus,
    remoteId: upTo(MAX_REMOTE_ID, run.remoteId),
    attempt: run.attempt,
    maxAttempts: run.maxAttempts,
    trigger: run.trigger,
    businessKey: run.businessKey,
    tags: run.tags,
    tagsOmitted: undefined,
    occurredAt: run.updatedAt,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    deadline: run.deadline,
    expectedEndAt: run.expectedEndAt,
    nextLookAt: run.nextLookAt,
    usual: plan?.usual && usualOf(plan.usual),
    error: error && { code: error.code, message: tidy(error.message, MAX_MESSAGE) },
    fallout: fallout && { reason: fallout.reason },
    waitingFor: waitingFor && present({ kind: waitingFor.kind, url: upTo(MAX_URL, waitingFor.url) }),
    cancel: cancel && present({ requestedAt: cancel.requestedAt, remote: cancel.remote }),
    output: output && outputOf(output),
    rerunOf: run.rerunOf,
  });
  return withinLimit(detail);
}

/** The detail of an event about a slot that brought no run. */
export function slotEventDetail(type: SlotNews, { flowId, slot, at, reason }: AnnouncedSlot): SlotEventDetail {
  const outcome = type === NEWS.slotMissed ? 'missed' : 'skipped';
  return present<Required<SlotEventDetail>>({
    schemaVersion: EVENT_SCHEMA_VERSION,
    type,
    eventId: `${flowId}-${slot}-${outcome}`,
    flowId,
    occurredAt: at,
    slot,
    outcome,
    reason: reason === undefined ? undefined : tidy(reason, MAX_MESSAGE),
  });
}
