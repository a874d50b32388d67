/** The console page: static files, for which nobody needs a key. What they show, they ask the API for. */
import { gunzipSync } from 'node:zlib';
import type { Context, Hono } from 'hono';
import { CONSOLE } from '../contract.ts';
import type { ConsoleFile, ConsoleFiles } from '../domain/console-file.ts';
import type { ApiEnv } from './authenticate.ts';
import { problem } from './problem.ts';

const PREFIX = '/console';

/**
 * The page holds an API key: it runs its own files only, sends what it knows to its own origin only, and is shown in no
 * frame. Documents are previewed from memory (`blob:`).
 */
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self'",
  'font-src': "'self'",
  'frame-src': 'blob:',
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
} as const;

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': Object.entries(POLICY)
    .map((directive) => directive.join(' '))
    .join('; '),
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-content-type-options': 'nosniff',
};

const FOREVER = 'public, max-age=31536000, immutable';
/** Kept, but not used again before it was asked about. */
const ASK_FIRST = 'no-cache';

/** Serves the page under `/console`, and itself for every address within it, which the page then reads. */
export function mountConsole(app: Hono<ApiEnv>, files: ConsoleFiles): void {
  const serve = (context: Context<ApiEnv>) => answer(context, files);
  app.get(PREFIX, serve);
  app.get(`${PREFIX}/*`, serve);
}

async function answer(context: Context<ApiEnv>, files: ConsoleFiles): Promise<Response> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.header(name, value);
  const name = context.req.path.slice(PREFIX.length + 1);
  const found = await files.find(isFileName(name) ? name : CONSOLE.index);
  if (found === undefined) {
    return problem(context, 'NOT_FOUND', {
      detail: 'The console has no such file; reload the page for its present ones.',
    });
  }
  const { mediaType, etag, bytes } = found;
  // Weak: the same content, whether it travels compressed or not.
  const tag = `W/"${etag}"`;
  context.header('cache-control', found.isImmutable ? FOREVER : ASK_FIRST);
  context.header('etag', tag);
  if (found.isGzipped) context.header('vary', 'accept-encoding');
  if (names(context.req.header('if-none-match'), tag)) return context.body(null, 304);
  context.header('content-type', mediaType);
  return context.body(bodyOf(context, found, bytes));
}

/** Addresses of the page hold no full stop: neither the id of a run nor that of a flow may. */
function isFileName(name: string): boolean {
  return name.lastIndexOf('.') > name.lastIndexOf('/');
}

function bodyOf(context: Context<ApiEnv>, { isGzipped }: ConsoleFile, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (!isGzipped) return new Uint8Array(bytes);
  if (!takesGzip(context.req.header('accept-encoding'))) return new Uint8Array(gunzipSync(bytes));
  context.header('content-encoding', 'gzip');
  return new Uint8Array(bytes);
}

/** Whether the client says that it takes gzip, and does not say so with a weight of nought. */
function takesGzip(header = ''): boolean {
  const weights = new Map(
    header.split(',').map((item) => {
      const [coding = '', weight] = item.toLowerCase().split(';');
      return [coding.trim(), Number(weight?.trim().replace(/^q=/, '') ?? 1)] as const;
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

function names(header: string | undefined, tag: string): boolean {
  const tags = header?.split(',').map((item) => item.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(tag.replace(/^W\//, ''));
}
