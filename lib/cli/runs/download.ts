/** Files of an output, from the API onto the disk: whole and unchanged, or not at all. */
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError } from '../frame/command-error.ts';
import { placeOf } from '../target/errand-api.ts';
import type { ApiTarget } from '../target/errand-target.ts';
import type { Part } from './output-parts.ts';

/** Until the first byte; a large file may take its time. */
const ANSWER_MS = 30_000;

/** Writes a part to a file. What was there before stays until all of it has come. @throws CommandError */
export async function savePart(target: ApiTarget, part: Part, path: string): Promise<void> {
  if (await isSpecial(path)) return writeInto(target, part, path);
  const unfinished = join(dirname(path), `.errand-${randomBytes(6).toString('hex')}.part`);
  const forget = ending(() => rmSync(unfinished, { force: true }));
  try {
    await using file = await open(unfinished, 'wx');
    for await (const chunk of bytesOf(target, part)) await file.writeFile(chunk);
    // Takes the place of whatever has that name, also of a link that leads elsewhere.
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw whyNot(error, path);
  } finally {
    forget();
  }
}

/** A device, or a pipe to another program: written to, and never replaced by a file. */
async function isSpecial(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  return there !== undefined && !there.isFile() && !there.isDirectory();
}

async function writeInto(target: ApiTarget, part: Part, path: string): Promise<void> {
  try {
    await using file = await open(path, 'w');
    for await (const chunk of bytesOf(target, part)) await file.writeFile(chunk);
  } catch (error) {
    throw whyNot(error, path);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Tidies up before a signal ends the process. @returns call it when there is nothing left to tidy up. */
function ending(tidyUp: () => void): () => void {
  const forget = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    tidyUp();
    forget();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return forget;
}

/** The same to the standard output. @throws CommandError */
export async function printPart(target: ApiTarget, part: Part): Promise<void> {
  // Whoever reads may have seen enough; that is told to the write, too.
  process.stdout.on('error', () => {});
  try {
    for await (const chunk of bytesOf(target, part)) await print(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw whyNot(error, 'the standard output');
  }
}

function print(chunk: Uint8Array): Promise<void> {
  return new Promise((done, fail) => {
    process.stdout.write(chunk, (error) => (error ? fail(error) : done()));
  });
}

function whyNot(error: unknown, path: string): CommandError {
  if (error instanceof CommandError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const isDisk = ['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOSPC', 'ENOTDIR', 'EROFS'].includes(code ?? '');
  const what = isDisk ? `${path} cannot be written (${code}).` : 'The file did not come whole. Try again.';
  return new CommandError(what, 2, { cause: error });
}

/** Ends with an error when the bytes are not those that the run brought back. */
async function* bytesOf(target: ApiTarget, part: Part): AsyncGenerator<Uint8Array> {
  if (part.kind === 'value') return yield Buffer.from(part.text);
  const { name, file } = part;
  const hash = createHash('sha256');
  for await (const chunk of await fetchFile(target, file.href)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== file.sha256)
    throw new CommandError(`What came of ${name} is not what the run brought back (its SHA-256 differs). Try again.`);
}

async function fetchFile(target: ApiTarget, href: string): Promise<ReadableStream<Uint8Array>> {
  const reply = await ask(placeOf(target.url, href), { 'x-api-key': target.key });
  const link = reply.status === 303 ? reply.headers.get('location') : null;
  // The link itself says who may follow it; the key is for nobody but the API.
  const body = link === null ? reply : await ask(linkOf(link), {});
  if (body.ok && body.body !== null) return body.body;
  throw new CommandError(`The file cannot be had (status ${body.status}).`, body.status < 500 ? 1 : 2);
}

function linkOf(link: string): URL {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  const isLoopback = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url !== undefined && (url.protocol === 'https:' || isLoopback)) return url;
  throw new CommandError('The API names a place for this file that is not to be trusted.');
}

async function ask(place: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ANSWER_MS);
  try {
    return await fetch(place, { headers, redirect: 'manual', signal: limit.signal });
  } catch (cause) {
    throw new CommandError(`${place.host} does not answer.`, 2, { cause, mayPass: true });
  } finally {
    clearTimeout(timer);
  }
}
