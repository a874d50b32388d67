/** What a run brought back. Files are always attachments, never something a browser would run. */
import { z } from 'zod';
import { FILE_LINK_SECONDS } from '../../contract.ts';
import { attachmentOf } from '../../domain/file-name.ts';
import { isoTime } from '../../domain/record.ts';
import type { OutputFile } from '../../domain/run.ts';
import { isTerminal } from '../../domain/status.ts';
import type { Dependencies } from '../../workflow/ports.ts';
import { visibleRun } from '../authenticate.ts';
import { ProblemError } from '../problem.ts';
import { type Call, defineRoute } from '../route.ts';
import { namedFiles, outputView } from '../run-view.ts';
import { runParams } from '../schemas/common.ts';
import { fileLinkSchema, outputSchema } from '../schemas/output.ts';

/** A Lambda reply holds 6 MB with base64 around the bytes; what is larger is fetched by a signed link. */
const MAX_INLINE_BYTES = 4_000_000;

const getOutput = defineRoute({
  method: 'GET',
  path: '/v1/runs/{runId}/output',
  operationId: 'getOutput',
  tag: 'outputs',
  summary: 'What a run brought back',
  scope: 'runs:read',
  request: { params: runParams },
  responses: { 200: { description: 'The value, and links to the files.', body: outputSchema } },
  problems: ['CONFLICT'],
  async handle({ dependencies, key, params }) {
    const run = await visibleRun(dependencies, key, params.runId);
    if (!isTerminal(run.status))
      throw new ProblemError('CONFLICT', { detail: `The run has not ended yet: ${run.status}.` });
    const value = run.output === undefined ? undefined : await dependencies.outputs.value(run.output);
    return { status: 200, body: outputView(run, value) };
  },
});

const fileParams = runParams.extend({ name: z.string() });

const getOutputFile = defineRoute({
  method: 'GET',
  path: '/v1/runs/{runId}/output/files/{name}',
  operationId: 'getOutputFile',
  tag: 'outputs',
  summary: 'One file of an output',
  scope: 'runs:read',
  request: { params: fileParams },
  responses: {
    200: { description: 'The bytes.', mediaType: '*/*', headers: ['Content-Disposition', 'ETag'] },
    303: { description: 'The bytes are at this link for five minutes.', headers: ['Location'] },
  },
  async handle(call) {
    const { dependencies } = call;
    const file = await visibleFile(call);
    if (file.bytes > MAX_INLINE_BYTES)
      return { status: 303, headers: { location: await dependencies.outputs.signedUrl(file) } };
    return { status: 200, body: await bytesOf(dependencies, file), headers: attachmentHeaders(file) };
  },
});

const getOutputFileLink = defineRoute({
  method: 'GET',
  path: '/v1/runs/{runId}/output/files/{name}/link',
  operationId: 'getOutputFileLink',
  tag: 'outputs',
  summary: 'A link to one file of an output',
  description: 'For whoever can send no header, such as a browser that follows a link. It is a secret while it works.',
  scope: 'runs:read',
  request: { params: fileParams },
  responses: { 200: { description: 'A link that works for five minutes.', body: fileLinkSchema } },
  async handle(call) {
    const { clock, outputs } = call.dependencies;
    const file = await visibleFile(call);
    // Taken before the link is signed, and by the second as that is, so that it never works for less.
    const expiresAt = isoTime((Math.floor(clock.now() / 1_000) + FILE_LINK_SECONDS) * 1_000);
    return { status: 200, body: { href: await outputs.signedUrl(file), expiresAt } };
  },
});

/** @throws ProblemError 404, the same for a run and for a file that is not there. */
async function visibleFile({ dependencies, key, params }: Call<{ params: typeof fileParams }>): Promise<OutputFile> {
  const run = await visibleRun(dependencies, key, params.runId);
  const found = namedFiles(run.output?.files ?? []).find(({ linkName }) => linkName === params.name);
  if (found === undefined) throw new ProblemError('NOT_FOUND');
  return found.file;
}

async function bytesOf({ outputs }: Dependencies, file: OutputFile): Promise<Uint8Array> {
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
    'cache-control': 'private, no-store',
    etag: `"${file.sha256}"`,
  };
}

export const outputRoutes = [getOutput, getOutputFile, getOutputFileLink];
