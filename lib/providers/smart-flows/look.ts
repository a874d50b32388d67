/** What a Smart Flows progress object means. */
import type { JsonObject } from '../../domain/json.ts';
import type { Progress, RunError, Verdict } from '../../domain/run.ts';
import type { RemoteStatus, TerminalStatus } from '../../domain/status.ts';
import { readJson } from '../../http/reply.ts';
import { type CallOptions, type Look, meaningOf, ownLink, type StatusMap } from '../provider.ts';
import {
  API,
  type Complaint,
  callLimits,
  type ProgressReply,
  publicSettingsSchema,
  readExecution,
  type Wire,
} from './wire.ts';

type Meaning =
  | { readonly kind: 'going'; readonly status: Exclude<RemoteStatus, 'WAITING_FOR_INPUT'> }
  | { readonly kind: 'waiting'; readonly status: 'WAITING_FOR_INPUT' }
  | { readonly kind: 'ended'; readonly status: TerminalStatus };

/** The documents spell `UserInput` also "User input", and leave `Warning` out of the older lists. */
const STATUS: StatusMap<Meaning> = {
  queued: { kind: 'going', status: 'QUEUED' },
  running: { kind: 'going', status: 'RUNNING' },
  waiting: { kind: 'going', status: 'WAITING_FOR_EVENT' },
  userinput: { kind: 'waiting', status: 'WAITING_FOR_INPUT' },
  selectflow: { kind: 'waiting', status: 'WAITING_FOR_INPUT' },
  success: { kind: 'ended', status: 'SUCCEEDED' },
  warning: { kind: 'ended', status: 'SUCCEEDED_WITH_WARNINGS' },
  error: { kind: 'ended', status: 'FAILED' },
  canceled: { kind: 'ended', status: 'CANCELED' },
  cancelled: { kind: 'ended', status: 'CANCELED' },
  interrupted: { kind: 'ended', status: 'TIMED_OUT' },
};

/** Ends that have something to tell, in which list, and under which code. */
const REASONS: Readonly<Partial<Record<TerminalStatus, { list: 'errors' | 'warnings'; code: string; lead: string }>>> =
  {
    SUCCEEDED_WITH_WARNINGS: { list: 'warnings', code: 'PROVIDER_WARNINGS', lead: 'The flow ended with a warning' },
    FAILED: { list: 'errors', code: 'PROVIDER_FAILED', lead: 'The flow ended with an error' },
    TIMED_OUT: { list: 'errors', code: 'PROVIDER_INTERRUPTED', lead: 'The platform interrupted the flow' },
  };

const MAX_TEXT = 500;
const MAX_COMPLAINTS = 10;
const MAX_CAUSES = 5;

/** The status a start's reply tells. An end is left to the first look, which also reads why. */
export function startedStatus(word: string | null | undefined): RemoteStatus {
  const meaning = meaningOf(STATUS, word ?? '');
  return meaning === undefined || meaning.kind === 'ended' ? 'RUNNING' : meaning.status;
}

/** True when the word says that the execution was stopped on request. */
export function isCanceled(word: string): boolean {
  return meaningOf(STATUS, word)?.status === 'CANCELED';
}

/** True when the word says that the execution goes no further. */
export function hasEnded(word: string): boolean {
  return meaningOf(STATUS, word)?.kind === 'ended';
}

/** Decides on the status alone: the percentage of a flow that broke stays below 100 for ever. */
export async function lookOf(
  wire: Wire,
  executionId: string,
  reply: ProgressReply,
  options: CallOptions,
): Promise<Look> {
  const remoteStatus = reply.status;
  const meaning = meaningOf(STATUS, remoteStatus);
  const progress = progressIn(reply);
  const seen = progress === undefined ? {} : { progress };
  if (meaning?.kind === 'ended') {
    const verdict = await verdictOf(wire, executionId, meaning.status, reply, options);
    return { kind: 'ended', verdict, ...seen };
  }
  if (meaning?.kind === 'waiting') {
    const url = await panelLink(wire, executionId, options);
    return { kind: 'waiting', remoteStatus, form: formOf(reply), ...(url === undefined ? {} : { url }), ...seen };
  }
  const status = meaning?.status ?? 'RUNNING';
  return { kind: 'going', status, remoteStatus, ...(meaning === undefined ? { unknownWord: true } : {}), ...seen };
}

export function progressIn({ percentage, message }: ProgressReply): Progress | undefined {
  const known = {
    ...(percentage == null ? {} : { percentage: Math.min(100, Math.max(0, percentage)) }),
    ...(message == null || message === '' ? {} : { message: capped(message) }),
  };
  return Object.keys(known).length === 0 ? undefined : known;
}

function formOf({ schema, model, form }: ProgressReply): JsonObject {
  return {
    ...(schema == null ? {} : { schema }),
    ...(model == null ? {} : { model }),
    ...(form == null ? {} : { form }),
  };
}

async function verdictOf(
  wire: Wire,
  executionId: string,
  status: TerminalStatus,
  reply: ProgressReply,
  options: CallOptions,
): Promise<Verdict> {
  const remoteStatus = reply.status;
  const reason = REASONS[status];
  if (reason === undefined) return { status, remoteStatus };
  const complaints = await complaintsOf(wire, executionId, reason.list, options);
  return { status, remoteStatus, error: errorOf(reason, complaints, reply.message ?? undefined) };
}

/** Tells more, decides nothing: without it the verdict stands. */
async function complaintsOf(
  wire: Wire,
  executionId: string,
  list: 'errors' | 'warnings',
  options: CallOptions,
): Promise<readonly Complaint[]> {
  try {
    const { state } = await readExecution(wire, executionId, options);
    return state?.[list] ?? [];
  } catch {
    options.signal.throwIfAborted();
    return [];
  }
}

function errorOf(
  { code, lead }: { readonly code: string; readonly lead: string },
  complaints: readonly Complaint[],
  progressMessage: string | undefined,
): RunError {
  const texts = complaints.map((complaint) => complaint.message ?? complaint.error).filter((text) => text != null);
  const said = texts[0] ?? progressMessage;
  const more = texts.length > 1 ? ` (and ${texts.length - 1} more)` : '';
  const message = said === undefined || said === '' ? `${lead} and gave no reason.` : `${lead}: ${capped(said)}${more}`;
  const details = complaints.slice(0, MAX_COMPLAINTS).map(detailOf);
  return { code, message, ...(details.length === 0 ? {} : { details }) };
}

/** Everything a reader needs; never the stack trace. */
function detailOf({ error, message, causes }: Complaint): JsonObject {
  return {
    ...(error == null ? {} : { error: capped(error) }),
    ...(message == null ? {} : { message: capped(message) }),
    ...(causes == null || causes.length === 0 ? {} : { causes: causes.slice(0, MAX_CAUSES).map(capped) }),
  };
}

function capped(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}

/** No reply contains a link for people; the panel's address is a project setting, and its deep links are unpublished. */
async function panelLink(wire: Wire, executionId: string, options: CallOptions): Promise<string | undefined> {
  const template = wire.settings.panelUrl ?? (await publicPanelUrl(wire, options));
  const link = template?.replaceAll('{executionId}', encodeURIComponent(executionId));
  return ownLink(link, wire.baseUrl);
}

async function publicPanelUrl({ http, settings }: Wire, { signal }: CallOptions): Promise<string | undefined> {
  const what = 'the public settings';
  try {
    const path = [...API, 'settings', 'public'];
    const reply = await http.send({ method: 'GET', path, limits: callLimits(settings), signal });
    return readJson(reply, publicSettingsSchema, { operation: 'read', what }).flowExecutionPanelUrl ?? undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
