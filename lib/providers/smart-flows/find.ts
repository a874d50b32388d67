/** Finding the execution of a start whose answer was lost. */
import { z } from 'zod';
import { ProviderProtocolError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import type { HttpReply, HttpRequest } from '../../http/http-client.ts';
import { aheadMs, failureOf, isSuccess, readJson } from '../../http/reply.ts';
import { checkXml, parseXml } from '../../http/xml.ts';
import type { CallOptions, FindRequest, FoundRun } from '../provider.ts';
import {
  API,
  callLimits,
  EXECUTIONS,
  type ExecutionReply,
  executionSchema,
  idSchema,
  readExecution,
  type Wire,
} from './wire.ts';

const PAGE_SIZE = 50;
const MAX_PAGES = 20;
const LIST_LIMITS = { maxBytes: 33_554_432 };
const listSchema = z.array(executionSchema.extend({ id: idSchema }));
type Row = z.output<typeof listSchema>[number];

/** How an execution compares with the start we lost. */
type Likeness = 'same' | 'different' | 'untold';

interface Wanted {
  /** Every text of the input we sent. */
  readonly texts: readonly string[];
  /** Present when the input carries our correlation value. */
  readonly correlation?: string;
  /** By the platform's clock, as its replies show it. */
  readonly fromMs: number;
  readonly toMs: number;
}

interface Listed {
  readonly rows: readonly Row[];
  readonly wanted: Wanted;
}

/** A time without a zone may be that of any place on earth. */
const FARTHEST_ZONE_MS = 14 * 3_600_000;

/**
 * Executions that may be the lost one: those listed with its correlation value, else those of its time with its input.
 * @param body the input as it was sent.
 * @throws ProviderProtocolError when the list does not tell enough to prove that there is none.
 */
export async function findRuns(
  wire: Wire,
  request: FindRequest,
  body: string,
  options: CallOptions,
): Promise<readonly FoundRun[]> {
  const { rows, wanted } = await listRows(wire, wantedFrom(wire, request, body), request, options);
  const same: Row[] = [];
  const untold: Row[] = [];
  for (const row of rows.filter((candidate) => isOfFlow(candidate, wire))) {
    const likeness = isOfTime(row, wanted) ? await likenessOf(wire, row, wanted, options) : ownMark(row, wanted);
    if (likeness === 'same') same.push(row);
    if (likeness === 'untold') untold.push(row);
  }
  if (wanted.correlation !== undefined && same.length > 0) return same.map(toFound);
  if (same.length === 0 && untold.length > 0)
    throw new ProviderProtocolError('Executions of the right time do not show their input, so none can be ruled out.');
  return [...same, ...untold].map(toFound);
}

function toFound({ id, status }: Row): FoundRun {
  return { remoteId: id, handle: { remoteId: id }, ...(status == null ? {} : { remoteStatus: status }) };
}

function wantedFrom({ settings }: Wire, { intentAt, fenceUntil, correlation }: FindRequest, body: string): Wanted {
  const texts = inputTexts(body);
  const at = Date.parse(intentAt);
  return {
    texts,
    ...(texts.some((text) => text.includes(correlation)) ? { correlation } : {}),
    fromMs: at - settings.clockSkew,
    // A call that was long on its way, because our machine slept, was taken late as well.
    toMs: Math.max(at + settings.findWithin, Date.parse(fenceUntil)) + settings.clockSkew,
  };
}

/** Texts and attributes of the XML we sent. */
function inputTexts(body: string): readonly string[] {
  if (body === '' || checkXml(body).length > 0) return [];
  const texts: string[] = [];
  const rest = [parseXml(body)];
  for (let element = rest.pop(); element !== undefined; element = rest.pop()) {
    texts.push(...Object.values(element.attributes));
    if (element.children.length === 0) texts.push(element.text);
    rest.push(...element.children);
  }
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}

/** Every row until the list ends or, where it is in order, has left our time. */
async function listRows(wire: Wire, ours: Wanted, request: FindRequest, options: CallOptions): Promise<Listed> {
  const { first, wanted } = await firstPage(wire, ours, request, options);
  const rows = new Map<string, Row>();
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const found = page === 0 ? first : (await listPage(wire, wanted, page, options)).found;
    const fresh = found.filter((row) => !rows.has(row.id));
    for (const row of fresh) rows.set(row.id, row);
    if (found.length === 0 || hasLeft(found, wanted)) return { rows: [...rows.values()], wanted };
    if (fresh.length > 0) continue;
    // The same page again: a list without pages is complete, unless it was cut at the size we asked for.
    if (found.length !== PAGE_SIZE) return { rows: [...rows.values()], wanted };
    throw new ProviderProtocolError('The list of executions repeats its first page, so its end cannot be seen.');
  }
  throw new ProviderProtocolError(`The list of executions goes on after ${MAX_PAGES} pages.`);
}

/** The platform dates its executions by its own clock; how far that is off, the first reply tells. */
async function firstPage(
  wire: Wire,
  ours: Wanted,
  { now }: FindRequest,
  options: CallOptions,
): Promise<{ readonly first: readonly Row[]; readonly wanted: Wanted }> {
  const askedAtMs = now();
  const { found, reply } = await listPage(wire, ours, 0, options);
  // The request may have waited before it left, and its reply on the way: what is between the two counts for the job.
  const [least, most] = [aheadMs(reply, now()), aheadMs(reply, askedAtMs)];
  const wanted = { ...ours, fromMs: ours.fromMs + least, toMs: ours.toMs + most };
  // The filter was asked by our clock, and has left out what is earlier by theirs.
  const isCut = wire.settings.listBy === 'filter' && least < 0;
  return { first: isCut ? (await listPage(wire, wanted, 0, options)).found : found, wanted };
}

interface Page {
  readonly found: readonly Row[];
  readonly reply: HttpReply;
}

async function listPage(wire: Wire, wanted: Wanted, page: number, { signal }: CallOptions): Promise<Page> {
  const what = 'the list of executions';
  const query = { page, size: PAGE_SIZE, sort: 'createdAt,desc' };
  const limits = { ...callLimits(wire.settings), ...LIST_LIMITS };
  const request: Record<typeof wire.settings.listBy, Pick<HttpRequest, 'method' | 'path' | 'body'>> = {
    flow: { method: 'GET', path: [...API, 'flows', wire.target.flowId, 'executions'] },
    filter: { method: 'POST', path: [...EXECUTIONS, 'filter'], body: { kind: 'json', value: createdSince(wanted) } },
  };
  const reply: HttpReply = await wire.http.send({ ...request[wire.settings.listBy], query, limits, signal });
  if (!isSuccess(reply)) throw failureOf(reply, { operation: 'read', what });
  return { found: readJson(reply, listSchema, { operation: 'read', what }), reply };
}

/** One condition only; which flow it was is checked here, because the filter's key for it is unpublished. */
function createdSince({ fromMs }: Wanted): Json {
  const values = [new Date(fromMs).toISOString()];
  const nodes = [{ condition: { key: 'createdAt', operator: 'greaterThanOrEqualTo', values } }];
  return { group: { type: 'and', nodes } };
}

/** Believes in "newest first" only where the page shows it. */
function hasLeft(page: readonly Row[], { fromMs }: Wanted): boolean {
  const times = page.map((row) => createdBetween(row)?.latestMs ?? Number.NaN);
  const inOrder = times.every((time, index) => index === 0 || time <= (times[index - 1] ?? Number.NaN));
  return inOrder && (times.at(-1) ?? Number.NaN) < fromMs;
}

function isOfFlow(row: Row, { target, settings }: Wire): boolean {
  return settings.listBy !== 'filter' || row.flow?.id == null || isFlow(row, target.flowId);
}

function isOfTime(row: Row, { fromMs, toMs }: Wanted): boolean {
  const created = createdBetween(row);
  // Without a readable time nothing is ruled out.
  return created === undefined || (created.latestMs >= fromMs && created.earliestMs <= toMs);
}

function isFlow({ flow }: Row, flowId: string): boolean {
  return [flow?.id, flow?.displayName].some((name) => name?.toLowerCase() === flowId.toLowerCase());
}

/** Undefined without a readable time. */
function createdBetween({ createdAt }: Row): { readonly earliestMs: number; readonly latestMs: number } | undefined {
  const isCertain = typeof createdAt === 'number' || /(?:[zZ]|[+-]\d{2}:?\d{2})$/.test(createdAt ?? '');
  const time = typeof createdAt === 'number' ? createdAt : Date.parse(isCertain ? `${createdAt}` : `${createdAt}Z`);
  if (Number.isNaN(time)) return undefined;
  const doubtMs = isCertain ? 0 : FARTHEST_ZONE_MS;
  return { earliestMs: time - doubtMs, latestMs: time + doubtMs };
}

/** Our correlation is proof whatever the clocks say; without it another time rules an execution out. */
function ownMark(row: Row, wanted: Wanted): Likeness {
  return wanted.correlation !== undefined && likenessOfInput(row, wanted) === 'same' ? 'same' : 'different';
}

async function likenessOf(wire: Wire, row: Row, wanted: Wanted, options: CallOptions): Promise<Likeness> {
  if (wanted.texts.length === 0) return 'same';
  const listed = likenessOfInput(row, wanted);
  return listed === 'untold' ? likenessOfInput(await readExecution(wire, row.id, options), wanted) : listed;
}

/** How the platform shapes the input it shows is unpublished, so values are compared, not places. */
function likenessOfInput({ state }: Pick<ExecutionReply, 'state'>, { texts, correlation }: Wanted): Likeness {
  const shown = textsIn(state?.inputData);
  if (shown.length === 0) return 'untold';
  if (correlation !== undefined) return shown.some((text) => text.includes(correlation)) ? 'same' : 'different';
  const left = [...shown];
  const all = texts.every((text) => {
    const at = left.findIndex((candidate) => isSameText(text, candidate));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return all ? 'same' : 'different';
}

/** Strings, numbers and booleans anywhere in a JSON value, as texts. */
function textsIn(value: Json | null | undefined): readonly string[] {
  const texts: string[] = [];
  const rest: Json[] = value == null ? [] : [value];
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    // One by one: as arguments of one call they would have to fit the stack.
    if (typeof item === 'object') for (const field of Object.values(item ?? {})) rest.push(field);
    else texts.push(String(item).trim());
  }
  return texts.filter((text) => text !== '');
}

/** Equal, or the same number or day in another spelling. */
function isSameText(ours: string, theirs: string): boolean {
  if (ours === theirs) return true;
  if (/^\d{4}-\d{2}-\d{2}$/.test(ours)) return theirs.startsWith(`${ours}T`);
  return Number.isFinite(Number(ours)) && Number(ours) === Number(theirs);
}
