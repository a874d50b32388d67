/** What a finished Smart Flows execution hands out. */
import { z } from 'zod';
import { ProviderProtocolError, ReplyLostError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import type { HttpLimits } from '../../http/http-client.ts';
import { endsWithConnection, failureOf, isSuccess, readJson } from '../../http/reply.ts';
import { type CallOptions, normaliseWord, type ProviderFile, type ProviderOutput } from '../provider.ts';
import { hasEnded } from './look.ts';
import { API, callLimits, type ExecutionReply, idSchema, readExecution, readProgress, type Wire } from './wire.ts';

interface DocumentReference {
  readonly id: string;
  readonly displayName?: string;
}

const metadataSchema = z.object({
  displayName: z.string().nullish().catch(undefined),
  contentType: z.string().nullish().catch(undefined),
});

/** A document may be large and slow; whoever stores it has the last word on its size. */
const DOWNLOAD_LIMITS: HttpLimits = { connectMs: 3_000, idleMs: 15_000, totalMs: 280_000, maxBytes: 536_870_912 };
const CONTENT = 'the content of a document';
const UNKNOWN_MEDIA_TYPE = 'application/octet-stream';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/rtf': 'rtf',
  'application/zip': 'zip',
  'application/xml': 'xml',
  'application/json': 'json',
  'text/xml': 'xml',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/csv': 'csv',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/svg+xml': 'svg',
  'message/rfc822': 'eml',
};

/** With a named output its content; without, every document of the success model. */
export async function outputOf(wire: Wire, executionId: string, options: CallOptions): Promise<ProviderOutput> {
  if (wire.target.output !== undefined) return namedOutput(wire, executionId, wire.target.output, options);
  const { model, status } = await readProgress(wire, executionId, options);
  // Before the end the model is that of a question.
  if (!hasEnded(status)) throw new ProviderProtocolError('The execution has not ended, so it has no output.');
  const shown = model ?? (await readExecution(wire, executionId, options)).state?.output?.model;
  return { files: await filesOf(wire, documentsIn(shown), options) };
}

async function namedOutput(
  wire: Wire,
  executionId: string,
  name: string,
  options: CallOptions,
): Promise<ProviderOutput> {
  const { outputs } = await readExecution(wire, executionId, options, true);
  const found = outputs?.find(({ output }) => output?.displayName === name || output?.id === name);
  // Perhaps not there yet: asked again by whoever has the patience, then recorded as missing.
  if (found === undefined) throw new ProviderProtocolError(`The execution has no output "${name}".`);
  const documents = documentsOfOutput(found);
  if (documents !== undefined) return { files: await filesOf(wire, documents, options) };
  return { files: [], ...(found.content === undefined ? {} : { value: found.content }) };
}

/** The documents of an output that is a document, or whose content is nothing but one; else it is a value. */
function documentsOfOutput({
  output,
  content,
}: NonNullable<ExecutionReply['outputs']>[number]): readonly DocumentReference[] | undefined {
  const declared = normaliseWord(output?.type ?? '') === 'document';
  if (!declared) {
    const reference = referenceIn(content);
    return reference === undefined ? undefined : [reference];
  }
  const inside = documentsIn(content);
  if (inside.length > 0) return inside;
  if (output?.id == null) return undefined;
  return [{ id: output.id, ...(output.displayName == null ? {} : { displayName: output.displayName }) }];
}

/** Documents at any depth, each once, in reading order; found by their type, because property names differ by block. */
export function documentsIn(model: Json | null | undefined): readonly DocumentReference[] {
  const found = new Map<string, DocumentReference>();
  // A stack of our own: depth is the platform's to choose.
  const rest: Json[] = model == null ? [] : [model];
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const reference = referenceIn(value);
    // One by one: as arguments of one call they would have to fit the stack.
    if (reference === undefined) for (const field of Object.values(value).reverse()) rest.push(field);
    else if (!found.has(reference.id)) found.set(reference.id, reference);
  }
  return [...found.values()];
}

function referenceIn(value: Json | null | undefined): DocumentReference | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, id, displayName } = value as { readonly [key: string]: Json | undefined };
  if (typeof type !== 'string' || normaliseWord(type) !== 'document') return undefined;
  if (typeof id !== 'string' || id === '') return undefined;
  return { id, ...(typeof displayName === 'string' ? { displayName } : {}) };
}

async function filesOf(
  wire: Wire,
  documents: readonly DocumentReference[],
  options: CallOptions,
): Promise<readonly ProviderFile[]> {
  const files: ProviderFile[] = [];
  // One after the other: the platform publishes no rate limit, and order is worth more than a second.
  for (const document of documents) files.push(await fileOf(wire, document, options));
  return files;
}

async function fileOf(
  { http, settings }: Wire,
  document: DocumentReference,
  { signal }: CallOptions,
): Promise<ProviderFile> {
  const what = 'the description of a document';
  if (!idSchema.safeParse(document.id).success)
    throw new ProviderProtocolError('A document of the execution has an id of an impossible shape.');
  const path = [...API, 'documents', document.id];
  const reply = await http.send({ method: 'GET', path, limits: callLimits(settings), signal });
  if (!isSuccess(reply)) throw failureOf(reply, { operation: 'read', what });
  const metadata = readJson(reply, metadataSchema, { operation: 'read', what });
  const mediaType = mediaTypeOf(metadata.contentType);
  return {
    name: fileName(document.displayName ?? metadata.displayName ?? document.id, mediaType),
    mediaType,
    open: (open) => openDocument(http, path, open),
  };
}

async function openDocument(
  http: Wire['http'],
  path: readonly string[],
  { signal }: CallOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const limits = DOWNLOAD_LIMITS;
  const reply = await http.download({ method: 'GET', path: [...path, 'content'], accept: '*/*', limits, signal });
  if (!isSuccess(reply)) throw failureOf(reply, { operation: 'read', what: CONTENT });
  if (!endsWithConnection(reply)) return reply.body;
  // Beginning to read and leaving off gives the connection up.
  for await (const _ of reply.body) break;
  // What a document holds cannot prove that nothing of it is missing.
  const why = 'the reply does not say how long it is, so nothing proves that it is whole';
  throw new ReplyLostError(`${CONTENT}: ${why}`, { status: reply.status });
}

/** The platform's word for the type, without its parameters; nonsense counts as unknown. */
function mediaTypeOf(contentType: string | null | undefined): string {
  const [type = ''] = (contentType ?? '').toLowerCase().split(';');
  return /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(type.trim()) ? type.trim() : UNKNOWN_MEDIA_TYPE;
}

/** A display name is a title; it gets the extension of its type unless it ends in it already. */
export function fileName(displayName: string, mediaType: string): string {
  const extension = Object.hasOwn(EXTENSIONS, mediaType) ? EXTENSIONS[mediaType] : undefined;
  const name = displayName.trim() === '' ? 'document' : displayName.trim();
  return extension === undefined || name.toLowerCase().endsWith(`.${extension}`) ? name : `${name}.${extension}`;
}
