/** The details of events as schemas, from which `docs/events` is generated. No function loads them. */
import { z } from 'zod';
import { NEWS, type News } from '../contract.ts';
import { EVENT_SCHEMA_VERSION, type EventDetail, type RunEventDetail, type SlotEventDetail } from './event-detail.ts';
import { TRIGGERS } from './run.ts';
import { FALLOUT_REASONS, REMOTE_STATUSES, STATUSES, TERMINAL_STATUSES } from './status.ts';

const time = z.iso.datetime();
const instant = (what: string) => time.describe(what);

const duration = z.number().min(0);

const signature = z
  .string()
  .regex(/^t=\d{1,12},v1=[0-9a-f]{64}$/)
  .describe('Of this detail without this field, made with the event key. See README.md beside this file.');

/** What a signature is put on. */
export type Signed<Detail> = Detail & { readonly signature: string };

const runFields = {
  schemaVersion: z.literal(EVENT_SCHEMA_VERSION).describe('New fields may come without a new version.'),
  eventId: z.string().describe('`<runId>-<version>`: the same whenever this event is delivered again.'),
  runId: z.string().regex(/^run_[0-9A-HJKMNP-TV-Z]{26}$/),
  version: z.int().min(1).describe('Of two events of one run, the one with the higher version is the newer.'),
  flowId: z.string(),
  connection: z.string(),
  provider: z.string(),
  status: z.enum(STATUSES),
  remoteStatus: z.string().exactOptional().describe("The platform's own word."),
  remoteId: z.string().exactOptional().describe("The platform's own id of the run."),
  attempt: z.int().min(1),
  maxAttempts: z.int().min(1),
  trigger: z.enum(TRIGGERS),
  businessKey: z.string().exactOptional(),
  tags: z.record(z.string(), z.string()).exactOptional(),
  tagsOmitted: z.literal(true).exactOptional().describe('There are tags, but they would make the event too large.'),
  occurredAt: instant('When the run came into this status.'),
  createdAt: instant('When the run was accepted.'),
  startedAt: instant('When the platform accepted the first attempt.').exactOptional(),
  endedAt: time.exactOptional(),
  deadline: time,
  expectedEndAt: instant('When runs of the flow that have taken so long usually end.').exactOptional(),
  nextLookAt: instant('When Errand looks at it next.').exactOptional(),
  usual: z
    .object({ p50Ms: duration, p95Ms: duration, p99Ms: duration, runs: z.int().min(1) })
    .exactOptional()
    .describe('How long runs of the flow took when this one was planned; absent while too few are known.'),
  error: z.object({ code: z.string(), message: z.string() }).exactOptional(),
  fallout: z.object({ reason: z.enum(FALLOUT_REASONS) }).exactOptional(),
  waitingFor: z
    .object({ kind: z.enum(['input', 'event']), url: z.string().exactOptional() })
    .exactOptional()
    .describe('The link at which a person answers; the form is at `GET /v1/runs/{runId}`.'),
  cancel: z
    .object({ requestedAt: time, remote: z.enum(['confirmed', 'unconfirmed', 'unsupported']).exactOptional() })
    .exactOptional(),
  output: z
    .object({ available: z.boolean(), files: z.int().min(0), bytes: z.int().min(0) })
    .exactOptional()
    .describe('The output itself is at `GET /v1/runs/{runId}/output`.'),
  rerunOf: z.string().exactOptional().describe('The run of which this one is a repetition.'),
  signature,
};

const runSchema = <Type extends News>(type: Type) => z.object({ ...runFields, type: z.literal(type) });

const slotSchema = <Type extends News, Outcome extends string>(type: Type, outcome: Outcome) =>
  z.object({
    schemaVersion: z.literal(EVENT_SCHEMA_VERSION),
    type: z.literal(type),
    eventId: z.string().describe('`<flowId>-<slot>-<outcome>`: the same whenever this event is delivered again.'),
    flowId: z.string(),
    occurredAt: instant('When this was decided.'),
    slot: instant('The instant at which the schedule was due.'),
    outcome: z.literal(outcome),
    reason: z.string().exactOptional(),
    signature,
  });

const ended = TERMINAL_STATUSES.filter((status) => status !== 'FALLOUT');

/** Every detail type with the schema of its detail. */
export const EVENT_SCHEMAS = {
  [NEWS.accepted]: runSchema(NEWS.accepted)
    .extend({ status: z.literal('ACCEPTED') })
    .describe('A request was acknowledged; the run will end in one of the terminal statuses.'),
  [NEWS.started]: runSchema(NEWS.started)
    .extend({ status: z.enum(REMOTE_STATUSES) })
    .describe('The platform has accepted an attempt, or a person has taken up a run there. Once for each attempt.'),
  [NEWS.waiting]: runSchema(NEWS.waiting)
    .extend({ status: z.literal('WAITING_FOR_INPUT'), waitingFor: runFields.waitingFor.unwrap() })
    .describe('The platform waits for a person. Once for each question.'),
  [NEWS.slow]: runSchema(NEWS.slow)
    .extend({ status: z.enum(REMOTE_STATUSES), usual: runFields.usual.unwrap() })
    .describe(
      'It takes longer than nearly all runs of its flow did (`usual.p99Ms`). Once for each attempt; it goes on.',
    ),
  [NEWS.ended]: runSchema(NEWS.ended)
    .extend({ status: z.enum(ended), endedAt: instant('When the run ended.') })
    .describe('The run has ended for good.'),
  [NEWS.fellOut]: runSchema(NEWS.fellOut)
    .extend({ status: z.literal('FALLOUT'), endedAt: time, fallout: runFields.fallout.unwrap() })
    .describe('A person must decide; their decision may bring the run back, so other events may follow.'),
  [NEWS.slotMissed]: slotSchema(NEWS.slotMissed, 'missed').describe('The instant of a schedule went by without a run.'),
  [NEWS.slotSkipped]: slotSchema(NEWS.slotSkipped, 'skipped').describe(
    'A schedule was due and its flow does not want another run beside the one that was going.',
  ),
} as const satisfies Readonly<Record<News, z.ZodType<Signed<EventDetail>>>>;

/** Keeps the schemas and the types from drifting apart: neither may know a field that the other does not. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
type Fields<Name extends News> = keyof z.output<(typeof EVENT_SCHEMAS)[Name]>;
export const SCHEMAS_COVER_TYPES: Same<Fields<'Run Ended'>, keyof Signed<RunEventDetail>> &
  Same<Fields<'Schedule Slot Missed'>, keyof Signed<SlotEventDetail>> = true;
