import { Hono } from 'hono';
import { attachmentOf } from '../domain/file-name.ts';
import type { OutputFile } from '../domain/run.ts';
import { isTerminal } from '../domain/status.ts';
import type { Dependencies } from '../workflow/ports.ts';
import { type ApiEnv, requireScope, visibleRun } from './authenticate.ts';
import { ProblemError } from './problem.ts';
import type { ApiOptions } from './run-routes.ts';
import { namedFiles, outputView } from './run-view.ts';

/** A Lambda reply holds 6 MB with base64 around the bytes; what is larger is fetched by a signed link. */
const MAX_INLINE_BYTES = 4_000_000;

/** What a run brought back. Always an attachment, never something a browser would run. */
export function outputRoutes(dependencies: Dependencies, { environment }: ApiOptions): Hono<ApiEnv> {
  const mayRead = requireScope(dependencies, environment, 'runs:read');
  const routes = new Hono<ApiEnv>();

  routes.get('/runs/:runId/output', mayRead, async (context) => {
    const run = await visibleRun(dependencies, context.get('apiKey'), context.req.param('runId'));
    if (!isTerminal(run.status))
      throw new ProblemError('CONFLICT', { detail: `The run has not ended yet: ${run.status}.` });
    const value = run.output === undefined ? undefined : await dependencies.outputs.value(run.output);
    return context.json(outputView(run, value));
  });

  routes.get('/runs/:runId/output/files/:name', mayRead, async (context) => {
    const run = await visibleRun(dependencies, context.get('apiKey'), context.req.param('runId'));
    const name = context.req.param('name');
    const found = namedFiles(run.output?.files ?? []).find(({ linkName }) => linkName === name);
    if (found === undefined) throw new ProblemError('NOT_FOUND');
    if (found.file.bytes > MAX_INLINE_BYTES)
      return context.redirect(await dependencies.outputs.signedUrl(found.file), 303);
    return new Response(await bytesOf(dependencies, found.file), { headers: attachmentHeaders(found.file) });
  });

  return routes;
}

async function bytesOf({ outputs }: Dependencies, file: OutputFile): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(file.bytes);
  let offset = 0;
  for await (const chunk of await outputs.read(file)) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function attachmentHeaders(file: OutputFile): Record<string, string> {
  return {
    'content-type': file.mediaType,
    'content-length': String(file.bytes),
    'content-disposition': attachmentOf(file.name),
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
    etag: `"${file.sha256}"`,
  };
}
