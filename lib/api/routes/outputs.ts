/** What a run brought back. Files are always attachments, never something a browser would run. */
import { z } from 'zod';
import { attachmentOf } from '../../domain/file-name.ts';
import type { OutputFile } from '../../domain/run.ts';
import { isTerminal } from '../../domain/status.ts';
import type { Dependencies } from '../../workflow/ports.ts';
import { visibleRun } from '../authenticate.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { namedFiles, outputView } from '../run-view.ts';
import { runParams } from '../schemas/common.ts';
import { outputSchema } from '../schemas/output.ts';

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

const getOutputFile = defineRoute({
  method: 'GET',
  path: '/v1/runs/{runId}/output/files/{name}',
  operationId: 'getOutputFile',
  tag: 'outputs',
  summary: 'One file of an output',
  scope: 'runs:read',
  request: { params: runParams.extend({ name: z.string() }) },
  responses: {
    200: { description: 'The bytes.', mediaType: '*/*', headers: ['Content-Disposition', 'ETag'] },
    303: { description: 'The bytes are at this link for five minutes.', headers: ['Location'] },
  },
  async handle({ dependencies, key, params }) {
    const run = await visibleRun(dependencies, key, params.runId);
    const found = namedFiles(run.output?.files ?? []).find(({ linkName }) => linkName === params.name);
    if (found === undefined) throw new ProblemError('NOT_FOUND');
    if (found.file.bytes > MAX_INLINE_BYTES)
      return { status: 303, headers: { location: await dependencies.outputs.signedUrl(found.file) } };
    return { status: 200, body: await bytesOf(dependencies, found.file), headers: attachmentHeaders(found.file) };
  },
});

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

export const outputRoutes = [getOutput, getOutputFile];
