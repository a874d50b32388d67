/** The body of an endpoint's reply: whatever its author chose, told apart without guessing. */
import type { Json } from '../../domain/json.ts';
import type { HttpReply } from '../../http/http-client.ts';
import { parseJson } from '../../http/json.ts';
import { endsWithConnection } from '../../http/reply.ts';
import type { ProviderFile } from '../provider.ts';

/** A reply with its bytes, because an endpoint may answer with a document. */
export interface ByteReply extends HttpReply {
  readonly bytes: Uint8Array;
}

export type ReplyBody =
  | { readonly kind: 'empty' }
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly file: ProviderFile }
  /** Not what its type says, or a page that a proxy or login would send: proves nothing. */
  | { readonly kind: 'unreadable'; readonly why: string };

const JSON_TYPE = /^(application|text)\/([\w.-]+\+)?json$/;
/** Meant as a JSON object, or a list of them, whatever its type says. */
const JSON_START = /^\s*(\[\s*)*\{\s*"/;
const HTML_TYPE = /^(text\/html|application\/xhtml\+xml)$/;
const HTML_START = /^\s*<(!doctype\s+html|html[\s>])/i;

/** Reads a body by its declared type. JSON under another type is JSON too, since authors set types by hand. */
export function readReplyBody(reply: ByteReply, options: { readonly htmlReplies: boolean }): ReplyBody {
  const body = bodyOf(reply, options);
  // Half of a JSON object is none, but half of anything else may pass for all of it.
  const provesItself = body.kind === 'unreadable' || (body.kind === 'json' && typeof body.value === 'object');
  if (provesItself || !endsWithConnection(reply)) return body;
  return { kind: 'unreadable', why: 'does not say how long it is, so nothing proves that it is whole' };
}

function bodyOf(reply: ByteReply, options: { readonly htmlReplies: boolean }): ReplyBody {
  if (reply.bytes.length === 0) return { kind: 'empty' };
  const mediaType = (reply.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const text = decode(reply.bytes);
  if (HTML_TYPE.test(mediaType) || HTML_START.test(text ?? ''))
    return options.htmlReplies
      ? { kind: 'file', file: fileOf(reply.bytes, mediaType) }
      : { kind: 'unreadable', why: 'is an HTML page (setting htmlReplies)' };
  const mustBeJson = mediaType === '' || JSON_TYPE.test(mediaType);
  const json = text !== undefined && (mustBeJson || /^\s*[[{]/.test(text)) ? parse(text) : undefined;
  if (json !== undefined) return { kind: 'json', value: json };
  if (mustBeJson || (mediaType.startsWith('text/') && JSON_START.test(text ?? '')))
    return { kind: 'unreadable', why: 'is not JSON' };
  if (mediaType.startsWith('text/') && text !== undefined) return { kind: 'text', text };
  return { kind: 'file', file: fileOf(reply.bytes, mediaType) };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined for what is not JSON, and for `null`, which says nothing. */
function parse(text: string): Json | undefined {
  try {
    return (parseJson(text) ?? undefined) as Json | undefined;
  } catch {
    return undefined;
  }
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'application/xml': 'xml',
  'application/zip': 'zip',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'image/png': 'png',
  'text/html': 'html',
};

function fileOf(bytes: Uint8Array, mediaType: string): ProviderFile {
  const extension = Object.hasOwn(EXTENSIONS, mediaType) ? EXTENSIONS[mediaType] : 'bin';
  return {
    name: `reply.${extension}`,
    mediaType: mediaType === '' ? 'application/octet-stream' : mediaType,
    open: async () => once(bytes),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
